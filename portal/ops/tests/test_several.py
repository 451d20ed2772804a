"""Guide A, step 18, the fourth door: «Varias citas», by the labels that a patient reads."""

import re
from itertools import pairwise

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.tests.factories import (
    ContactDeviceFactory,
    CoverageFactory,
    GuardianshipFactory,
)
from appointments import booking
from appointments.models import Appointment, AppointmentGroup, Slot
from appointments.tests import network as networks
from appointments.tests.network import at
from catalog import instructions, version
from catalog.instructions import Step
from portal.testing import browser
from portal.testing.deliver import deliver_all

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("legal_texts"),
]
NEAR, CALM = 24, 27  # days from today
Status = Appointment.Status


@pytest.fixture
def network():
    """One day soon with an hour of waiting, another later without any to speak of."""
    made = networks.build()
    made.slots("eva", at(NEAR, 7), at(CALM, 7))
    made.slots("ana", at(NEAR, 8, 20), at(CALM, 7, 30))
    made.slots("general", at(NEAR, 9, 40), at(CALM, 8), at(CALM, 8, 20))
    made.slots("general", at(CALM, 8, 40), at(CALM, 9), at(CALM, 9, 20))
    instructions.publish(
        about=made.ultrasound,
        steps=[Step("No coma nada.", minutes_before=360, fasting=True)],
        now=timezone.now(),
    )
    version.bump()
    return made


@pytest.fixture
def rosa(network):
    user = networks.patient_of(network)
    ContactDeviceFactory(user=user)
    return user


@pytest.fixture
def children(rosa, network):
    """Two of them, with the same agreement as their mother."""
    born = []
    for name in ("Mateo", "Salomé"):
        child = GuardianshipFactory(
            asked_by=rosa, dependant__given_names=name, given_names=name
        ).dependant
        CoverageFactory(patient=child, agreement=network.eps)
        child.preferred_agreement = network.eps
        child.save()
        born.append(child)
    return born


def sees(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def press(page: Page, name: str) -> None:
    main = page.get_by_role("main")
    both = main.get_by_role("button", name=name).or_(
        main.get_by_role("link", name=name)
    )
    both.first.click()


def enter(page: Page, user) -> None:
    client = Client()
    client.force_login(user)
    browser.sign_in(page, client)
    page.goto("/citas/")
    press(page, "Nueva cita")


def to_the_basket(page: Page) -> None:
    sees(page, "¿Cómo quiere su cita?")
    press(page, "Presencial")
    press(page, "Varias citas")
    sees(page, "¿Qué citas necesita?")


def add(page: Page, words: str, *, whom: str = "") -> None:
    if whom:
        page.get_by_label(re.compile(whom)).check()
    page.get_by_label("Agregar especialidad, procedimiento o médico").fill(words)
    press(page, "Buscar")
    press(page, "Agregar ")


def to_the_plans(page: Page, *, order: bool = False) -> None:
    """Where and when, and what is wanting on paper, as in one appointment."""
    press(page, "Siguiente")
    if page.get_by_role("heading", level=1).text_content().startswith("¿En qué sede"):
        press(page, "Cualquier sede")
    if order:
        press(page, "La llevo el día de la cita")
    sees(page, "¿Cuándo puede venir?")
    press(page, "Ver planes")


def confirm(page: Page, count: int) -> None:
    sees(page, f"Lea esto antes de sus {count} citas")
    press(page, "Siguiente")
    sees(page, f"Revise y confirme sus {count} citas")
    press(page, f"Confirmar las {count} citas")
    sees(page, f"Listo, sus {count} citas quedaron asignadas")


@browser.both_ways
def test_three_items_two_plans_one_voucher(
    page, portal_server, network, rosa, smtp_server, javascript
):
    enter(page, rosa)
    to_the_basket(page)
    for words in ("abdomen", "cardiologia", "medicina general"):
        add(page, words)
    to_the_plans(page, order=True)

    sees(page, "Encontramos 2 planes para sus 3 citas")
    expect(page.get_by_role("heading", level=2)).to_have_text(
        ["El día más cercano", "El día con menos espera"]
    )
    expect(page.get_by_text("Puede desayunar.")).to_have_count(1)
    page.get_by_role("button", name="Escoger este plan").nth(1).click()
    confirm(page, 3)

    group = AppointmentGroup.objects.get()
    booked = group.appointments.filter(status=Status.BOOKED)
    assert {one.start.date() for one in booked} == {at(CALM, 8).date()}
    assert booked.count() == 3
    for one in booked:
        expect(page.get_by_role("main")).to_contain_text(one.reference)
    page.get_by_role("link", name="Mis citas").first.click()
    expect(page.locator("ul[aria-labelledby=prox] > li")).to_have_count(3)
    deliver_all(timezone.now())
    (letter,) = smtp_server.messages
    assert len(list(letter.email.iter_attachments())) == 3


def test_a_mother_and_two_children_come_on_one_day(
    page, portal_server, network, rosa, children
):
    enter(page, rosa)
    sees(page, "¿Para quién es la cita?")
    page.get_by_label(re.compile("Para mí")).check()
    press(page, "Siguiente")
    to_the_basket(page)
    for whom in ("Para mí", "Mateo", "Salomé"):
        add(page, "medicina general", whom=whom)
    to_the_plans(page)

    press(page, "Escoger este plan")
    confirm(page, 3)

    family = [rosa.patient, *children]
    booked = Appointment.objects.filter(status=Status.BOOKED).order_by("start")
    assert {one.patient for one in booked} == set(family)
    # Their mother is with one of them at a time, with time to walk in between.
    gaps = [
        (later.start - earlier.end).total_seconds() / 60
        for earlier, later in pairwise(booked)
    ]
    assert len(booked) == 3
    assert all(gap >= 10 for gap in gaps)


def test_a_plan_that_loses_a_time_at_the_last_second_leads_to_the_next_best(
    page, portal_server, network, rosa
):
    enter(page, rosa)
    to_the_basket(page)
    for words in ("cardiologia", "medicina general"):
        add(page, words)
    to_the_plans(page)
    plan = page.locator(
        "form", has=page.get_by_role("button", name="Escoger este plan")
    )
    taken = plan.first.locator("input[name=cupo]").first.get_attribute("value")
    somebody_takes(Slot.objects.get(pk=taken), network)

    press(page, "Escoger este plan")

    sees(page, "Alguien tomó una de esas horas")
    assert not Appointment.objects.filter(patient=rosa.patient).exists()
    press(page, "Escoger este plan")
    confirm(page, 2)
    mine = Appointment.objects.filter(patient=rosa.patient, status=Status.BOOKED)
    assert mine.count() == 2


def somebody_takes(slot: Slot, network) -> None:
    other = networks.patient_of(network)
    booking.hold(
        slot_id=slot.pk,
        procedure=slot.schedule.procedures.first(),
        patient=other.patient,
        agreement=network.eps,
        by=other,
        search="",
        now=timezone.now(),
    )
