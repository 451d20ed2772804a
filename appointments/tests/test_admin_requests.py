"""The queue of requests in the admin: who sees it, what each answer does, who was faster."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.tests.at_the_desk import enter
from accounts.tests.at_the_desk import member as staff_member
from appointments import requests
from appointments.admin import requests as page
from appointments.errors import NotThisSite
from appointments.models import Appointment
from appointments.tests.asking import ask, decide, propose
from appointments.tests.network import at
from appointments.tests.steps import times
from portal.audit.models import AuditEvent

pytestmark = pytest.mark.django_db

LIST = reverse("admin:appointments_appointmentrequest_changelist")
Status = Appointment.Status


@pytest.fixture
def asked():
    return ask(at(9, 8), now=timezone.now())


@pytest.fixture
def elsewhere():
    return ask(at(10, 8), now=timezone.now())


@pytest.fixture
def desk(client, asked):
    """Reception of the site of the first request, and of no other."""
    user = staff_member()
    user.sites.set([asked.site])
    enter(client, user)
    return client


def answer(client, action, *rows, **fields):
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(LIST, data | fields, follow=True)


def proposing(asked):
    return reverse("admin:appointments_appointmentrequest_propose", args=[asked.pk])


def in_text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def test_reception_sees_the_requests_of_its_sites(desk, asked, elsewhere):
    """ACC-07"""
    said = in_text(desk.get(LIST))

    assert asked.reference in said
    assert elsewhere.reference not in said
    assert AuditEvent.objects.filter(action="admin.appointmentrequest.listed").exists()


def test_the_first_due_is_on_top(desk, asked):
    moment = timezone.now()
    later, sooner = ask(at(9, 10), now=moment), ask(at(9, 12), now=moment)
    Appointment.objects.filter(pk__in=[later.pk, sooner.pk]).update(site=asked.site)
    now = timezone.now()
    for row, hours in ((asked, 2), (later, 3), (sooner, 1)):
        due = now + timedelta(hours=hours)
        Appointment.objects.filter(pk=row.pk).update(answer_by=due)

    rows = desk.get(LIST).context["cl"].result_list

    assert [row.pk for row in rows] == [sooner.pk, asked.pk, later.pk]


def test_accept_asks_first(desk, asked):
    question = in_text(answer(desk, "accept", asked))
    asked.refresh_from_db()
    before = asked.status
    done = in_text(answer(desk, "accept", asked, confirmado="si"))

    asked.refresh_from_db()
    assert "¿Aceptar estas solicitudes?" in question
    assert (before, asked.status) == (Status.PROPOSED, Status.BOOKED)
    assert f"Aceptadas y avisadas: {asked.reference}." in done


def test_decline_asks_why(desk, asked):
    question = in_text(answer(desk, "decline", asked))
    answer(
        desk,
        "decline",
        asked,
        confirmado="si",
        razon="otra",
        detalle="Ese día no hay equipo",
    )

    asked.refresh_from_db()
    assert "¿Por qué no?" in question
    assert asked.status == Status.DECLINED
    assert asked.events.last().reason == "Ese día no hay equipo"


@pytest.mark.parametrize(
    "fields",
    [{}, {"razon": "otra"}, {"razon": "zzz"}, {"razon": "otra", "detalle": "x" * 201}],
)
def test_decline_without_a_reason_is_asked_again(desk, asked, fields):
    response = answer(desk, "decline", asked, confirmado="si", **fields)

    asked.refresh_from_db()
    assert (response.status_code, asked.status) == (422, Status.PROPOSED)


def test_propose_another_time(desk, asked):
    (slot,) = times(asked.schedule, at(10, 9))

    shown = desk.get(proposing(asked))
    done = desk.post(proposing(asked), {"cupo": slot.pk}, follow=True)

    assert [pk for pk, _ in shown.context["times"]] == [slot.pk]
    assert f"{asked.reference}: le propusimos" in in_text(done)
    assert requests.proposal(asked, now=timezone.now()).start == slot.start


@pytest.mark.parametrize(
    ("chosen", "status"), [("", 422), ("zz", 422), ("9" * 15, 409)]
)
def test_propose_what_is_none(desk, asked, chosen, status):
    assert desk.post(proposing(asked), {"cupo": chosen}).status_code == status
    assert requests.proposal(asked, now=timezone.now()) is None


@pytest.mark.parametrize("action", ["accept", "decline"])
def test_who_is_late_reads_who_was_faster(desk, asked, action, monkeypatch):
    """The row was on the screen; somebody decided before the press."""
    monkeypatch.setattr(page, "_some", lambda request, queryset: [asked])
    decide(requests.accept, asked, now=timezone.now())

    said = in_text(
        answer(
            desk,
            action,
            asked,
            confirmado="si",
            razon="Falta la orden médica o la autorización",
        )
    )

    assert f"{asked.reference}: ya la aceptó Marta Gil, el " in said
    asked.refresh_from_db()
    assert asked.status == Status.BOOKED


def test_no_other_site_by_hand(desk, elsewhere):
    """ACC-07: neither by the list nor by the address."""
    answer(desk, "accept", elsewhere, confirmado="si")

    elsewhere.refresh_from_db()
    assert elsewhere.status == Status.PROPOSED
    assert desk.get(proposing(elsewhere)).status_code == 404
    assert desk.post(proposing(elsewhere), {"cupo": "1"}).status_code == 404


@pytest.mark.parametrize("role", ["Recepción", "Agendas"])
def test_roles_that_answer(client, asked, role):
    user = staff_member(role=role)
    user.sites.set([asked.site])
    enter(client, user)

    answer(client, "accept", asked, confirmado="si")

    asked.refresh_from_db()
    assert asked.status == Status.BOOKED


def test_role_that_does_not(client, asked):
    user = staff_member(role="Protección de datos")
    user.sites.set([asked.site])
    enter(client, user)

    assert client.get(LIST).status_code == 403
    assert client.get(proposing(asked)).status_code == 403


def test_domain_asks_for_role_and_site(asked, elsewhere):
    """ACC-07: whatever page calls it."""
    here, nobody = staff_member(), staff_member(username="otra", role="Agendas")
    here.sites.set([asked.site])
    facts = {"by": here, "now": timezone.now()}

    for row, by in ((elsewhere, here), (asked, nobody)):
        for do, extra in (
            (requests.accept, {}),
            (requests.decline, {"reason": ""}),
            (requests.propose, {"slot_id": 1}),
        ):
            with pytest.raises(NotThisSite):
                do(appointment_id=row.pk, **facts | {"by": by} | extra)
    assert decide(requests.accept, asked, **facts).status == Status.BOOKED


def test_a_change_of_hour_is_not_answered_with_a_third(desk, asked):
    other = ask(at(12, 8), now=timezone.now())
    Appointment.objects.filter(pk=asked.pk).update(replaces=other)

    assert desk.get(proposing(asked)).context["times"] == []
    assert "Es un cambio de hora" in in_text(desk.get(LIST))


def test_list_shows_what_was_proposed(desk, asked, django_assert_max_num_queries):
    (slot,) = times(asked.schedule, at(10, 9))
    propose(asked, slot, now=timezone.now())
    desk.get(LIST)

    with django_assert_max_num_queries(20):
        said = in_text(desk.get(LIST))

    assert "9:00 a. m." in said
