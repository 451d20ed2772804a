"""Guide B, step by step, by a patient with an account who reads the labels and nothing else."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import vobject
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts import consents
from accounts.tests import at_the_desk
from accounts.tests.factories import (
    PASSWORD,
    ContactDeviceFactory,
    CoverageFactory,
    GuardianshipFactory,
)
from accounts.tests.places import HERE
from appointments import booking
from appointments.models import Appointment, Schedule
from appointments.tests import network as networks
from appointments.tests.network import at
from catalog import version
from portal.testing import browser
from portal.testing.deliver import deliver_all

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("legal_texts"),
]
QUEUE = "/admin/appointments/appointmentrequest/"
PHONE = "601 555 0101"
CHECKED: set[str] = set()
Status = Appointment.Status


class Clinic:
    """A cardiologist who accepts what is asked, and a mother with her daughter."""

    def __init__(self, smtp) -> None:
        self.smtp = smtp
        self.network = network = networks.build()
        Schedule.objects.filter(pk=network.schedules["ana"].pk).update(
            booking=Schedule.Booking.REQUEST
        )
        network.chapinero.phone = PHONE
        network.chapinero.directions = "Entrada por la carrera 13."
        network.chapinero.save()
        network.slots("ana", *(at(4, hour) for hour in (8, 9, 10, 11)))
        network.slots("ana", at(5, 8))
        network.slots("general", at(0, 23, 40))
        self.general = network.slots("general", *(at(6, hour) for hour in (8, 9, 10)))
        self.rosa = networks.patient_of(network)
        ContactDeviceFactory(user=self.rosa)
        for kind in consents.NEEDED:
            consents.give(
                patient=self.rosa.patient,
                kind=kind,
                by=self.rosa,
                origin=HERE,
                now=timezone.now(),
            )
        self.salome = GuardianshipFactory(
            asked_by=self.rosa,
            dependant__given_names="Salomé",
            given_names="Salomé",
        ).dependant
        CoverageFactory(patient=self.salome, agreement=network.eps)
        version.bump()

    def answers(self, action: str, request: Appointment, **more: str) -> None:
        """Somebody of the staff, in the admin."""
        desk = Client()
        at_the_desk.enter(desk, at_the_desk.member(is_superuser=True))
        fields = {"action": action, "_selected_action": str(request.pk)}
        answer = desk.post(QUEUE, {**fields, **more, "confirmado": "si"})
        assert answer.status_code == 302, answer.content.decode()

    @property
    def letter(self):
        deliver_all(timezone.now())
        return self.smtp.messages[-1]

    def link_in_the_letter(self) -> str:
        """Where its button leads, as a path of the portal."""
        url = re.findall(r"https?://\S+/citas/\S*", self.letter.text)[-1]
        parts = urlsplit(url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path


@pytest.fixture
def clinic(smtp_server, twilio_server) -> Clinic:
    return Clinic(smtp_server)


def press(page: Page, name: str) -> None:
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
        browser.shoot(page, f"b-{len(CHECKED):02}")
        CHECKED.add(heading)


def sign_in(page: Page, clinic: Clinic) -> None:
    """Steps 1 and 2: an existing client."""
    page.goto("/")
    press(page, "Iniciar sesión")
    page.get_by_label("Tipo de documento").select_option("CC")
    page.get_by_label("Número de documento").fill(clinic.rosa.patient.document_number)
    page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
    page.get_by_role("textbox", name=re.compile("letras")).fill("PASSED")
    press(page, "Iniciar sesión")
    page.get_by_label(re.compile("Correo")).check()
    press(page, "Enviar")
    code = re.search(r"\b\d{6}\b", clinic.letter.text)[0]
    page.get_by_label("Código de 6 números").fill(code)
    press(page, "Ingresar")
    page.get_by_role("navigation").get_by_role("link", name="Mis citas").click()


def ask_for_cardiology(page: Page, *, whom: str) -> None:
    """Steps 3 to 6, with «for whom» where it decides what can be offered."""
    press(page, "Nueva cita")
    sees(page, "¿Para quién es la cita?")
    page.get_by_label(re.compile(whom)).check()
    press(page, "Siguiente")
    if whom == "Salomé":  # nobody has said yet who pays for her
        sees(page, "¿Con qué convenio")
        page.get_by_label(re.compile("EPS")).check()
        press(page, "Aceptar")
    press(page, "Presencial")
    press(page, "Por especialidad")
    page.get_by_role("main").get_by_role(
        "link", name=re.compile("Cardiología")
    ).first.click()
    press(page, "Ver agenda")
    sees(page, "Escoja el día y la hora")
    press(page, "Escoger esta cita")
    sees(page, "Lea esto antes de su cita")
    press(page, "Siguiente")
    sees(page, "Revise y envíe su solicitud")
    press(page, "Enviar solicitud")


def the_request() -> Appointment:
    return Appointment.objects.filter(status=Status.PROPOSED).latest("created_at")


def its_calendar(page: Page) -> vobject.base.Component:
    link = page.get_by_role("link", name="Agregar al calendario")
    return vobject.readOne(page.request.get(link.get_attribute("href")).text()).vevent


@browser.both_ways
def test_a_request_for_a_daughter_is_accepted(page, clinic, javascript):
    """Steps 1 to 8: sent, waiting, on the map and in the calendar, accepted by e-mail."""
    sign_in(page, clinic)
    ask_for_cardiology(page, whom="Salomé")

    sees(page, "Su solicitud fue enviada")
    request = the_request()
    assert request.patient == clinic.salome
    main = page.get_by_role("main")
    expect(main).to_contain_text("Todavía no es una cita")
    expect(main).to_contain_text("Salomé")
    where = page.get_by_role("link", name="Ver en el mapa").get_attribute("href")
    assert where.startswith("https://www.openstreetmap.org/")
    assert its_calendar(page).dtstart.value == request.start
    page.get_by_role("link", name="Mis citas").first.click()
    expect(page.get_by_role("main")).to_contain_text("En revisión")

    clinic.answers("accept", request)

    letter = clinic.letter
    assert letter.to == clinic.rosa.patient.email
    (file,) = letter.email.iter_attachments()
    event = vobject.readOne(file.get_content()).vevent
    assert event.dtstart.value == request.start
    page.goto(clinic.link_in_the_letter())
    sees(page, "Cardiología")
    expect(page.get_by_role("main")).to_contain_text("Confirmada")


@browser.both_ways
def test_what_was_not_accepted_leads_to_another_time(page, clinic, javascript):
    """Step 9: the message, its link, another time, asked for again."""
    browser.sign_in(page, signed_in(clinic))
    page.goto("/citas/")
    ask_for_cardiology(page, whom="Para mí")
    first = the_request()

    clinic.answers("decline", first, razon="otra", detalle="Estará en un congreso")

    page.goto(clinic.link_in_the_letter())
    assert page.url.endswith(f"/citas/{first.pk}/solicitud/")
    sees(page, "El médico no puede atender a esa hora")
    expect(page.get_by_role("main")).to_contain_text("Estará en un congreso")
    press(page, "Escoger esta hora")
    press(page, "Siguiente")
    press(page, "Enviar solicitud")
    sees(page, "Su solicitud fue enviada")
    second = the_request()
    assert second.practitioner == first.practitioner
    assert second.start != first.start
    page.goto("/citas/")
    main = page.get_by_role("main")
    expect(main).to_contain_text("En revisión")
    expect(main).to_contain_text("No aceptada")


@browser.both_ways
def test_a_request_and_an_appointment_are_cancelled_from_the_list(
    page, clinic, javascript
):
    """«Ver y cancelar solicitudes»: the request, then an appointment, both shown cancelled."""
    browser.sign_in(page, signed_in(clinic))
    page.goto("/citas/")
    ask_for_cardiology(page, whom="Para mí")
    press(page, "Cancelar la solicitud")
    sees(page, "¿Quiere cancelar esta solicitud?")
    press(page, "Sí, cancelar la solicitud")
    sees(page, "Su solicitud quedó cancelada")

    booked = book_general(clinic, 0)
    page.goto("/citas/")
    press(page, "Cancelar")
    sees(page, "¿Quiere cancelar esta cita?")
    page.get_by_label("No puedo ir a esa hora").check()
    press(page, "Sí, cancelar la cita")
    sees(page, "Su cita quedó cancelada")

    booked.refresh_from_db()
    assert booked.status == Status.CANCELLED
    (file,) = clinic.letter.email.iter_attachments()
    calendar = vobject.readOne(file.get_content())
    assert calendar.method.value == "CANCEL"
    press(page, "Ir a «Mis citas»")
    expect(page.get_by_role("main")).to_contain_text("Cancelada")


@browser.both_ways
def test_too_late_to_cancel_leads_to_the_telephone(page, clinic, javascript):
    """The note of the guide: a message to call; and the hour is freed all the same."""
    booked = book_general(clinic, 1)
    soon = timezone.now() + timedelta(hours=5)
    Appointment.objects.filter(pk=booked.pk).update(
        start=soon, end=soon + timedelta(minutes=20)
    )
    browser.sign_in(page, signed_in(clinic))

    page.goto(f"/citas/{booked.pk}/cancelar/")

    sees(page, "Llame a su sede para cancelar")
    call = page.get_by_role("link", name=re.compile("Llamar a")).first
    assert call.get_attribute("href") == "tel:+576015550101"
    press(page, "Avisar que no puedo ir")
    press(page, "Sí, avisar")
    booked.refresh_from_db()
    assert booked.status == Status.CANCELLED


@browser.both_ways
def test_another_hour_keeps_the_appointment_until_it_is_confirmed(
    page, clinic, javascript
):
    """«Reprogramar»: the same appointment at another time, and its calendar follows."""
    booked = book_general(clinic, 0)
    browser.sign_in(page, signed_in(clinic))
    page.goto("/citas/")
    press(page, "Cambiar hora")
    sees(page, "Escoja el día y la hora")
    expect(page.get_by_role("main")).to_contain_text("La conserva hasta que confirme")
    press(page, "Escoger esta cita")
    press(page, "Siguiente")
    press(page, "Confirmar cambio")

    before = (booked.reference, booked.start)
    booked.refresh_from_db()
    assert booked.reference == before[0]
    assert booked.start != before[1]
    (file,) = clinic.letter.email.iter_attachments()
    event = vobject.readOne(file.get_content()).vevent
    assert event.dtstart.value == booked.start
    assert int(event.sequence.value) == booked.version


def signed_in(clinic: Clinic) -> Client:
    client = Client()
    client.force_login(clinic.rosa)
    return client


def book_general(clinic: Clinic, which: int) -> Appointment:
    """One of the hours in some days, whatever day it has become meanwhile."""
    network, user = clinic.network, clinic.rosa
    slot = clinic.general[which]
    who = {"patient": user.patient, "by": user, "now": timezone.now()}
    held = booking.hold(
        slot_id=slot.pk,
        procedure=network.general_visit,
        agreement=network.eps,
        search="convenio=eps-andina&tipo=medicina&modalidad=presencial"
        f"&busqueda=especialidad&especialidad={network.general.code}"
        f"&procedimiento=890201&ciudad=11001&sede={network.chapinero.code}&cuando=ya",
        **who,
    )
    booking.read_instructions(appointment_id=held.pk, **who)
    return booking.confirm(appointment_id=held.pk, **who)
