"""From a held time to the voucher, and one's own appointments afterwards."""

from datetime import timedelta
from uuid import uuid4

import pytest
import vobject
from django.urls import reverse
from django.utils import timezone

from accounts.models import Consent, LegalText
from accounts.tests.factories import ContactDeviceFactory
from appointments import booking
from appointments.models import Appointment
from appointments.tests.network import at
from catalog import instructions
from catalog.instructions import Step
from portal.messaging.models import OutgoingMessage

pytestmark = pytest.mark.django_db
Status = Appointment.Status
ACCEPTED = {"acepto": "on", "version": 1}
SEARCH = (
    "convenio=eps-andina&tipo=medicina&modalidad=presencial&busqueda=procedimiento"
    "&procedimiento=881302&orden=cita&ciudad=11001&sede=todas"
)


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def url(name, appointment):
    return reverse(f"appointments:{name}", args=[appointment.pk])


def hold(user, network, *, schedule="luis", procedure=None, start=None):
    (slot,) = network.slots(schedule, start or at(1, 8, 20))
    return booking.hold(
        slot_id=slot.pk,
        procedure=procedure or network.ultrasound,
        patient=user.patient,
        agreement=network.eps,
        by=user,
        search=SEARCH,
        now=timezone.now(),
    )


@pytest.fixture
def held(paciente, network):
    ContactDeviceFactory(user=paciente)
    instructions.publish(
        about=network.ultrasound,
        steps=[
            Step(
                "No coma ni beba nada desde las {hora}. Son 6 horas de ayuno.",
                minutes_before=360,
                fasting=True,
            ),
            Step("Orden médica", kind="bring"),
        ],
        now=timezone.now(),
    )
    return hold(paciente, network)


@pytest.fixture
def virtual(paciente, network):
    return hold(paciente, network, schedule="virtual", procedure=network.general_visit)


@pytest.fixture
def booked(at_home, held):
    at_home.post(url("instructions", held))
    at_home.post(url("confirm", held))
    held.refresh_from_db()
    return held


def lapse(appointment):
    Appointment.objects.filter(pk=appointment.pk).update(
        hold_expires_at=timezone.now() - timedelta(seconds=1)
    )


def test_recommendations_have_their_hours(at_home, held):
    response = at_home.get(url("instructions", held))

    assert "<b>No coma ni beba nada desde las 2:20 a. m.</b> Son 6 horas" in text(
        response
    )
    assert "<b>Llegue a las 8:00 a. m.,</b> 20 minutos antes." in text(response)
    assert "Le guardamos esta hora hasta las" in text(response)


def test_more_time_is_given_once(at_home, held):
    until = held.hold_expires_at

    at_home.post(url("extend", held), {"volver": "revisar"})
    again = at_home.post(url("extend", held), follow=True)

    held.refresh_from_db()
    assert held.hold_expires_at == until + timedelta(minutes=10)
    assert "Ya le dimos más tiempo." in text(again)
    assert "Necesito más tiempo" not in text(again)


def test_review_comes_after_the_recommendations(at_home, held):
    assert at_home.get(url("review", held))["Location"] == url("instructions", held)

    response = at_home.post(url("instructions", held))

    assert response["Location"] == url("review", held)


def test_review_says_everything_and_how_to_change_it(at_home, held):
    at_home.post(url("instructions", held))

    response = at_home.get(url("review", held))

    assert "Rosa Elena Martínez Gómez" in text(response)
    assert "Ecografía de abdomen total, presencial" in text(response)
    assert "Correo electrónico" in text(response)
    links = response.context["links"]
    assert "/nueva/procedimiento/?convenio=eps-andina" in links["what"]
    assert links["when"].endswith(f"/agenda/?{SEARCH}")


def test_confirming_books_it_once_and_tells_the_patient(
    at_home, held, django_capture_on_commit_callbacks
):
    at_home.post(url("instructions", held))

    first = at_home.post(url("confirm", held))
    second = at_home.post(url("confirm", held))

    held.refresh_from_db()
    assert held.status == Status.BOOKED
    assert first["Location"] == second["Location"] == url("voucher", held)
    assert OutgoingMessage.objects.filter(kind="appointments.confirmed").count() == 1


