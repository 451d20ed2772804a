"""Guide A, steps 1 to 24, by a new patient who reads the labels and nothing else."""

import re
from datetime import time, timedelta

import pytest
import vobject
from django.utils import timezone
from playwright.sync_api import Page, expect

from appointments import schedules
from appointments.models import Appointment, WeeklyHours
from appointments.tests.factories import ScheduleFactory
from catalog import version
from catalog.models import InstructionSet, Modality, Procedure
from catalog.tests.factories import (
    AgreementFactory,
    CityFactory,
    PractitionerFactory,
    ProcedureFactory,
    ServiceCategoryFactory,
    SiteFactory,
    SpecialtyFactory,
)
from portal.testing import browser
from portal.testing.deliver import deliver_all

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

DOCUMENT, PHONE, EMAIL = "1032456789", "310 555 0178", "lucia.gomez@example.com"
PASSWORD = "girasoles sobre la mesa"
CHECKED: set[str] = set()


@pytest.fixture
def network(legal_texts):
    """Two cities and three sites; an exam, two specialties, and doctors who attend by video."""
    medicine = ServiceCategoryFactory(code="medicina", name="Medicina")
    laboratory = ServiceCategoryFactory(code="laboratorio", name="Laboratorio")
    imaging = SpecialtyFactory(code="IMG", name="Radiología", category=medicine)
    cardiology = SpecialtyFactory(code="28", name="Cardiología", category=medicine)
    scan = ProcedureFactory(
        code="881302", name="Ecografía de abdomen total", specialty=imaging
    )
    visit = ProcedureFactory(
        code="890228",
        name="Consulta de cardiología",
        specialty=cardiology,
        visit=Procedure.Visit.FIRST,
    )
    child = ProcedureFactory(
        code="890283",
        name="Consulta de pediatría",
        specialty=SpecialtyFactory(code="83", name="Pediatría", category=medicine),
        visit=Procedure.Visit.FIRST,
    )
    blood = ProcedureFactory(
        name="Hemograma", specialty=SpecialtyFactory(category=laboratory)
    )
    fast = InstructionSet.objects.create(procedure=scan, published_at=timezone.now())
    fast.steps.create(
        text="No coma ni beba nada desde las {hora}. Son 6 horas de ayuno.",
        minutes_before=360,
        fasting=True,
    )
    AgreementFactory(particular=True, code="particular", name="Particular")
    AgreementFactory(code="alianza", name="EPS Alianza Andina", books_unverified=True)
    bogota = CityFactory(code="11001", name="Bogotá D. C.")
    medellin = CityFactory(code="05001", name="Medellín")
    sites = [
        SiteFactory(name="Sede Chapinero", city=bogota),
        SiteFactory(name="Sede Suba", city=bogota),
        SiteFactory(name="Sede Laureles", city=medellin),
    ]
    for number, site in enumerate(sites):
        doctor = PractitionerFactory(given_names="Ana", family_names=f"Peña {number}")
        agenda(doctor, site, scan)
        heart = PractitionerFactory(
            given_names="Marcela", family_names=f"Ortiz {number}"
        )
        agenda(heart, site, visit)
    agenda(PractitionerFactory(), sites[0], child)
    agenda(PractitionerFactory(), sites[0], blood)
    for name, procedure in (("Jorge Iván", visit), ("Luz Dary", child)):
        doctor = PractitionerFactory(given_names=name, family_names="Rincón")
        agenda(doctor, sites[0], procedure, modality=Modality.VIRTUAL)
    now = timezone.now()
    today = timezone.localdate(now)
    schedules.publish(from_date=today, until_date=today + timedelta(days=20), now=now)
    version.bump()


def agenda(doctor, site, procedure, modality=Modality.IN_PERSON):
    schedule = ScheduleFactory(
        practitioner=doctor,
        site=site,
        procedure=procedure,
        specialty=procedure.specialty,
        services=[procedure],
        modality=modality,
    )
    WeeklyHours.objects.bulk_create(
        WeeklyHours(schedule=schedule, weekday=weekday, opens=time(7), closes=time(17))
        for weekday in range(1, 8)
    )


class Mailbox:
    """What reached this person by SMS and by e-mail."""

    def __init__(self, smtp, twilio):
        self.smtp, self.twilio = smtp, twilio

    def code(self, channel: str) -> str:
        deliver_all(timezone.now())
        door = self.twilio if channel == SMS else self.smtp
        return re.search(r"\b\d{6}\b", door.messages[-1].text)[0]


