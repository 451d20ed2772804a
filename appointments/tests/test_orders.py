"""Orders and authorisations: what is wanting, who declares, what staff decide."""

import io
import os
from datetime import date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotActing
from accounts.tests.at_the_desk import enter, member
from accounts.tests.factories import ContactDeviceFactory, UserFactory
from appointments import (
    booking,
    jobs,
    orders,
    papers,
    policies,
    requests,
    uploads,
)
from appointments.errors import (
    AuthorizationMissing,
    NotStanding,
    OrderMissing,
    OrderNotWaiting,
    OrderOutOfDate,
    TooManyOrders,
)
from appointments.models import Appointment, ServiceRequest, ServiceRequestFile
from appointments.notifications import ORDER_REJECTED, order_rejected
from appointments.orders import Declared
from appointments.policies import Asked, Gap, Paper
from appointments.tests.addresses import ULTRASOUND, answers_of, page, slug_of
from appointments.tests.asking import propose
from appointments.tests.factories import BOGOTA
from appointments.tests.network import at
from appointments.tests.test_uploads import PDF, bomb, picture
from catalog import version
from portal.audit.models import AuditEvent
from portal.audit.origin import Origin
from portal.messaging import gsm7
from portal.messaging.models import OutgoingMessage

pytestmark = pytest.mark.django_db
HERE = Origin(address="127.0.0.1", user_agent="", request_id="")
DAY = date(2026, 12, 5)
ASKED_NOW = {k: v for k, v in ULTRASOUND.items() if k != "orden"}
PROMISED = ULTRASOUND


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.UPLOADS_DIR = tmp_path / "uploads"
    return settings.UPLOADS_DIR


def change(row, **facts):
    for name, value in facts.items():
        setattr(row, name, value)
    row.save()
    version.bump()


def today(days=0):
    return timezone.localdate() + timedelta(days=days)


def declare(user, network, *, upload=None, by=None, now=None, agreement=None, **facts):
    facts = {"order_date": today(), "order_until": today(30)} | facts
    return orders.declare(
        patient=user.patient,
        procedure=network.ultrasound,
        agreement=agreement or network.eps,
        declared=Declared(**facts),
        upload=upload,
        by=by or user,
        now=now or timezone.now(),
    )


def hold(user, network, slot, **facts):
    return booking.hold(
        slot_id=slot.pk,
        procedure=network.ultrasound,
        patient=user.patient,
        agreement=network.eps,
        by=user,
        search="convenio=eps-andina",
        now=timezone.now(),
        **facts,
    )


# --- The rules -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("until", "open_"),
    [
        (DAY - timedelta(days=1), True),
        (DAY, False),
        (DAY + timedelta(days=1), False),
        (None, False),
    ],
)
@pytest.mark.parametrize("paper", ["order", "authorization"])
def test_the_last_day_of_a_paper_still_counts(paper, until, open_):
    asked = Asked(**{paper: True})
    papers_ = {"order": policies.NO_PAPER, "authorization": policies.NO_PAPER}
    papers_[paper] = Paper(there=True, until=until)

    found = policies.gap(asked, **papers_, day=DAY)

    assert found == Gap(**{f"{paper}_late": open_})
    assert found.anything == open_


@pytest.mark.parametrize("order_later", [True, False])
@pytest.mark.parametrize("authorization_later", [True, False])
def test_only_what_may_be_brought_can_be_promised(order_later, authorization_later):
    asked = Asked(
        order=True,
        authorization=True,
        order_later=order_later,
        authorization_later=authorization_later,
    )
    left = Gap(order=True, authorization_late=True)

    assert policies.gap_without_promised(asked, left) == Gap(
        order=not order_later, authorization_late=not authorization_later
    )


@pytest.mark.parametrize(
    ("kind", "own_word", "asks"),
    [
        ("contributivo", None, True),
        ("contributivo", False, False),
        ("prepagada", None, True),
        ("particular", None, False),
        ("soat", None, False),
        ("soat", True, True),
    ],
)
def test_an_authorisation_is_for_who_has_a_payer(network, kind, own_word, asks):
    network.ultrasound.needs_authorization = True
    network.eps.kind, network.eps.asks_authorization = kind, own_word

    assert papers.asked(network.ultrasound, network.eps).authorization == asks


