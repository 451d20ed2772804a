"""Every page of «Citas médicas», on a phone and on a desktop, light and dark (axe)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import (
    ContactDeviceFactory,
    GuardianshipFactory,
    UserFactory,
)
from appointments import answer_links, booking, requests
from appointments.models import Appointment, Slot
from appointments.tests import network as networks
from appointments.tests import (
    past,
    tour_filing,
    tour_groups,
    tour_several,
    tour_waiting,
)
from appointments.tests.addresses import CARDIOLOGY, ULTRASOUND
from appointments.tests.addresses import page as wizard
from appointments.tests.asking import propose
from appointments.tests.factories import ScheduleFactory
from appointments.tests.network import at
from catalog import instructions, version
from catalog.instructions import Step
from catalog.tests.factories import (
    ProcedureFactory,
    ServiceCategoryFactory,
    SpecialtyFactory,
)
from portal.testing import tour
from portal.testing.tour import Tour

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("legal_texts"),
]
MEDICINE = {"tipo": "medicina"}
IN_PERSON = {**MEDICINE, "modalidad": "presencial"}
EXAM = {**IN_PERSON, "busqueda": "procedimiento"}
WITHOUT_ORDER = {k: v for k, v in ULTRASOUND.items() if k != "orden"}
IN_BOGOTA = {k: v for k, v in ULTRASOUND.items() if k != "sede"}


@pytest.fixture
def network(transactional_db):
    made = networks.build()
    dental = ServiceCategoryFactory(code="odontologia", name="Odontología")
    dentistry = SpecialtyFactory(category=dental)
    ScheduleFactory(procedure=ProcedureFactory(specialty=dentistry))
    for name in made.schedules:
        made.slots(name, *(at(day, hour) for day in (3, 5) for hour in (8, 10, 15)))
    fast = Step(
        "No coma ni beba nada desde las {hora}. Son 6 horas de ayuno.",
        minutes_before=360,
        fasting=True,
    )
    bring = Step("Documento de identidad original", kind="bring")
    instructions.publish(about=made.ultrasound, steps=[fast, bring], now=timezone.now())
    return made


@pytest.fixture
def rosa(network):
    user = networks.patient_of(network)
    ContactDeviceFactory(user=user)
    return user


def inside(user):
    client = Client()
    client.force_login(user)
    return client


def hold(user, network, *, slot, replaces=None):
    """This time, kept for this person."""
    return booking.hold(
        slot_id=slot.pk,
        procedure=slot.schedule.procedures.first(),
        patient=user.patient,
        agreement=network.eps,
        by=user,
        search=ULTRASOUND_SEARCH,
        now=timezone.now(),
        replaces=replaces,
    )


ULTRASOUND_SEARCH = "convenio=eps-andina&" + "&".join(
    f"{name}={value}" for name, value in ULTRASOUND.items()
)


def booked(user, network, schedule, start):
    """An appointment of this person at that hour, already confirmed."""
    agenda = Slot.objects.filter(schedule=network.schedules[schedule], start=start)
    slot = agenda.first() or network.slots(schedule, start)[0]
    held = hold(user, network, slot=slot)
    Appointment.objects.filter(pk=held.pk).update(
        status=Appointment.Status.BOOKED,
        confirmed_at=timezone.now(),
        hold_expires_at=None,
    )
    return held


def one(name, appointment):
    return reverse(f"appointments:{name}", args=[appointment.pk])


@pytest.fixture
def visit(page, rosa):
    """A browser in which Rosa is signed in."""
    visit = Tour(page)
    visit.enter(inside(rosa))
    return visit


def test_every_page_is_for_everybody(visit, rosa, network):
    """WCAG 2.2 AA and the contrast of AAA, and nothing from elsewhere (WEB-09)."""
    for_whom(visit, rosa)
    questions(visit, rosa)
    no_times(visit, rosa)
    tour_several.walk(visit, rosa, network)
    tour_filing.walk(visit, rosa, network)
    somebody_was_faster(visit, rosa, network)
    at_the_same_hour(visit, rosa, network)
    held(visit, rosa, network)
    confirmed(visit, rosa, network)
    changed_and_ended(visit, rosa, network)
    looked_back(visit, rosa, network)
    asked_for(visit, rosa, network)
    reminded(visit, rosa, network)
    followed(visit)
    tour_groups.walk(visit, network)
    tour_waiting.walk(visit, network)
    nothing_yet(visit, network)

    assert tour.pages("appointments") - visit.seen == set()


def for_whom(visit, rosa):
    """With a son, until it is over: then every page is of somebody alone again."""
    row = GuardianshipFactory(asked_by=rosa)
    visit.open("/citas/nueva/paciente/", f"/citas/de/{row.dependant.token}/convenio/")
    row.delete()


def questions(visit, rosa):
    visit.open(
        wizard(rosa, "tipo"),
        wizard(rosa, "modalidad", **MEDICINE),
        wizard(rosa, "busqueda", **IN_PERSON),
        wizard(rosa, "medico", **IN_PERSON, busqueda="medico", q="ana"),
        wizard(rosa, "especialidad", **CARDIOLOGY),
        wizard(rosa, "procedimiento", **EXAM, q="abdomen"),
        wizard(rosa, "procedimiento", **EXAM, q="zzzz"),
        wizard(rosa, "ciudad", **EXAM, procedimiento="881302"),
        wizard(rosa, "sede", **IN_BOGOTA),
        wizard(rosa, "orden", **WITHOUT_ORDER),
        wizard(rosa, "fechas", **ULTRASOUND),
        wizard(rosa, "agenda", **ULTRASOUND),
    )


def no_times(visit, rosa):
    day = timezone.localdate().isoformat()
    only = {"cuando": "desde", "desde": day, "hasta": day}
    visit.open(wizard(rosa, "agenda", **ULTRASOUND, **only))


def somebody_was_faster(visit, rosa, network):
    """The time is taken while its agenda is on the screen (409)."""
    visit.page.goto(wizard(rosa, "agenda", **ULTRASOUND))
    hold(networks.patient_of(network), network, slot=chosen(visit))
    visit.press(visit.page.locator("button.slot").first, status=409)


def at_the_same_hour(visit, rosa, network):
    """Another appointment at that hour while the agenda is on the screen (409)."""
    visit.page.goto(wizard(rosa, "agenda", **ULTRASOUND))
    booked(rosa, network, "general", chosen(visit).start)
    visit.press(visit.page.locator("button.slot").first, status=409)


def chosen(visit):
    """The time behind the first button."""
    button = visit.page.locator("button.slot").first
    return Slot.objects.get(pk=button.get_attribute("value"))


def held(visit, rosa, network):
    """From the time kept to the review, and when the ten minutes are over (410)."""
    (slot,) = network.slots("eva", at(8, 8))
    kept = hold(rosa, network, slot=slot)
    visit.open(one("instructions", kept))
    mark_read(kept)
    visit.open(one("review", kept))
    kept.hold_expires_at = timezone.now() - timedelta(seconds=1)
    kept.save()
    visit.open(one("review", kept), status=410)
    (slot,) = network.slots("virtual", at(9, 8))
    by_video = hold(rosa, network, slot=slot)
    mark_read(by_video)
    visit.open(one("consent", by_video))


def mark_read(appointment):
    appointment.instructions_read_at = timezone.now()
    appointment.save()


def confirmed(visit, rosa, network):
    in_person = booked(rosa, network, "luis", at(11, 8))
    by_video = booked(rosa, network, "virtual", at(12, 8))
    visit.open(
        one("voucher", in_person), one("order_of", in_person), one("detail", in_person)
    )
    visit.open(one("voucher", by_video), one("detail", by_video))
    visit.open("/oficina/", "/citas/convenio/", "/citas/tutorial/", "/citas/")


def changed_and_ended(visit, rosa, network):
    """Another hour, cancelling, notice; and the telephone when it is not done online."""
    coming = booked(rosa, network, "luis", at(14, 8))
    later = at(14, 9)
    visit.open(
        one("cancel", coming),
        one("cannot_go", coming),
        wizard(rosa, "agenda", **ULTRASOUND, cambia=coming.pk),
    )
    (slot,) = network.slots("luis", later)
    kept = hold(rosa, network, slot=slot, replaces=coming)
    mark_read(kept)
    visit.open(one("review", kept))
    row = Appointment.objects.filter(pk=coming.pk)
    row.update(moves=9)
    visit.open(one("change", coming))
    row.update(moves=0, status=Appointment.Status.CANCELLED)
    visit.open(one("cancelled", coming))


def looked_back(visit, rosa, network):
    """Lists with everything, filtered, empty; a room that is closed and one that is open."""
    for number in range(7):
        past.appointment(network, rosa, "fulfilled", start=at(-2 - number, 8))
    cancelled = past.appointment(network, rosa, "cancelled", start=at(20, 8))
    closed = past.appointment(network, rosa, schedule="virtual", start=at(21, 8))
    soon = timezone.now() + timedelta(minutes=5)
    opened = past.appointment(network, rosa, schedule="virtual", start=soon)
    visit.open("/citas/", "/citas/?todas=si", "/citas/?estado=perdidas")
    visit.open(one("detail", cancelled), one("detail", opened))
    visit.open(one("video", closed), status=409)


def reminded(visit, rosa, network):
    """What is wanted, and the link of a reminder: to answer, moved and cancelled."""
    coming = booked(rosa, network, "luis", at(13, 8))
    link = answer_links.path(coming, rosa.patient)
    visit.open("/citas/avisos/", link, f"{link}no-puedo-ir/")
    row = Appointment.objects.filter(pk=coming.pk)
    row.update(attendance_confirmed_at=timezone.now())
    visit.open(link)
    row.update(version=2)
    visit.open(link, status=410)
    row.update(status=Appointment.Status.CANCELLED)
    visit.open(link)


def followed(visit):
    """The private address of a calendar: before, shown once, and after."""
    visit.open("/citas/calendario/")
    visit.press(visit.page.get_by_role("button", name="Crear enlace"))
    visit.open("/citas/calendario/")


def asked_for(visit, rosa, network):
    """A request that waits, with another time, declined, and withdrawn."""
    schedule = network.schedules["eva"]
    schedule.booking = "request"
    schedule.save()
    version.bump()
    who = {"patient": rosa.patient, "by": rosa, "now": timezone.now()}
    slots = network.slots("eva", *(at(day, 17) for day in (15, 16, 17, 18)))
    kept = hold(rosa, network, slot=slots[0])
    mark_read(kept)
    visit.open(one("review", kept), wizard(rosa, "agenda", **ULTRASOUND))
    asked = booking.confirm(appointment_id=kept.pk, **who)
    visit.open(one("request", asked), one("cancel_request", asked))
    propose(asked, slots[1], now=who["now"])
    visit.open(one("request", asked))
    requests.refuse_proposal(appointment_id=asked.pk, **who)
    visit.open(one("request", asked))
    kept = hold(rosa, network, slot=slots[2])
    mark_read(kept)
    asked = booking.confirm(appointment_id=kept.pk, **who)
    requests.withdraw(appointment_id=asked.pk, **who)
    visit.open(one("request", asked))


def nothing_yet(visit, network):
    visit.enter(inside(UserFactory()))
    visit.open("/oficina/", "/citas/convenio/", "/citas/")
