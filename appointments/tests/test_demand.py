"""What was looked for in vain: counted by week, without anybody in it."""

import csv
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.urls import reverse

from accounts.tests.at_the_desk import chief, enter, member
from appointments import demand
from appointments.models import Appointment, Slot, UnmetDemand
from appointments.tests.addresses import ULTRASOUND, page
from appointments.tests.network import at
from catalog.tests.factories import AgreementFactory, CityFactory, ProcedureFactory
from portal.audit.models import AuditEvent
from portal.testing.clock import NOON
from portal.testing.threads import together

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)
LIST = "admin:appointments_unmetdemand_changelist"
DOWNLOAD = "admin:appointments_unmetdemand_download"


def sought(**changes):
    facts = {
        "procedure_id": changes.pop("procedure", None) or ProcedureFactory().pk,
        "agreement_id": changes.pop("agreement", None) or AgreementFactory().pk,
        "modality": "presencial",
        "city_code": "11001",
    }
    return demand.Sought(**facts | changes)


def counted():
    rows = UnmetDemand.objects.order_by("week", "outcome")
    return list(rows.values_list("week", "outcome", "count"))


# --- The count -------------------------------------------------------------------


def test_searches_of_one_week_add_up_in_one_row(django_assert_num_queries):
    asked = sought()
    demand.note(demand.EMPTY, asked, now=NOON)

    with django_assert_num_queries(1):
        demand.note(demand.EMPTY, asked, now=NOON + timedelta(days=6))

    assert counted() == [(MONDAY, "empty", 2)]


@pytest.mark.parametrize(
    "changes",
    [{"modality": "virtual"}, {"city_code": "05001"}, {"city_code": ""}],
    ids=["modality", "city", "nowhere"],
)
def test_what_differs_stands_apart(changes):
    asked = sought()
    demand.note(demand.LATE, asked, now=NOON)

    other = {"procedure": asked.procedure_id, "agreement": asked.agreement_id}
    demand.note(demand.LATE, sought(**other, **changes), now=NOON)

    assert [count for *_, count in counted()] == [1, 1]


@pytest.mark.parametrize("outcome", demand.UnmetDemand.Outcome.values)
def test_what_came_of_it_is_said(outcome):
    demand.note(UnmetDemand.Outcome(outcome), sought(), now=NOON)

    assert counted() == [(MONDAY, outcome, 1)]


def test_a_week_begins_on_monday_in_bogota():
    """Four in the morning in Greenwich is still Sunday at eleven in Bogotá."""
    still_sunday = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)

    demand.note(demand.FILED, sought(), now=still_sunday)

    assert counted() == [(MONDAY - timedelta(days=7), "filed", 1)]


def test_a_row_has_no_room_for_anybody():
    columns = {field.name for field in UnmetDemand._meta.get_fields()}

    assert columns == {
        "id",
        "week",
        "procedure",
        "city_code",
        "agreement",
        "modality",
        "outcome",
        "count",
    }


@pytest.mark.contention
@pytest.mark.django_db(transaction=True)
def test_searches_of_one_instant_are_all_counted():
    asked = sought()

    together(lambda: demand.note(demand.EMPTY, asked, now=NOON), count=12)

    assert counted() == [(MONDAY, "empty", 12)]


@pytest.mark.contention
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="solo en PostgreSQL: SQLite has one writer at a time",
)
def test_counting_by_reading_first_would_lose_some():
    """The twin: what the one statement saves us from."""
    asked = sought()
    demand.note(demand.EMPTY, asked, now=NOON)
    everybody_has_read = Barrier(12)

    def read_then_write():
        row = UnmetDemand.objects.get()
        everybody_has_read.wait(timeout=30)
        row.count += 1
        row.save()

    together(read_then_write, count=12)

    assert counted() == [(MONDAY, "empty", 2)]


# --- The pages that count --------------------------------------------------------


def outcomes():
    return list(UnmetDemand.objects.values_list("outcome", "count"))


def agenda(user, **more):
    return page(user, "agenda", **ULTRASOUND, **more)


def test_an_empty_agenda_counts_by_service_city_and_agreement(
    at_home, paciente, network
):
    at_home.get(agenda(paciente))

    row = UnmetDemand.objects.get()
    assert (row.procedure, row.agreement) == (network.ultrasound, network.eps)
    assert (row.city_code, row.modality, row.outcome) == (
        "11001",
        "presencial",
        "empty",
    )


@pytest.mark.parametrize(("days", "expected"), [(1, []), (10, []), (11, [("late", 1)])])
def test_a_far_first_time_counts_past_the_days_of_the_setting(
    at_home, paciente, network, days, expected
):
    network.slots("luis", at(days, 8))

    at_home.get(agenda(paciente))

    assert outcomes() == expected


def test_days_asked_for_far_away_are_not_far(at_home, paciente, network):
    """Who wants to come in a month has a good answer in a month."""
    network.slots("luis", at(30, 8))
    wanted = {"cuando": "desde", "desde": at(28, 8).date().isoformat()}

    at_home.get(agenda(paciente, **wanted))

    assert outcomes() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
        {"Cache-Control": "max-age=0"},
        {"Cache-Control": "no-cache"},
    ],
    ids=["prefetch", "old_prefetch", "firefox", "reload", "hard_reload"],
)
def test_what_nobody_asked_for_again_does_not_count(at_home, paciente, headers):
    at_home.get(agenda(paciente), headers=headers)

    assert outcomes() == []