def test_no_agreement_asks_for_the_order_of_what_needs_none(network):
    network.eps.asks_order = network.eps.asks_authorization = True

    assert not papers.asked(network.general_visit, network.eps).anything


# --- Declaring -------------------------------------------------------------------


def test_without_a_last_day_the_agreements_days_count(paciente, network):
    change(network.eps, order_valid_days=30, authorization_valid_days=60)

    made = declare(
        paciente,
        network,
        order_date=DAY,
        order_until=None,
        authorization_number="A1",
        authorization_date=DAY,
    )

    assert made.order_until == DAY + timedelta(days=30)
    assert made.authorization_until == DAY + timedelta(days=60)


def test_the_same_twice_is_once(paciente, network, folder):
    sent = uploads.read(io.BytesIO(PDF))

    first = declare(paciente, network, upload=sent)
    again = declare(paciente, network, upload=sent)

    assert first == again
    assert ServiceRequestFile.objects.count() == 1
    assert len(list(folder.glob("*/*"))) == 1


def test_nobody_declares_for_a_stranger(paciente, otra_paciente, network):
    """ACC-03."""
    with pytest.raises(NotActing):
        declare(paciente, network, by=otra_paciente)


def test_nobody_declares_without_end(paciente, network):
    for number in range(policies.MOST_ORDERS_WAITING):
        declare(paciente, network, order_number=str(number))

    with pytest.raises(TooManyOrders):
        declare(paciente, network, order_number="one more")


def test_the_newest_that_covers_the_day_is_used(paciente, network):
    facts = {
        "patient": paciente.patient,
        "procedure": network.ultrasound,
        "agreement": network.eps,
    }
    long = declare(paciente, network, order_until=today(30))
    short = declare(paciente, network, order_until=today(5), order_number="2")

    assert orders.usable(**facts, day=today(5)) == short
    assert orders.usable(**facts, day=today(6)) == long
    assert orders.usable(**facts, day=today(31)) is None


def test_one_that_staff_rejected_serves_no_more(paciente, network):
    made = declare(paciente, network)
    orders.reject(
        order_id=made.pk, reason="Ilegible", by=staff(), origin=HERE, now=NOW()
    )

    found = orders.missing(
        patient=paciente.patient,
        procedure=network.ultrasound,
        agreement=network.eps,
        day=today(),
    )

    assert found.gap == Gap(order=True)


def NOW():  # noqa: N802 - a moment, read as one
    return timezone.now()


def staff():
    return UserFactory(staff=True, is_superuser=True)


# --- Holding ---------------------------------------------------------------------


def test_what_needs_nothing_asks_nothing(network, paciente, django_assert_num_queries):
    with django_assert_num_queries(0):
        found = orders.missing(
            patient=paciente.patient,
            procedure=network.general_visit,
            agreement=network.eps,
            day=DAY,
        )

    assert found is papers.NOTHING


def test_a_hold_takes_the_order_with_it(paciente, network):
    made = declare(paciente, network)
    (slot,) = network.slots("luis", at(3, 8))

    held = hold(paciente, network, slot, brings_papers=False)

    assert (held.service_request, held.order_promised) == (made, False)


def test_a_promise_is_written_on_the_appointment(paciente, network):
    (slot,) = network.slots("luis", at(3, 8))

    held = hold(paciente, network, slot, brings_papers=True)

    assert (held.service_request, held.order_promised) == (None, True)


def test_what_may_not_be_promised_is_refused(paciente, network):
    (slot,) = network.slots("luis", at(3, 8))
    with pytest.raises(OrderMissing):
        hold(paciente, network, slot, brings_papers=False)
    change(network.eps, order_later=False)
    with pytest.raises(OrderMissing):
        hold(paciente, network, slot, brings_papers=True)

    assert not Appointment.objects.exists()