def test_confirming_without_reading_goes_back_to_read(at_home, held):
    response = at_home.post(url("confirm", held))

    held.refresh_from_db()
    assert response["Location"] == url("instructions", held)
    assert held.status == Status.HELD


def test_letting_it_go_frees_the_time(at_home, held):
    response = at_home.post(url("release", held), follow=True)

    held.refresh_from_db()
    assert held.status == Status.LAPSED
    assert "Esa hora quedó libre otra vez." in text(response)


def test_letting_go_of_a_confirmed_one_changes_nothing(at_home, booked):
    response = at_home.post(url("release", booked))

    booked.refresh_from_db()
    assert response["Location"] == url("detail", booked)
    assert booked.status == Status.BOOKED


@pytest.mark.parametrize("name", ["instructions", "review", "detail"])
def test_when_the_time_is_over_the_same_hour_is_one_touch_away(at_home, held, name):
    lapse(held)

    response = at_home.get(url(name, held))

    assert response.status_code == 410
    assert "Se acabó el tiempo de reserva. Escoja la hora otra vez" in text(response)
    again = at_home.post(
        response.context["hold_url"], {"cupo": response.context["slot_id"]}
    )
    assert Appointment.objects.filter(status=Status.HELD).count() == 1
    assert "/recomendaciones/" in again["Location"]


def test_a_time_let_go_in_another_tab_says_who_let_it_go(at_home, held):
    at_home.post(url("release", held))

    response = at_home.post(url("extend", held))

    assert response.status_code == 410
    assert "<h1>Usted soltó esta hora</h1>" in text(response)
    assert "Se acabó" not in text(response)
    assert "Esa hora sigue libre" in text(response)


def test_a_time_left_for_another_says_so(at_home, paciente, held, network):
    hold(paciente, network, start=at(1, 9, 20))

    response = at_home.get(url("review", held))

    assert response.status_code == 410
    assert "<h1>Usted escogió otra hora</h1>" in text(response)
    assert "Ver todas las horas" in text(response)


@pytest.mark.parametrize("name", ["confirm", "extend", "instructions"])
def test_acting_too_late_says_so(at_home, held, name):
    lapse(held)

    response = at_home.post(url(name, held))

    assert response.status_code == 410


def test_an_hour_that_somebody_else_took_meanwhile_is_not_offered_again(
    at_home, held, otra_paciente, network
):
    lapse(held)
    slot_id = held.claims.get().slot_id
    booking.hold(
        slot_id=slot_id,
        procedure=network.ultrasound,
        patient=otra_paciente.patient,
        agreement=network.eps,
        by=otra_paciente,
        search="",
        now=timezone.now(),
    )

    response = at_home.get(url("review", held))

    assert response.context["slot_id"] is None
    assert "Ver todas las horas" in text(response)


@pytest.mark.parametrize("name", ["confirm", "extend", "instructions"])
@pytest.mark.parametrize("status", [Status.BOOKED, Status.ARRIVED])
def test_acting_from_an_old_tab_after_confirming_shows_the_voucher(
    at_home, booked, name, status
):
    Appointment.objects.filter(pk=booked.pk).update(status=status)

    response = at_home.post(url(name, booked))

    assert response.status_code == 302
    assert response["Location"] == url("voucher", booked)


@pytest.mark.parametrize("name", ["instructions", "review"])
def test_back_after_confirming_shows_the_voucher(at_home, booked, name):
    assert at_home.get(url(name, booked))["Location"] == url("voucher", booked)


def test_the_voucher_says_all_that_is_needed(at_home, booked):
    response = at_home.get(url("voucher", booked))

    assert "Listo, su cita quedó asignada" in text(response)
    assert booked.reference in text(response)
    assert "<b>Llegue a las 8:00 a. m.</b> en ayunas desde las 2:20 a. m." in text(
        response
    )
    assert "Le enviamos el comprobante al correo." in text(response)
    assert url("calendar", booked) in text(response)


def test_the_calendar_file_is_read_by_another_library(at_home, booked):
    response = at_home.get(url("calendar", booked))

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    event = vobject.readOne(response.content.decode()).vevent
    assert event.dtstart.value == booked.start
    assert event.location.value.startswith("Sede Suba, ")


def test_a_held_time_has_no_calendar_file(at_home, held):
    assert at_home.get(url("calendar", held)).status_code == 404