def test_looking_at_the_head_does_not_count(at_home, paciente):
    at_home.head(agenda(paciente))

    assert outcomes() == []


@pytest.mark.parametrize(
    "onward", [{"ver": "2026-12-24"}, {"pagina": "2"}, {"mas": "x"}], ids=str
)
def test_turning_the_pages_of_an_agenda_does_not_count(
    at_home, paciente, network, onward
):
    network.slots("luis", at(20, 8))

    at_home.get(agenda(paciente, **onward))

    assert outcomes() == []


def test_nothing_else_is_written(at_home, paciente):
    before = AuditEvent.objects.count()

    at_home.get(agenda(paciente))

    assert AuditEvent.objects.count() == before
    assert not Appointment.objects.exists()
    assert not Slot.objects.exists()
    assert outcomes() == [("empty", 1)]


# --- The list of the staff -------------------------------------------------------


@pytest.fixture
def desk(client):
    enter(client, member(role="Agendas"))
    return client


@pytest.fixture
def rows(db):
    CityFactory(code="11001", name="Bogotá D. C.")
    eps, own = AgreementFactory(name="EPS Uno"), AgreementFactory(name="=CMD()")
    scan = ProcedureFactory(code="881302", name="Ecografía")
    asked = sought(procedure=scan.pk, agreement=eps.pk)
    for _ in range(3):
        demand.note(demand.EMPTY, asked, now=NOON)
    demand.note(demand.LATE, asked, now=NOON - timedelta(days=7))
    other = sought(agreement=own.pk, city_code="", modality="virtual")
    demand.note(demand.FILED, other, now=NOON)
    return eps


def table(client, **filters):
    answer = client.get(reverse(DOWNLOAD, query=filters))
    return list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))


def shown(client, **filters):
    return client.get(reverse(LIST, query=filters)).context_data


def test_the_list_adds_up(desk, rows):
    totals = dict(shown(desk)["totals"])

    assert totals == {
        "Sin horas": 3,
        "Primera hora lejana": 1,
        "Solicitud radicada": 1,
        # What was filed was counted when its search found nothing.
        "Total": 4,
    }


@pytest.mark.parametrize(
    ("filters", "total"),
    [
        ({"semana": "2026-11-23"}, 3),
        ({"semana": "2026-11-16"}, 1),
        ({"semana": "otra"}, 4),
        ({"ciudad": "11001"}, 4),
        ({"ciudad": "virtual"}, 0),
        ({"outcome__exact": "late"}, 1),
        ({"modality__exact": "virtual"}, 0),
        ({"q": "ecograf"}, 4),
        ({"q": "881302"}, 4),
    ],
    ids=str,
)
def test_filters_narrow_the_totals_and_the_table_alike(desk, rows, filters, total):
    assert dict(shown(desk, **filters)["totals"])["Total"] == total
    searched = [
        int(row["busquedas"])
        for row in table(desk, **filters)
        if row["resultado"] != "Solicitud radicada"
    ]
    assert sum(searched) == total


def test_the_agreement_is_a_filter(desk, rows):
    found = table(desk, agreement__id__exact=rows.pk)

    assert {row["convenio"] for row in found} == {"EPS Uno"}


def test_the_table_says_names_and_codes_and_runs_nothing(desk, rows):
    first, second, third = table(desk)

    assert first == {
        "semana": "2026-11-23",
        "codigo": "881302",
        "servicio": "Ecografía",
        "divipola": "11001",
        "ciudad": "Bogotá D. C.",
        "convenio": "EPS Uno",
        "modalidad": "Presencial",
        "resultado": "Sin horas",
        "busquedas": "3",
    }
    assert (second["convenio"], second["ciudad"]) == ("'=CMD()", "")
    assert third["semana"] == "2026-11-16"


def test_who_takes_the_table_is_written_down(desk, rows):
    table(desk)

    assert AuditEvent.objects.filter(action="admin.unmetdemand.downloaded").count() == 1


@pytest.mark.parametrize(
    "bad", [{"estado": "z"}, {"agreement__id__exact": "z"}, {"desde": "x"}], ids=str
)
def test_filters_that_nobody_offers_lead_back_to_the_list(desk, rows, bad):
    response = desk.get(reverse(DOWNLOAD), bad)

    assert response.url == reverse(LIST)


@pytest.mark.parametrize("name", [LIST, DOWNLOAD])
def test_reception_does_not_see_it(client, rows, name):
    enter(client, member(role="Recepción"))

    assert client.get(reverse(name)).status_code == 403


def test_nobody_changes_it_not_even_who_may_everything(client, rows):
    enter(client, chief())
    row = UnmetDemand.objects.first()
    one = reverse("admin:appointments_unmetdemand_change", args=[row.pk])

    answers = [
        client.get(reverse("admin:appointments_unmetdemand_add")),
        client.post(one, {"count": "9"}),
        client.post(reverse("admin:appointments_unmetdemand_delete", args=[row.pk])),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_the_list_costs_the_same_however_long(
    desk, rows, django_assert_max_num_queries
):
    for _ in range(5):
        demand.note(demand.EMPTY, sought(), now=NOON)

    with django_assert_max_num_queries(22):
        shown(desk)