def test_an_authorisation_may_not_be_promised_unless_the_agreement_says_so(
    paciente, network
):
    change(network.ultrasound, needs_authorization=True)
    (slot,) = network.slots("luis", at(3, 8))
    declare(paciente, network)
    with pytest.raises(AuthorizationMissing):
        hold(paciente, network, slot)
    change(network.eps, authorization_later=True)

    assert hold(paciente, network, slot).order_promised


@pytest.mark.parametrize(("hour", "minute"), [(0, 30), (12, 0), (23, 30)])
@pytest.mark.parametrize(("days", "serves"), [(-1, True), (0, True), (1, False)])
def test_the_day_is_that_of_bogota(paciente, network, hour, minute, days, serves):
    """An order ends with its day here, also at half past eleven at night."""
    change(network.eps, order_later=False)
    last = today(4)
    declare(paciente, network, order_until=last)
    day = last + timedelta(days=days)
    start = datetime(day.year, day.month, day.day, hour, minute, tzinfo=BOGOTA)
    (slot,) = network.slots("luis", start)

    if serves:
        assert hold(paciente, network, slot).service_request is not None
    else:
        with pytest.raises(OrderOutOfDate):
            hold(paciente, network, slot)


# --- The wizard ------------------------------------------------------------------


@pytest.fixture
def times(network):
    return network.slots("luis", at(3, 8), at(6, 8))


def filled(issued=None, until=None, **more):
    issued = issued or today()
    data = {
        "numero_orden": "77-A",
        "fecha_orden-d": issued.day,
        "fecha_orden-m": issued.month,
        "fecha_orden-a": issued.year,
    }
    if until:
        data |= {
            "hasta_orden-d": until.day,
            "hasta_orden-m": until.month,
            "hasta_orden-a": until.year,
        }
    return data | more


@pytest.mark.parametrize("slug", ["fechas", "agenda"])
def test_what_is_wanting_is_said_before_the_dates(at_home, paciente, times, slug):
    response = at_home.get(page(paciente, slug, **ASKED_NOW))

    assert slug_of(response) == "orden"
    shown = at_home.get(response["Location"]).content.decode()
    assert "¿Tiene la orden médica?" in shown
    assert "La llevo el día de la cita" in shown


def test_declaring_goes_on_to_the_dates_and_asks_no_more(at_home, paciente, times):
    response = at_home.post(page(paciente, "orden", **ASKED_NOW), filled())

    assert slug_of(response) == "fechas"
    assert answers_of(response)["sede"] == "todas"
    assert at_home.get(response["Location"]).status_code == 200
    held = at_home.post(page(paciente, "apartar", **ASKED_NOW), {"cupo": times[0].pk})
    assert "/recomendaciones/" in held["Location"]
    assert Appointment.objects.get().service_request.order_number == "77-A"


def test_la_llevo_el_dia_de_la_cita_is_a_link_that_goes_on(at_home, paciente, times):
    shown = at_home.get(page(paciente, "orden", **ASKED_NOW))

    response = at_home.get(shown.context["promise_url"])

    assert response.status_code == 200
    at_home.post(page(paciente, "apartar", **PROMISED), {"cupo": times[0].pk})
    assert Appointment.objects.get().order_promised


def test_a_promise_in_the_address_is_worth_nothing_where_none_is_taken(
    at_home, paciente, network, times
):
    change(network.eps, order_later=False)

    for slug in ("fechas", "agenda"):
        assert slug_of(at_home.get(page(paciente, slug, **PROMISED))) == "orden"
    at_home.post(page(paciente, "apartar", **PROMISED), {"cupo": times[0].pk})

    assert not Appointment.objects.exists()
    shown = at_home.get(page(paciente, "orden", **PROMISED)).content.decode()
    assert "La llevo" not in shown