def test_a_virtual_appointment_asks_for_the_consent_and_keeps_its_text(
    at_home, virtual
):
    """Res. 2654 de 2019."""
    at_home.post(url("instructions", virtual))

    asked = at_home.get(url("review", virtual))
    assert at_home.get(url("consent", virtual)).status_code == 200
    refused = at_home.post(url("consent", virtual), {"version": 1})
    at_home.post(url("consent", virtual), ACCEPTED)

    assert asked["Location"] == url("consent", virtual)
    assert refused.status_code == 422
    assert "Para una cita virtual, acepte la atención por videollamada" in text(refused)
    consent = Consent.objects.get(text__kind=LegalText.Kind.TELEHEALTH)
    assert consent.subject == f"appointments.appointment:{virtual.pk}"
    assert at_home.get(url("review", virtual)).status_code == 200


def test_a_text_that_changed_while_it_was_read_is_shown_again(at_home, virtual):
    at_home.post(url("instructions", virtual))

    response = at_home.post(url("consent", virtual), {"acepto": "on", "version": 0})

    assert response.status_code == 422
    assert "Este texto cambió. Léalo otra vez" in text(response)
    assert "checked" not in text(response)
    assert not Consent.objects.exists()


def test_a_virtual_appointment_is_not_confirmed_without_consent(at_home, virtual):
    at_home.post(url("instructions", virtual))

    response = at_home.post(url("confirm", virtual))

    virtual.refresh_from_db()
    assert response["Location"] == url("consent", virtual)
    assert virtual.status == Status.HELD


def test_a_virtual_appointment_has_no_place_to_go(at_home, virtual):
    at_home.post(url("instructions", virtual))
    at_home.post(url("consent", virtual), ACCEPTED)
    response = at_home.post(url("confirm", virtual), follow=True)

    assert "Virtual, por videollamada" in text(response)
    assert "Ver en el mapa" not in text(response)
    assert "Llegue a las" not in text(response)
    detail = text(at_home.get(url("detail", virtual)))
    assert "en la página de su cita aparece el botón para entrar." in detail
    assert f">{virtual.site.phone or '601 555 0100'}</a>." in detail


READ = ["instructions", "consent", "review", "voucher", "detail", "calendar"]
WRITTEN = ["instructions", "consent", "confirm", "extend", "release"]


@pytest.mark.parametrize("name", READ)
def test_a_strangers_appointment_is_a_404(client, otra_paciente, booked, name):
    """ACC-01."""
    client.force_login(otra_paciente)

    assert client.get(url(name, booked)).status_code == 404


@pytest.mark.parametrize("name", WRITTEN)
def test_nobody_acts_on_a_strangers_appointment(client, otra_paciente, held, name):
    """ACC-01."""
    client.force_login(otra_paciente)

    assert client.post(url(name, held), {"acepto": "on"}).status_code == 404
    held.refresh_from_db()
    assert (held.status, held.instructions_read_at) == (Status.HELD, None)


@pytest.mark.parametrize("name", sorted({*READ, *WRITTEN}))
def test_signed_out_people_sign_in_first(client, held, name):
    act = client.post if name in WRITTEN else client.get

    assert reverse("accounts:sign_in") in act(url(name, held))["Location"]


@pytest.mark.parametrize("name", ["confirm", "extend", "release"])
def test_what_changes_something_is_never_a_get(at_home, held, name):
    assert at_home.get(url(name, held)).status_code == 405


def test_an_appointment_that_does_not_exist_is_a_404(at_home):
    address = reverse("appointments:detail", args=[uuid4()])

    assert at_home.get(address).status_code == 404


@pytest.mark.parametrize("name", ["voucher", "detail"])
def test_one_appointment_costs_few_queries(
    at_home, booked, name, django_assert_max_num_queries
):
    at_home.get(url(name, booked))  # the price tables are remembered from here on

    with django_assert_max_num_queries(13):
        at_home.get(url(name, booked))


@pytest.mark.parametrize("name", ["instructions", "review"])
def test_a_held_time_costs_few_queries(
    at_home, held, name, django_assert_max_num_queries
):
    at_home.post(url("instructions", held))
    at_home.get(url(name, held))

    with django_assert_max_num_queries(12):
        at_home.get(url(name, held))
