"""The waiting list in the admin: who sees whom, in which order, closing and offering."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.tests.at_the_desk import enter
from accounts.tests.at_the_desk import member as staff_member
from appointments import filing, waiting_list
from appointments.admin import waiting as page
from appointments.models import Offer, WaitingListEntry
from appointments.tests.factories import ScheduleFactory
from appointments.tests.network import at
from appointments.tests.steps import times
from appointments.tests.waiting import somebody, wanted
from portal.audit.models import AuditEvent
from portal.ui import workdays

pytestmark = pytest.mark.django_db
LIST = reverse("admin:appointments_waitinglistentry_changelist")
Status = WaitingListEntry.Status


@pytest.fixture
def schedule():
    return ScheduleFactory()


@pytest.fixture
def desk(client, schedule):
    user = staff_member()
    user.sites.set([schedule.site])
    enter(client, user)
    return client


def wants(user, schedule, **changes):
    today = timezone.localdate()
    days = {"first_day": today, "last_day": today + timedelta(days=30)}
    return wanted(user, schedule, **{"city": schedule.site.city, **days, **changes})


def filed(schedule, *, left=None, **changes):
    user = somebody()
    entry = filing.file(
        wants(user, schedule, **changes),
        desired_day=None,
        by=user,
        now=timezone.now(),
    )
    if left is not None:
        day = timezone.localdate() + timedelta(days=left)
        WaitingListEntry.objects.filter(pk=entry.pk).update(answer_by=day)
    return entry


def waiting(schedule, **changes):
    user = somebody()
    return waiting_list.join(
        wants(user, schedule, **changes), by=user, now=timezone.now()
    )


def answer(client, action, *rows, **fields):
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(LIST, data | fields, follow=True)


def offering(entry):
    return reverse("admin:appointments_waitinglistentry_offer", args=[entry.pk])


def change(entry):
    return reverse("admin:appointments_waitinglistentry_change", args=[entry.pk])


def in_text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def test_first_what_must_be_answered(desk, schedule):
    nobody = waiting(schedule)
    later, late, sooner = (filed(schedule, left=n) for n in (9, -9, 2))
    rows = desk.get(LIST).context["cl"].result_list
    assert [row.pk for row in rows] == [late.pk, sooner.pk, later.pk, nobody.pk]
    assert AuditEvent.objects.filter(action="admin.waitinglistentry.listed").exists()


def test_late_is_said_in_words(desk, schedule):
    filed(schedule, left=-9)
    assert "Vencida hace" in in_text(desk.get(LIST))


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", {"late", "soon", "plain"}),
        ("radicado=si", {"late", "soon"}),
        ("radicado=no", {"plain"}),
        ("radicado=vencidas", {"late"}),
        ("radicado=zz", {"late", "soon", "plain"}),
        ("estado=closed", {"closed"}),
        ("estado=todas", {"late", "soon", "plain", "closed"}),
    ],
)
def test_filters(desk, schedule, query, seen):
    rows = {
        "late": filed(schedule, left=-2),
        "soon": filed(schedule, left=2),
        "plain": waiting(schedule),
        "closed": filed(schedule),
    }
    WaitingListEntry.objects.filter(pk=rows["closed"].pk).update(
        status=Status.CLOSED, ended_at=timezone.now()
    )
    found = {row.pk for row in desk.get(f"{LIST}?{query}").context["cl"].result_list}
    assert found == {rows[name].pk for name in seen}


def test_only_of_their_sites_and_cities(desk, schedule):
    """ACC-07"""
    here, elsewhere = filed(schedule), filed(ScheduleFactory())
    said = in_text(desk.get(LIST))
    assert here.number in said
    assert elsewhere.number not in said
    assert desk.get(offering(elsewhere)).status_code == 404
    answer(desk, "close", elsewhere, confirmado="si", razon=page.REASONS[0][0])
    elsewhere.refresh_from_db()
    assert elsewhere.status == Status.WAITING


def test_role_that_does_not(client, schedule):
    user = staff_member(role="Protección de datos")
    enter(client, user)
    entry = filed(schedule)
    assert client.get(LIST).status_code == 403
    assert client.get(offering(entry)).status_code == 403


@pytest.mark.parametrize("role", ["Recepción", "Agendas"])
def test_roles_that_do(client, schedule, role):
    user = staff_member(role=role)
    user.sites.set([schedule.site])
    enter(client, user)
    entry = filed(schedule)
    answer(client, "close", entry, confirmado="si", razon=page.REASONS[0][0])
    entry.refresh_from_db()
    assert entry.status == Status.CLOSED


def test_close_asks_first_and_why(desk, schedule):
    entry = filed(schedule)
    question = in_text(answer(desk, "close", entry))
    assert "¿Cerrar sin asignar cita?" in question
    entry.refresh_from_db()
    assert entry.status == Status.WAITING
    done = answer(
        desk, "close", entry, confirmado="si", razon="otra", detalle="Se hace en Suba"
    )
    entry.refresh_from_db()
    assert (entry.status, entry.ended_because) == (Status.CLOSED, "Se hace en Suba")
    assert "Cerramos 1 solicitud y avisamos." in in_text(done)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"razon": "otra"},
        {"razon": "zz"},
        {"razon": "otra", "detalle": "x" * 201},
        {"razon": "otra", "detalle": "\u202e."},
    ],
)
def test_close_without_a_reason_is_asked_again(desk, schedule, fields):
    entry = filed(schedule)
    response = answer(desk, "close", entry, confirmado="si", **fields)
    entry.refresh_from_db()
    assert (response.status_code, entry.status) == (422, Status.WAITING)


def test_close_of_who_left_says_so(desk, schedule):
    entry = filed(schedule)
    waiting_list.leave(
        entry_id=entry.pk,
        patient=entry.patient,
        by=entry.asked_by,
        now=timezone.now(),
    )
    data = {"confirmado": "si", "razon": page.REASONS[0][0]}
    url = f"{LIST}?estado=todas"
    said = desk.post(
        url, {"action": "close", "_selected_action": str(entry.pk)} | data, follow=True
    )
    assert f"{entry.number}: ya no espera" in in_text(said)


def test_offer_the_chosen_time(desk, schedule):
    entry = filed(schedule)
    first, second = times(schedule, at(6, 9), at(7, 9))
    shown = desk.get(offering(entry))
    assert [pk for pk, _ in shown.context["times"]] == [first.pk, second.pk]

    done = in_text(desk.post(offering(entry), {"cupo": second.pk}, follow=True))

    offer = Offer.objects.get(entry=entry)
    assert offer.appointment.start == second.start
    assert f"{entry.number}: le ofrecimos" in done
    assert "Con una hora ofrecida" in done
    said = in_text(desk.get(change(entry)))
    assert "La ofreció una persona de la clínica" in said
    again = in_text(desk.post(offering(entry), {"cupo": first.pk}, follow=True))
    assert "ya tiene otra hora ofrecida" in again


@pytest.mark.parametrize(
    ("chosen", "status"), [("", 422), ("zz", 422), ("9" * 15, 409), ("9" * 40, 422)]
)
def test_offer_what_is_none(desk, schedule, chosen, status):
    entry = filed(schedule)
    answered = desk.post(offering(entry), {"cupo": chosen})
    assert answered.status_code == status
    assert not Offer.objects.exists()


def test_offer_by_the_list_is_of_one(desk, schedule):
    one, other = filed(schedule), filed(schedule)
    assert "Escoja una sola persona" in in_text(answer(desk, "offer", one, other))
    assert "No hay horas libres" in in_text(answer(desk, "offer", one))


def test_times_of_other_sites_are_not_offered_here(desk, schedule):
    other = ScheduleFactory(
        site__city=schedule.site.city, procedure=schedule.procedures.get()
    )
    entry = filed(schedule)
    (slot,) = times(other, at(6, 9))
    assert desk.get(offering(entry)).context["times"] == []
    assert desk.post(offering(entry), {"cupo": slot.pk}).status_code == 409


def test_detail_is_read_only_and_watched(desk, schedule):
    entry = filed(schedule)
    said = in_text(desk.get(change(entry)))
    assert entry.number in said
    assert 'name="_save"' not in said
    seen = AuditEvent.objects.get(action="admin.waitinglistentry.viewed")
    assert seen.patient_ref == entry.patient.token


def test_list_costs_the_same_for_many(desk, schedule):
    def cost():
        with CaptureQueriesContext(connection) as seen:
            desk.get(LIST)
        return len(seen)

    filed(schedule, sites=[schedule.site])
    desk.get(LIST)
    few = cost()
    for _ in range(4):
        filed(schedule, sites=[schedule.site])
    assert cost() == few


def test_days_left_are_business_days():
    friday = workdays.add_workdays(timezone.localdate(), 0)
    while friday.weekday() != 4:
        friday += timedelta(days=1)
    sunday = friday + timedelta(days=2)
    assert page.days_left(friday, friday) == 0
    assert page.days_left(workdays.add_workdays(friday, 3), friday) == 3
    assert page.days_left(friday, sunday) == -1
    assert page.days_left(friday, workdays.add_workdays(friday, 2)) == -2


def test_why_this_person_in_words():
    said = page.in_words(
        {
            "priority": ["pregnancy"],
            "waited_since": "2026-03-02",
            "before": 3,
            "why": {"busy": 1, "hours": 2},
        }
    )
    assert said == (
        "Tiene atención preferencial por ley. Espera desde el lunes 2 de marzo de 2026. "
        "Antes estaban 3 personas (1: tenían otra cita a esa hora; 2: no podían a esa "
        "hora)."
    )
    assert page.in_words({}) == ""
    assert "Nadie estaba antes" in page.in_words({"waited_since": "2026-03-02"})