def test_an_authorisation_is_asked_for_with_its_number(
    at_home, paciente, network, times
):
    change(network.ultrasound, needs_authorization=True)

    shown = at_home.get(page(paciente, "orden", **ASKED_NOW)).content.decode()
    refused = at_home.post(page(paciente, "orden", **ASKED_NOW), filled())

    assert "¿Tiene la orden médica y la autorización?" in shown
    assert "EPS Alianza Andina" in shown
    assert "La llevo el día" not in shown
    assert refused.status_code == 422
    assert "Escriba el número de la autorización" in refused.content.decode()


def test_a_time_after_the_last_day_of_the_order_leads_to_what_to_do(
    at_home, paciente, network, times
):
    declare(paciente, network, order_until=today(4))

    response = at_home.post(
        page(paciente, "apartar", **ASKED_NOW), {"cupo": times[1].pk}
    )

    assert slug_of(response) == "orden"
    assert answers_of(response)["para"] == today(6).isoformat()
    shown = at_home.get(response["Location"]).content.decode()
    assert "sirve hasta el" in shown
    assert "Escoja un día antes" in shown
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "Escriba la fecha de la orden"),
        (
            {"fecha_orden-d": "31", "fecha_orden-m": "2", "fecha_orden-a": "2026"},
            "ese día no existe",
        ),
        ("future", "Esa fecha todavía no llega"),
        ("until before", "Revise la fecha: la orden es posterior"),
        ("over", "Se venció el"),
    ],
)
def test_bad_answers_are_told_and_nothing_is_lost(at_home, paciente, times, data, said):
    data = {
        "future": filled(issued=today(1)),
        "until before": filled(until=today(-1)),
        "over": filled(issued=today(-9), until=today(-1)),
    }.get(data if isinstance(data, str) else "", data)

    response = at_home.post(page(paciente, "orden", **ASKED_NOW), data)

    assert response.status_code == 422
    assert said in response.content.decode().replace("\xa0", " ")
    if "numero_orden" in data:
        assert 'value="77-A"' in response.content.decode()


def test_nothing_to_ask_goes_straight_on(at_home, paciente, network):
    network.slots("general", at(3, 8))
    answers = ULTRASOUND | {"procedimiento": "890201"}

    assert slug_of(at_home.get(page(paciente, "orden", **answers))) == "fechas"


def test_the_page_is_only_of_ones_own(at_home, otra_paciente, times):
    """ACC-01."""
    assert at_home.get(page(otra_paciente, "orden", **ASKED_NOW)).status_code == 404


def test_the_page_costs_few_queries(
    at_home, paciente, times, django_assert_max_num_queries
):
    at_home.get(page(paciente, "orden", **ASKED_NOW))

    with django_assert_max_num_queries(12):
        at_home.get(page(paciente, "orden", **ASKED_NOW))


# --- Files -----------------------------------------------------------------------


def send(browser, user, name, content, kind="image/jpeg"):
    file = SimpleUploadedFile(name, content, content_type=kind)
    return browser.post(page(user, "orden", **ASKED_NOW), filled(archivo=file))


def test_a_picture_arrives_as_a_file_of_ours(at_home, paciente, times, folder):
    send(at_home, paciente, "../../etc/<b>orden</b>.php", picture())

    kept = ServiceRequestFile.objects.get()
    assert kept.mimetype == "image/jpeg"
    assert "orden" not in kept.path
    assert (folder / kept.path).stat().st_size == kept.size


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("orden.jpg", b"<svg onload=alert(1)></svg>", "Escoja una foto"),
        ("orden.pdf", b"<html><script></script>", "Escoja una foto"),
        ("orden.png", bomb(50_000, 50_000), "pesa más de 5 MB"),
        (
            "orden.pdf",
            PDF.replace(b"/Type", b"/JS (x)/Type"),
            "tiene contraseña o programas",
        ),
        ("orden.jpg", b"\xff\xd8" + b"\0" * (6 * 1024 * 1024), "pesa más de 5 MB"),
        ("orden.jpg", b"", "Ese archivo está vacío"),
    ],
    ids=["svg", "html", "bomb", "program", "huge", "empty"],
)
def test_what_is_no_order_is_told(
    at_home, paciente, times, folder, name, content, said
):
    response = send(at_home, paciente, name, content)

    assert response.status_code == 422
    assert said in response.content.decode()
    assert not ServiceRequest.objects.exists()
    assert not folder.exists()