@pytest.fixture
def mailbox(smtp_server, twilio_server):
    return Mailbox(smtp_server, twilio_server)


def press(page: Page, name: str) -> None:
    """A button or a link, by what it says."""
    main = page.get_by_role("main")
    both = main.get_by_role("button", name=name).or_(
        main.get_by_role("link", name=name)
    )
    both.first.click()


def sees(page: Page, heading: str) -> None:
    """The page's title; and, once for each page, that nothing on it keeps anybody out."""
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(heading))
    if heading not in CHECKED:
        browser.assert_accessible(page)
        browser.shoot(page, f"{len(CHECKED):02}")
        CHECKED.add(heading)


def solve_captcha(page: Page) -> None:
    page.get_by_role("textbox", name=re.compile("letras")).fill("PASSED")


def given_a_registered_patient(page: Page, mailbox: Mailbox, channel: str) -> None:
    """Steps 1 to 8."""
    page.goto("/")
    sees(page, "Pida su cita")
    press(page, "Registrarme")
    sees(page, "¿Cuál es su documento?")
    page.get_by_label("Tipo de documento").select_option("CC")
    page.get_by_label("Número de documento").fill("1.032.456.789")
    for label, value in (("Día", "27"), ("Mes", "3"), ("Año", "1978")):
        page.get_by_label(label).fill(value)
    press(page, "Validar")
    sees(page, "Cree su cuenta")
    page.get_by_label("Nombres").fill("Lucía")
    page.get_by_label("Apellidos").fill("Gómez Ñáñez")
    page.get_by_label("Femenino").check()
    page.get_by_label("Celular").fill(PHONE)
    page.get_by_label("Correo").fill(EMAIL)
    page.get_by_label("Cree una contraseña").fill(PASSWORD)
    page.get_by_label(re.compile("términos")).check()
    page.get_by_label(re.compile("datos.*salud")).check()
    solve_captcha(page)
    press(page, "Registrar")
    sees(page, "¿Dónde quiere recibir el código?")
    page.get_by_label(re.compile(channel)).check()
    press(page, "Enviar")
    sees(page, "Escriba el código")
    page.get_by_label("Código de 6 números").fill(mailbox.code(channel))
    press(page, "Continuar")
    sees(page, "Su registro fue exitoso")
    press(page, "Aceptar")


def and_signed_in(page: Page, mailbox: Mailbox, channel: str) -> None:
    """Steps 9 to 11."""
    sees(page, "Iniciar sesión")
    page.get_by_label("Tipo de documento").select_option("CC")
    page.get_by_label("Número de documento").fill(DOCUMENT)
    page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
    solve_captcha(page)
    press(page, "Iniciar sesión")
    sees(page, "¿Dónde quiere recibir el código de seguridad?")
    page.get_by_label(re.compile(channel)).check()
    press(page, "Enviar")
    sees(page, "Escriba el código de seguridad")
    page.get_by_label("Código de 6 números").fill(mailbox.code(channel))
    press(page, "Ingresar")


def and_in_the_module_of_appointments(page: Page) -> None:
    """Steps 12 to 15."""
    sees(page, "Hola, Lucía")
    press(page, "Ingresar a Citas médicas")
    sees(page, "¿Con qué convenio")
    page.get_by_label(re.compile(r"^\s*Particular")).check()
    press(page, "Aceptar")
    sees(page, "Conozca cómo pedir su cita")
    press(page, "Comenzar")
    sees(page, "Mis citas")
    press(page, "Nueva cita")


def when_they_ask_for_a_kind_of_appointment(page: Page, modality: str) -> None:
    """Steps 16 and 17."""
    sees(page, "¿Qué cita necesita?")
    press(page, "Medicina")
    sees(page, "¿Cómo quiere su cita?")
    press(page, modality)
    sees(page, "¿Cómo quiere buscar?")


def search_for(page: Page, label: str, words: str, choice: str) -> None:
    page.get_by_label(label).fill(words)
    press(page, "Buscar")
    page.get_by_role("main").get_by_role("link", name=re.compile(choice)).first.click()


def by_procedure(page: Page, *, virtual: bool) -> None:
    press(page, "Por procedimiento")
    sees(page, "¿Qué procedimiento necesita?")
    words = ("890228", "cardiología") if virtual else ("abdomen eco", "Ecografía")
    search_for(page, "Nombre del procedimiento", *words)


