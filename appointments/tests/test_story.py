"""The page of one appointment: its history in words, what it offers, how it ended."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Guardianship
from accounts.tests.factories import UserFactory
from appointments import cancellation, moving, requests
from appointments.tests.network import at, patient_of
from appointments.tests.past import appointment, approve, child_of, step
from portal.messaging import kinds
from portal.messaging.models import OutgoingMessage
from portal.ui import dates

pytestmark = pytest.mark.django_db


def text(response):
    words = re.sub(r"<[^>]+>", " ", response.content.decode().replace("\xa0", " "))
    return " ".join(words.split())


def opened(client, made):
    return client.get(reverse("appointments:detail", args=[made.pk]))


def told(client, made):
    story = opened(client, made).context["story"]
    return [line.text.replace("\xa0", " ") for line in story]


def message(made, patient, kind="confirmed", **fields):
    sent = timezone.now() - timedelta(hours=1)
    return OutgoingMessage.objects.create(
        kind=f"appointments.{kind}",
        event=f"appointments.{kind}:{made.pk}",
        recipient_ref=str(patient.pk),
        subject_ref=str(made.pk),
        **{"channel": "sms", "state": "sent", "sent_at": sent, **fields},
    )


@pytest.fixture
def recepcion(db):
    return UserFactory(staff=True, staff_name="Beatriz Cano")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("booked", ["Usted pidió la cita."]),
        (
            "accepted",
            ["Usted pidió la cita y quedó en revisión.", "La sede la aceptó."],
        ),
        (
            "declined",
            [
                "Usted pidió la cita y quedó en revisión.",
                "La sede no la aceptó. Motivo: No atiende ese día.",
            ],
        ),
        (
            "expired",
            [
                "Usted pidió la cita y quedó en revisión.",
                "La sede no respondió a tiempo y la solicitud se venció.",
            ],
        ),
        (
            "cancelled",
            ["Usted pidió la cita.", "La sede la canceló."],
        ),
        ("arrived", ["Usted pidió la cita.", "La sede anotó la llegada."]),
        (
            "fulfilled",
            ["Usted pidió la cita.", "La sede anotó que la cita se hizo."],
        ),
        (
            "noshow",
            ["Usted pidió la cita.", "La sede anotó que nadie vino a la cita."],
        ),
    ],
)
def test_each_way_of_an_appointment_is_told(
    at_home, paciente, network, recepcion, path, words
):
    """Without names of staff."""
    by_clinic = {} if path == "booked" else {"last_by": recepcion}
    made = appointment(
        network, paciente, path, reason="No atiende ese día", **by_clinic
    )

    assert told(at_home, made) == words
    assert "Beatriz" not in text(opened(at_home, made))


def test_what_the_patient_cancelled_says_so(at_home, paciente, network):
    made = appointment(network, paciente, "cancelled", reason="Conseguí otra cita")

    assert told(at_home, made)[-1] == "Usted la canceló. Motivo: Conseguí otra cita."


@pytest.mark.parametrize(
    ("path", "who", "reason", "words"),
    [
        (
            "cancelled",
            "patient",
            cancellation.CANNOT_GO,
            "Usted avisó que no podía ir y la cita se canceló.",
        ),
        (
            "cancelled",
            "nobody",
            cancellation.CANNOT_GO,
            "Alguien con el enlace del recordatorio avisó que no podía ir y la cita "
            "se canceló.",
        ),
        ("cancelled", "patient", "Otro motivo", "Usted la canceló."),
        (
            "declined",
            "patient",
            requests.PROPOSAL_REFUSED,
            "Usted no tomó la hora que propuso la sede.",
        ),
        (
            "declined",
            "nobody",
            requests.PROPOSAL_UNTAKEN,
            "La hora que propuso la sede se venció sin respuesta.",
        ),
    ],
)
def test_some_reasons_tell_the_step_better(
    at_home, paciente, network, path, who, reason, words
):
    made = appointment(network, paciente, path, reason=reason)
    if who == "nobody":
        made.events.filter(to_status=path).update(by=None)

    assert told(at_home, made)[-1] == words


def test_another_hour_that_the_clinic_proposed_is_in_the_history(
    at_home, paciente, network, recepcion
):
    made = appointment(network, paciente, "declined", last_by=recepcion)
    kept = appointment(
        network, recepcion, "lapsed", patient=paciente.patient, replaces=made
    )
    message(kept, paciente.patient, kind="proposed_time")

    said = told(at_home, made)

    assert f"La sede propuso otra hora: {plainly(kept.start)}." in said
    assert "Le enviamos la propuesta de otra hora por SMS." in said
    assert len(said) == 4


def test_a_change_that_the_clinic_did_not_accept_is_in_the_history(
    at_home, paciente, network, recepcion
):
    made = appointment(network, paciente, start=at(5, 8))
    appointment(
        network,
        paciente,
        "declined",
        start=at(6, 8),
        replaces=made,
        last_by=recepcion,
        reason="No atiende ese día",
    )

    assert told(at_home, made)[1:] == [
        f"Usted pidió cambiar la hora para el {plainly(at(6, 8))}.",
        "La sede no aceptó ese cambio. Motivo: No atiende ese día.",
    ]


def test_a_request_withdrawn_says_so(at_home, paciente, network):
    made = appointment(network, paciente, "withdrawn")

    assert told(at_home, made)[-1] == "Usted retiró la solicitud."


def test_what_the_guardian_did_says_who(client, network):
    guardian, mother = patient_of(network), patient_of(network)
    guardian.patient.given_names = "Pedro José"
    guardian.patient.save()
    approve(guardian, mother.patient)
    made = appointment(
        network, guardian, "cancelled", patient=mother.patient, last_by=mother
    )

    client.force_login(mother)
    assert told(client, made) == [
        "Su acudiente Pedro pidió la cita.",
        "Usted la canceló.",
    ]
    client.force_login(guardian)
    assert told(client, made) == ["Usted pidió la cita.", "Rosa la canceló."]


def test_another_guardian_is_named_as_such(client, network):
    one, other = patient_of(network), patient_of(network)
    other.patient.given_names = "Pedro"
    other.patient.save()
    child = child_of(one)
    approve(other, child)
    made = appointment(network, other, patient=child)
    client.force_login(one)

    assert told(client, made) == ["Pedro, acudiente de Mateo, pidió la cita."]


def test_a_change_of_hour_says_before_and_now(at_home, paciente, network):
    """The steps keep when and where the appointment was to be."""
    made = appointment(network, paciente, start=at(5, 8))
    kept = appointment(
        network,
        paciente,
        "held",
        start=at(6, 9, 30),
        replaces=made,
        schedule="general",
        hold_expires_at=timezone.now() + timedelta(minutes=5),
    )

    moving.take(kept=kept, to=made, by=paciente, reason="", now=timezone.now())

    assert told(at_home, made)[-1].replace(".; ahora", "; ahora") == (
        f"Usted cambió la hora: antes {plainly(at(5, 8))}; "
        f"ahora {plainly(at(6, 9, 30))}."
    )


def plainly(moment):
    return dates.moment(moment).replace("\xa0", " ").rstrip(".")


def test_a_change_to_another_site_says_where(at_home, paciente, network):
    made = appointment(network, paciente, start=at(5, 8))
    made.version, made.start, made.end = 2, at(6, 9), at(6, 10)
    made.site = network.suba
    step(made, to="booked", by=paciente, at=timezone.now())

    assert told(at_home, made)[-1].endswith(", en Sede Suba.")


def test_a_proposed_hour_that_was_taken_is_told_so(at_home, paciente, network):
    made = appointment(network, paciente, "proposed", start=at(5, 8))
    made.version, made.start, made.end, made.answer_by = 2, at(6, 9), at(6, 10), None
    made.confirmed_at = timezone.now()
    step(made, to="booked", by=paciente, at=timezone.now())

    assert told(at_home, made)[-1].startswith(
        "Usted aceptó la hora que propuso la sede: antes "
    )


def test_steps_from_before_their_hours_were_kept_say_only_what_is_known(
    at_home, paciente, network
):
    made = appointment(network, paciente, start=at(5, 8))
    made.events.update(start=None, site=None)
    made.version, made.start, made.end = 2, at(6, 9), at(6, 10)
    step(made, to="booked", by=paciente, at=timezone.now())

    assert told(at_home, made)[-1] == (
        f"Usted cambió la hora: ahora {plainly(at(6, 9))}, en Sede Chapinero."
    ).replace(", en Sede Chapinero", "")


# --- Messages ------------------------------------------------------------------


def test_the_messages_are_told_with_their_delivery(at_home, paciente, network):
    made = appointment(network, paciente)
    delivered = at(0, 0) + timedelta(hours=9, minutes=41)
    message(
        made,
        paciente.patient,
        state="delivered",
        sent_at=delivered - timedelta(minutes=1),
        delivered_at=delivered,
    )
    message(made, paciente.patient, channel="email", sent_at=delivered)

    assert told(at_home, made)[-1] == (
        "Le enviamos la confirmación por SMS, entregado 9:41 a. m., y por correo."
    )


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        ("sent", "moved", "Le enviamos el aviso del cambio de hora por SMS."),
        ("sent", "reminder.two_days", "Le enviamos un recordatorio por SMS."),
        ("failed", "confirmed", "No pudimos enviarle la confirmación por SMS."),
        (
            "uncertain",
            "confirmed",
            "Le enviamos la confirmación por SMS, sin confirmar.",
        ),
    ],
)
def test_each_outcome_of_a_message_has_its_words(
    at_home, paciente, network, state, kind, words
):
    if kind not in {n.removeprefix("appointments.") for n in kinds.names()}:
        pytest.skip("that message does not exist yet")
    made = appointment(network, paciente)
    message(made, paciente.patient, kind=kind, state=state)

    assert told(at_home, made)[-1] == words


@pytest.mark.parametrize("state", ["queued", "dropped"])
def test_what_did_not_go_out_is_not_told(at_home, paciente, network, state):
    made = appointment(network, paciente)
    message(made, paciente.patient, state=state)

    assert told(at_home, made) == ["Usted pidió la cita."]


def test_what_went_to_somebody_else_says_to_whom(client, network):
    guardian = patient_of(network)
    child = child_of(guardian)
    made = appointment(network, guardian, patient=child)
    message(made, child)
    client.force_login(guardian)

    assert told(client, made)[-1] == "Le enviamos a Mateo la confirmación por SMS."


def test_messages_of_other_appointments_are_not_told(at_home, paciente, network):
    made = appointment(network, paciente)
    message(appointment(network, paciente, start=at(8, 8)), paciente.patient)

    assert told(at_home, made) == ["Usted pidió la cita."]


# --- The rest of the page -----------------------------------------------------------


def test_one_to_come_is_changed_cancelled_and_says_until_when(
    at_home, paciente, network
):
    made = appointment(network, paciente, start=at(9, 8))

    said = text(opened(at_home, made))

    assert "Cambiar la hora Cancelar la cita" in said
    assert (
        f"Puede hacerlo gratis hasta el {dates.day(at(8, 8))}, 8:00 a. m. "
        "Avíseme si hay antes Qué ha pasado" in said
    )


def test_too_late_online_there_is_the_telephone_and_the_notice(
    at_home, paciente, network
):
    start = timezone.now() + timedelta(hours=3)
    made = appointment(network, paciente, start=start)

    said = text(opened(at_home, made))

    assert "Avisar que no puedo ir" in said
    assert "Cambiar la hora" not in said
    assert f"Para cancelarla o cambiarla, llame al {network.chapinero.phone} ." in said


@pytest.mark.parametrize(
    ("path", "tag", "ending"),
    [
        ("fulfilled", "Atendida", "La sede anotó que esta cita se hizo."),
        ("noshow", "No asistió", "Por eso no se cobra nada."),
        ("cancelled", "Cancelada", "Cancelada por usted. Esa hora quedó libre"),
        ("withdrawn", "Cancelada", "Cancelada por usted."),
        ("declined", "No aceptada", "La sede no aceptó esta solicitud."),
        ("expired", "Vencida", "La sede no alcanzó a responder esta solicitud."),
    ],
)
def test_one_that_ended_says_how_and_offers_another(
    at_home, paciente, network, path, tag, ending
):
    token = paciente.patient.token
    search = "convenio=eps-andina&tipo=medicina&modalidad=presencial&cuando=ya"
    made = appointment(network, paciente, path, search=search)

    response = opened(at_home, made)

    said = text(response)
    assert response.context["page"].tag.text == tag
    assert ending in said
    assert "Cancelar la cita" not in said
    assert response.context["again_url"] == (
        f"/citas/de/{token}/nueva/fechas/"
        "?convenio=eps-andina&tipo=medicina&modalidad=presencial"
    )


def test_without_a_known_search_another_begins_at_the_beginning(
    at_home, paciente, network
):
    made = appointment(network, paciente, "fulfilled", start=at(-3, 8))

    assert opened(at_home, made).context["again_url"] == reverse("appointments:new")


def test_one_that_passed_and_nobody_marked_says_only_that(at_home, paciente, network):
    made = appointment(network, paciente, start=at(-3, 8))

    assert "Esta cita ya pasó." in text(opened(at_home, made))


def test_one_of_a_child_says_whose_it_is(at_home, paciente, network):
    made = appointment(network, paciente, patient=child_of(paciente))

    assert opened(at_home, made).context["title"] == "Medicina general, Mateo"


def test_a_request_has_its_own_page_also_for_the_hour_that_is_proposed(
    at_home, paciente, network
):
    made = appointment(network, paciente, "proposed")
    kept = appointment(
        network,
        paciente,
        "held",
        start=at(4, 9),
        replaces=made,
        hold_expires_at=timezone.now() + timedelta(hours=5),
    )

    page = reverse("appointments:request", args=[made.pk])
    assert opened(at_home, made)["Location"] == page
    assert opened(at_home, kept)["Location"] == page


def test_a_time_kept_in_place_of_another_that_lapsed_leads_to_that_one(
    at_home, paciente, network
):
    made = appointment(network, paciente)
    kept = appointment(network, paciente, "lapsed", start=at(4, 9), replaces=made)

    page = reverse("appointments:detail", args=[made.pk])
    assert opened(at_home, kept)["Location"] == page


def test_a_former_guardian_gets_a_404(at_home, paciente, network):
    """ACC-01, ACC-03."""
    child = child_of(paciente)
    made = appointment(network, paciente, patient=child)
    Guardianship.objects.update(state=Guardianship.State.ENDED)

    assert opened(at_home, made).status_code == 404


def test_the_page_costs_the_same_however_long_the_history(
    at_home, paciente, network, django_assert_max_num_queries
):
    made = appointment(network, paciente, start=at(60, 8))
    message(made, paciente.patient)
    opened(at_home, made)
    with django_assert_max_num_queries(12) as short:
        opened(at_home, made)

    for number in range(20):
        made.version = 2 + number
        made.start = made.start + timedelta(minutes=20)
        made.end = made.end + timedelta(minutes=20)
        step(made, to="booked", by=paciente, at=timezone.now())
        message(made, paciente.patient, version=2 + number)
    with django_assert_max_num_queries(12) as long:
        opened(at_home, made)

    assert len(short) == len(long)