def test_the_owner_gets_a_download_and_nobody_else(
    at_home, client, paciente, otra_paciente, times
):
    """UPL-01, ACC-01."""
    send(at_home, paciente, "orden.jpg", picture())
    address = reverse(
        "appointments:order_file", args=[ServiceRequestFile.objects.get().pk]
    )

    response = at_home.get(address)

    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Disposition"] == 'attachment; filename="orden.jpg"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "no-store"
    assert AuditEvent.objects.filter(action="order.file_read").count() == 1
    client.force_login(otra_paciente)
    assert client.get(address).status_code == 404
    client.logout()
    assert client.get(address).status_code == 302


def test_files_of_nobody_are_forgotten(paciente, network, folder):
    kept = declare(paciente, network, upload=uploads.read(io.BytesIO(PDF)))
    orphan, fresh = (uploads.keep(uploads.read(io.BytesIO(PDF))) for _ in range(2))
    then = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(folder / orphan, (then, then))
    os.utime(folder / kept.files.get().path, (then, then))

    jobs.purge_uploads()

    assert not (folder / orphan).exists()
    assert (folder / fresh).exists()
    assert (folder / kept.files.get().path).exists()


# --- Looked at while a time is kept -------------------------------------------------


def rejected(order):
    orders.reject(
        order_id=order.pk,
        reason="No tiene firma",
        by=staff(),
        origin=HERE,
        now=timezone.now(),
    )


def test_an_order_rejected_meanwhile_leads_to_another_and_not_to_a_voucher(
    at_home, paciente, network
):
    (slot,) = network.slots("luis", at(3, 8))
    order = declare(paciente, network)
    held = hold(paciente, network, slot)
    facts = {"patient": paciente.patient, "by": paciente, "now": timezone.now()}
    booking.read_instructions(appointment_id=held.pk, **facts)
    rejected(order)

    response = at_home.post(reverse("appointments:confirm", args=[held.pk]))

    held.refresh_from_db()
    assert held.status == Appointment.Status.HELD
    assert response["Location"] == reverse("appointments:order_of", args=[held.pk])
    page = at_home.get(response["Location"]).content.decode()
    assert "La sede revisó su orden y no sirve" in page

    another = declare(paciente, network, order_number="77")
    orders.attach(appointment_id=held.pk, order=another, **facts)
    done = booking.confirm(appointment_id=held.pk, **facts)
    assert done.status == Appointment.Status.BOOKED


def test_who_promised_to_bring_it_confirms_all_the_same(paciente, network):
    (slot,) = network.slots("luis", at(40, 8))
    order = declare(paciente, network)
    held = hold(paciente, network, slot)
    assert (held.service_request, held.order_promised) == (order, True)
    facts = {"patient": paciente.patient, "by": paciente, "now": timezone.now()}
    booking.read_instructions(appointment_id=held.pk, **facts)
    rejected(order)

    done = booking.confirm(appointment_id=held.pk, **facts)

    assert done.status == Appointment.Status.BOOKED


@pytest.mark.parametrize("may_be_brought", [True, False])
def test_the_clinic_proposes_no_day_that_the_order_does_not_reach(
    paciente, network, may_be_brought
):
    change(network.eps, order_later=may_be_brought)
    schedule = network.schedules["luis"]
    change(schedule, booking="request", horizon_days=60)
    asked_for, after = network.slots("luis", at(10, 8), at(40, 8))
    declare(paciente, network)
    held = hold(paciente, network, asked_for)
    facts = {"patient": paciente.patient, "by": paciente, "now": timezone.now()}
    booking.read_instructions(appointment_id=held.pk, **facts)
    asked = booking.confirm(appointment_id=held.pk, **facts)

    if not may_be_brought:
        with pytest.raises(OrderOutOfDate):
            propose(asked, after, now=timezone.now())
        return
    propose(asked, after, now=timezone.now())
    taken = requests.take_proposal(appointment_id=asked.pk, **facts)

    taken.refresh_from_db()
    assert (taken.status, taken.order_promised) == ("booked", True)