def by_specialty(page: Page, *, virtual: bool) -> None:
    press(page, "Por especialidad")
    sees(page, "¿Qué especialidad necesita?")
    search_for(page, "Especialidad o problema", "cardiologia", "Cardiología")


def by_doctor(page: Page, *, virtual: bool) -> None:
    press(page, "Por médico")
    sees(page, "¿Con qué médico?")
    words = ("rincon", "Jorge Iván") if virtual else ("ortiz", "Marcela Ortiz 0")
    search_for(page, "Nombre o apellido", *words)


def and_choose_where(page: Page) -> None:
    """Steps 20 and 21."""
    sees(page, "¿En qué ciudad?")
    press(page, "Bogotá")
    sees(page, "¿En qué sede de Bogotá")
    press(page, "Cualquier sede")


def and_choose_when(page: Page) -> None:
    """Step 22, and the time."""
    sees(page, "¿Cuándo (puede|quiere)")
    press(page, "Ver agenda")
    sees(page, "Escoja el día y la hora")
    press(page, "Escoger esta cita")


def and_confirm(page: Page, *, virtual: bool) -> None:
    """Steps 23 and 24."""
    sees(page, "Lea esto antes de su cita")
    press(page, "Siguiente")
    if virtual:
        sees(page, "¿Acepta que le atiendan por videollamada?")
        page.get_by_label(re.compile("Leí este texto")).check()
        press(page, "Siguiente")
    sees(page, "Revise y confirme su cita")
    press(page, "Confirmar cita")


def then_it_is_booked(page: Page) -> Appointment:
    sees(page, "Listo, su cita quedó asignada")
    booked = Appointment.objects.get()
    assert booked.status == Appointment.Status.BOOKED
    expect(page.locator(".ref")).to_have_text(booked.reference)
    return booked


def and_its_calendar_says_the_same(page: Page, booked: Appointment) -> None:
    href = page.get_by_role("link", name="Agregar al calendario").get_attribute("href")
    event = vobject.readOne(page.request.get(href).text()).vevent
    assert (event.dtstart.value, event.dtend.value) == (booked.start, booked.end)


def and_they_are_told_by_sms_and_by_email(
    mailbox: Mailbox, booked: Appointment
) -> None:
    """Whatever channel they confirmed: the other one is what they typed."""
    deliver_all(timezone.now())
    assert booked.reference in mailbox.twilio.messages[-1].text
    letter = mailbox.smtp.messages[-1]
    assert booked.reference in letter.text
    (file,) = letter.email.iter_attachments()
    event = vobject.readOne(file.get_content()).vevent
    assert event.dtstart.value == booked.start


IN_PERSON, VIRTUAL = "Presencial", "Virtual"
SMS, EMAIL_CODE = "SMS", "Correo electrónico"
WAYS = [
    pytest.param(IN_PERSON, by_procedure, SMS, True, id="in-person-procedure-js"),
    pytest.param(IN_PERSON, by_procedure, EMAIL_CODE, False, id="in-person-procedure"),
    pytest.param(
        IN_PERSON, by_specialty, EMAIL_CODE, True, id="in-person-specialty-js"
    ),
    pytest.param(IN_PERSON, by_doctor, SMS, False, id="in-person-doctor"),
    pytest.param(VIRTUAL, by_procedure, EMAIL_CODE, True, id="virtual-procedure-js"),
    pytest.param(VIRTUAL, by_specialty, SMS, False, id="virtual-specialty"),
    pytest.param(VIRTUAL, by_doctor, SMS, True, id="virtual-doctor-js"),
    pytest.param(VIRTUAL, by_doctor, EMAIL_CODE, False, id="virtual-doctor"),
]


@pytest.mark.parametrize(("modality", "search", "channel", "javascript"), WAYS)
def test_a_new_patient_books(
    network, page, mailbox, modality, search, channel, javascript
):
    virtual = modality == VIRTUAL
    given_a_registered_patient(page, mailbox, channel)
    and_signed_in(page, mailbox, channel)
    and_in_the_module_of_appointments(page)

    when_they_ask_for_a_kind_of_appointment(page, modality)
    search(page, virtual=virtual)
    if not virtual and search is not by_doctor:  # who attends at one site only
        and_choose_where(page)
    and_choose_when(page)
    and_confirm(page, virtual=virtual)

    booked = then_it_is_booked(page)
    and_its_calendar_says_the_same(page, booked)
    and_they_are_told_by_sms_and_by_email(mailbox, booked)
