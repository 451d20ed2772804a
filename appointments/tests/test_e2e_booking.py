"""Steps 12 to 24 of guide A in a browser, by the labels that a patient sees."""

from urllib.parse import urljoin

import pytest
import vobject
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.tests.factories import ContactDeviceFactory, CoverageFactory, UserFactory
from appointments.models import Appointment
from appointments.tests import network as networks
from appointments.tests.factories import ScheduleFactory
from appointments.tests.network import at
from catalog import instructions
from catalog.instructions import Step
from portal.testing import browser
from portal.testing.browser import both_ways, shoot

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def network(transactional_db, legal_texts, portal_server):
    """Times enough for an agenda, and what to do before the ultrasound."""
    made = networks.build()
    made.schedules["pediatrics"] = ScheduleFactory(
        procedure=made.general_visit, site=made.chapinero, modality="virtual"
    )
    hours = [(8, 20), (8, 40), (9, 20), (11, 0), (14, 0), (15, 40)]
    for name in made.schedules:
        days = (3, 5, 6, 9, 20, 40) if name != "eva" else (4, 5, 12)
        made.slots(name, *(at(day, *hour) for day in days for hour in hours))
    instructions.publish(
        about=made.ultrasound,
        steps=[
            Step(
                "No coma ni beba nada desde las {hora}. Son 6 horas de ayuno.",
                minutes_before=360,
                fasting=True,
            ),
            Step("No orine una hora antes. El examen se ve mejor con la vejiga llena."),
            Step("Documento de identidad original", kind="bring"),
            Step("Orden médica y autorización de su EPS", kind="bring"),
        ],
        now=timezone.now(),
    )
    return made


@pytest.fixture
def rosa(network):
    """A patient with two ways to pay who enters for the first time."""
    user = UserFactory()
    CoverageFactory(patient=user.patient, agreement=network.eps)
    ContactDeviceFactory(user=user)
    return user


@pytest.fixture
def office(page, portal_server, rosa):
    """Rosa's phone, at her office."""
    client = Client()
    client.force_login(rosa)
    browser.sign_in(page, client)
    page.goto(f"{portal_server.url}/oficina/")
    return page


def see(page: Page, heading: str, shot: str) -> None:
    """The page with this heading, without a barrier."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    audit(page)
    shoot(page, shot)


def audit(page: Page) -> None:
    """Once for each page: with JavaScript, which is the same page and more."""
    if page.locator("html.js").count():
        browser.assert_accessible(page)


def tap(page: Page, name: str) -> None:
    """What is seen with that name, be it a link or a button."""
    main = page.locator("main")
    link = main.get_by_role("link", name=name)
    link.or_(main.get_by_role("button", name=name)).first.click()


def enter(page: Page) -> None:
    """Steps 12 to 15: the module, the agreement, the tutorial, «Nueva cita»."""
    see(page, "Hola, Rosa Elena", "oficina")
    tap(page, "Ingresar")
    see(page, "¿Con qué convenio va a pedir la cita?", "convenio")
    page.get_by_text("EPS Alianza Andina").click()
    tap(page, "Aceptar")
    see(page, "Conozca cómo pedir su cita", "tutorial")
    for part in (2, 3, 4):
        page.locator(f"#t{part - 1}").get_by_role("link", name="Siguiente").click()
    tap(page, "Comenzar")
    see(page, "Mis citas", "mis-citas-vacia")
    tap(page, "Nueva cita")


def where_and_when(page: Page) -> None:
    """Steps 20 to 22: city, site, dates."""
    where(page)
    dates(page)


def where(page: Page) -> None:
    see(page, "¿En qué ciudad?", "nueva-ciudad")
    tap(page, "Bogotá D. C.")
    see(page, "¿En qué sede de Bogotá?", "nueva-sede")
    tap(page, "Cualquier sede")


def dates(page: Page) -> None:
    shoot(page, "nueva-fechas")
    audit(page)
    tap(page, "Ver agenda")
    see(page, "Escoja el día y la hora", "nueva-agenda")


def confirm(page: Page) -> Appointment:
    """Steps 23 and 24: recommendations, review, voucher."""
    see(page, "Lea esto antes de su cita", "nueva-recomendaciones")
    tap(page, "Siguiente")
    if page.get_by_label("Leí este texto").count():
        see(page, "¿Acepta que le atiendan por videollamada?", "nueva-telesalud")
        page.get_by_label("Leí este texto").check()
        tap(page, "Siguiente")
    see(page, "Revise y confirme su cita", "nueva-revisar")
    tap(page, "Confirmar cita")
    see(page, "Listo, su cita quedó asignada", "nueva-confirmada")
    reference = page.locator(".ref").inner_text()
    return Appointment.objects.get(reference=reference, status="booked")


def calendar_of(page: Page) -> object:
    """The file behind «Agregar al calendario», as another library reads it."""
    href = page.get_by_role("link", name="Agregar al calendario").get_attribute("href")
    body = page.request.get(urljoin(page.url, href)).text()
    return vobject.readOne(body).vevent


@both_ways
def test_by_procedure_in_person(office, rosa, network, javascript):
    page = office
    enter(page)
    see(page, "¿Cómo quiere su cita?", "nueva-modalidad")
    tap(page, "Presencial")
    see(page, "¿Cómo quiere buscar?", "nueva-busqueda")
    tap(page, "Por procedimiento")
    page.get_by_label("Nombre del procedimiento").fill("ecografia abdomen")
    tap(page, "Buscar")
    see(page, "¿Qué procedimiento necesita?", "nueva-procedimiento")
    tap(page, "Ecografía de abdomen total")
    where(page)
    see(page, "¿Tiene la orden médica?", "nueva-orden")
    tap(page, "La llevo el día de la cita")
    dates(page)
    tap(page, "Escoger esta cita")
    booked = confirm(page)

    assert (booked.patient, booked.procedure) == (rosa.patient, network.ultrasound)
    assert calendar_of(page).dtstart.value == booked.start

    page.goto("/citas/")
    see(page, "Mis citas", "mis-citas")
    tap(page, "Ver cita")
    see(page, "Ecografía de abdomen total", "cita")


@both_ways
def test_by_specialty_in_person(office, network, javascript):
    page = office
    enter(page)
    tap(page, "Presencial")
    tap(page, "Por especialidad")
    see(page, "¿Qué especialidad necesita?", "nueva-especialidad")
    tap(page, "Cardiología")
    see(page, "¿Cuándo puede venir?", "nueva-fechas-especialidad")
    page.get_by_label("Mañana").check()
    tap(page, "Ver agenda")
    page.locator("button.slot").nth(1).click()
    booked = confirm(page)

    assert booked.procedure == network.first_visit


@both_ways
def test_by_doctor_virtual(office, network, javascript):
    page = office
    enter(page)
    tap(page, "Virtual")
    tap(page, "Por médico")
    page.get_by_label("Nombre o apellido").fill("soto")
    tap(page, "Buscar")
    see(page, "¿Con qué médico?", "nueva-medico")
    tap(page, "Soto")
    see(page, "¿Cuándo quiere la cita?", "nueva-fechas-virtual")
    dates(page)
    tap(page, "Escoger esta cita")
    booked = confirm(page)

    assert booked.modality == "virtual"