def test_too_many_orders_are_refused_in_words(at_home, paciente, times, monkeypatch):
    monkeypatch.setattr(policies, "MOST_ORDERS_WAITING", 0)

    response = at_home.post(page(paciente, "orden", **ASKED_NOW), filled())

    assert response.status_code == 409
    assert "Ya tenemos varias órdenes por revisar" in response.content.decode()


# --- Afterwards ------------------------------------------------------------------


@pytest.fixture
def booked(paciente, network):
    ContactDeviceFactory(user=paciente)
    (slot,) = network.slots("luis", at(3, 8))
    made = declare(paciente, network)
    held = hold(paciente, network, slot)
    assert held.service_request == made
    facts = {"patient": paciente.patient, "by": paciente, "now": timezone.now()}
    booking.read_instructions(appointment_id=held.pk, **facts)
    return booking.confirm(appointment_id=held.pk, **facts)


def test_a_rejection_tells_the_patient_once_without_saying_what_it_is(booked, network):
    order = booked.service_request
    facts = {"order_id": order.pk, "by": staff(), "origin": HERE}

    orders.reject(reason="La orden no tiene firma", now=timezone.now(), **facts)
    with pytest.raises(OrderNotWaiting):
        orders.reject(reason="Otra vez", now=timezone.now(), **facts)

    told = OutgoingMessage.objects.filter(kind=ORDER_REJECTED)
    assert told.count() == 1
    mail = order_rejected.compose(told.get(), now=timezone.now())
    assert mail.subject == "Falta un papel para su cita"
    assert "Ecografía" not in mail.text
    assert "firma" not in mail.text
    booked.refresh_from_db()
    assert booked.status == Appointment.Status.BOOKED


def test_its_text_message_fits(booked):
    text = order_rejected.sms(booked, now=timezone.now())

    assert gsm7.fits(text)


def test_nobody_is_told_of_an_order_that_was_replaced_meanwhile(
    booked, paciente, network
):
    orders.reject(
        order_id=booked.service_request_id,
        reason="Vencida",
        by=staff(),
        origin=HERE,
        now=timezone.now(),
    )
    other = declare(paciente, network, order_number="nueva")
    orders.attach(
        appointment_id=booked.pk,
        patient=paciente.patient,
        order=other,
        by=paciente,
        now=timezone.now(),
    )

    told = OutgoingMessage.objects.get(kind=ORDER_REJECTED)
    assert order_rejected.compose(told, now=timezone.now()) is None


def test_the_patient_reads_why_and_sends_another(at_home, booked, paciente):
    orders.reject(
        order_id=booked.service_request_id,
        reason="La orden no tiene firma",
        by=staff(),
        origin=HERE,
        now=timezone.now(),
    )
    shown = at_home.get(reverse("appointments:detail", args=[booked.pk]))
    assert "La orden no tiene firma" in shown.content.decode()
    address = reverse("appointments:order_of", args=[booked.pk])
    assert at_home.get(address).status_code == 200
    assert at_home.post(address, {}).status_code == 422

    response = at_home.post(address, filled(numero_orden="nueva"), follow=True)

    booked.refresh_from_db()
    assert booked.service_request.order_number == "nueva"
    assert "Papeles por revisar" in response.content.decode()


def test_an_order_for_something_else_is_not_attached(booked, paciente, network):
    other = declare(paciente, network, agreement=network.particular)

    with pytest.raises(NotStanding):
        orders.attach(
            appointment_id=booked.pk,
            patient=paciente.patient,
            order=other,
            by=paciente,
            now=timezone.now(),
        )


def test_a_stranger_sends_no_order(client, otra_paciente, booked):
    client.force_login(otra_paciente)
    address = reverse("appointments:order_of", args=[booked.pk])

    assert client.get(address).status_code == 404
    assert client.post(address, filled()).status_code == 404


def test_an_appointment_that_is_over_takes_no_order(at_home, booked):
    Appointment.objects.filter(pk=booked.pk).update(status="cancelled")

    response = at_home.get(reverse("appointments:order_of", args=[booked.pk]))

    assert response["Location"] == reverse("appointments:detail", args=[booked.pk])


def test_the_price_is_on_the_review_and_the_voucher(at_home, booked, paciente):
    for name in ("voucher", "detail"):
        shown = at_home.get(reverse(f"appointments:{name}", args=[booked.pk]))
        text = shown.content.decode().replace("\xa0", " ")
        assert "Valor estimado" in text
        assert "Entre $ 5.800 y $ 52.800 de cuota moderadora" in text


# --- Staff -----------------------------------------------------------------------


def admin(page, *args):
    return reverse(f"admin:appointments_servicerequest_{page}", args=args)


def desk_of(site, role="Recepción"):
    made = member(role=role, username=f"desk{site.pk}")
    made.sites.add(site)
    return made


@pytest.fixture
def reception(client, booked):
    """Reception of the site of that appointment, with its role."""
    enter(client, desk_of(booked.site))
    return client


def decide(browser, action, order, **more):
    return browser.post(
        admin("changelist"), {"action": action, "_selected_action": order.pk, **more}
    )


def test_reception_marks_checked_what_serves(reception, booked):
    order = booked.service_request

    decide(reception, "mark_checked", order)

    order.refresh_from_db()
    assert (order.state, order.checked_by.is_staff) == ("checked", True)
    assert AuditEvent.objects.filter(action="order.checked").count() == 1


def test_reception_says_why_an_order_does_not_serve(reception, booked):
    order = booked.service_request

    asked = decide(reception, "mark_rejected", order)
    assert "Por qué no sirve" in asked.content.decode()
    blank = decide(reception, "mark_rejected", order, reason="  ")
    assert "Escriba el motivo" in blank.content.decode()
    decide(reception, "mark_rejected", order, reason="La orden no tiene firma")

    order.refresh_from_db()
    assert (order.state, order.reason) == ("rejected", "La orden no tiene firma")
    assert OutgoingMessage.objects.filter(kind=ORDER_REJECTED).exists()


def test_reception_sees_the_orders_and_files_of_its_sites_alone(
    client, booked, network
):
    """ACC-07."""
    order = declare_with_file(booked)
    file = admin("file", order.files.get().pk)
    enter(client, desk_of(network.poblado))
    assert client.get(admin("change", order.pk)).status_code == 302
    assert client.get(file).status_code == 404
    client.logout()
    enter(client, desk_of(booked.site))

    assert client.get(admin("change", order.pk)).status_code == 200
    response = client.get(file)
    assert response["Content-Disposition"].startswith("attachment")
    assert AuditEvent.objects.filter(action="admin.order_file.read").count() == 1


def test_who_has_no_role_for_it_sees_no_file(client, booked):
    order = declare_with_file(booked)
    enter(client, desk_of(booked.site, role="Agendas"))

    assert client.get(admin("file", order.files.get().pk)).status_code == 404


def declare_with_file(booked):
    user = booked.booked_by
    order = booked.service_request
    return orders.declare(
        patient=user.patient,
        procedure=order.procedure,
        agreement=order.agreement,
        declared=Declared(order_date=order.order_date, order_until=order.order_until),
        upload=uploads.read(io.BytesIO(PDF)),
        by=user,
        now=timezone.now(),
    )


def test_what_is_declared_leaves_a_trace(paciente, network):
    """LOG-01."""
    made = declare(paciente, network, upload=uploads.read(io.BytesIO(PDF)))

    actions = AuditEvent.objects.filter(subject__contains=str(made.pk))
    assert set(actions.values_list("action", "patient_ref")) == {
        ("order.declared", paciente.patient.token),
        ("order.file_kept", paciente.patient.token),
    }
