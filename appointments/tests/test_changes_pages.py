"""The pages after booking: cancel, notice, another hour, and whom to call."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Guardianship
from accounts.tests.factories import UserFactory
from appointments import booking
from appointments.models import Appointment, CancellationPolicy
from appointments.tests.addresses import ULTRASOUND, answers_of, page
from appointments.tests.network import at
from catalog import version
from portal.messaging.models import OutgoingMessage

SEARCH = "convenio=eps-andina&" + "&".join(f"{k}={v}" for k, v in ULTRASOUND.items())
Status = Appointment.Status


def book(user, network, start, schedule="luis"):
    (slot,) = network.slots(schedule, start)
    held = booking.hold(
        slot_id=slot.pk,
        procedure=slot.schedule.procedures.first(),
        patient=user.patient,
        agreement=network.eps,
        by=user,
        search=SEARCH,
        now=timezone.now(),
    )
    return confirm(held, user)


def confirm(held, user):
    return booking.confirm(
        appointment_id=held.pk, patient=held.patient, by=user, now=timezone.now()
    )


@pytest.fixture
def booked(paciente, network):
    """In three days, at eight; ten o'clock and the next day are free."""
    network.slots("luis", at(3, 10), at(4, 8))
    return book(paciente, network, at(3, 8))


def rule(**said):
    CancellationPolicy.objects.update_or_create(is_default=True, defaults=said)
    version.bump()


def one(name, appointment):
    return reverse(f"appointments:{name}", args=[appointment.pk])


def text(response):
    return response.content.decode()


# --- Cancel ----------------------------------------------------------------------------


def test_cancelling_asks_first_and_says_what_follows(at_home, booked):
    shown = text(at_home.get(one("cancel", booked)))

    for words in (
        "<h1>¿Quiere cancelar esta cita?</h1>",
        "Si la cancela, otra persona tomará esa hora.",
        "¿Por qué la cancela? (opcional)",
        "Conseguí otra cita",
        "Mejor cambiar la hora",
        "No, conservarla",
    ):
        assert words in shown
    booked.refresh_from_db()
    assert booked.status == Status.BOOKED


@pytest.mark.parametrize("reason", ["", "otra"])
def test_cancelled(at_home, booked, reason):
    done = at_home.post(one("cancel", booked), {"motivo": reason}, follow=True)

    assert done.redirect_chain == [(one("cancelled", booked), 302)]
    assert "Su cita quedó cancelada" in text(done)
    booked.refresh_from_db()
    assert booked.status == Status.CANCELLED


def test_cancelling_again_and_coming_back_lead_to_the_same_page(at_home, booked):
    """BOK-05: twice, the back button, an old tab."""
    at_home.post(one("cancel", booked))

    assert at_home.post(one("cancel", booked)).url == one("cancelled", booked)
    assert at_home.get(one("cancel", booked)).url == one("cancelled", booked)
    assert at_home.post(one("cannot_go", booked)).url == one("cancelled", booked)
    assert at_home.get(one("change", booked)).url == one("detail", booked)
    assert booked.events.filter(to_status="cancelled").count() == 1


def test_a_reason_that_was_not_on_the_page_is_asked_again(at_home, booked):
    answer = at_home.post(one("cancel", booked), {"motivo": "x"})

    assert answer.status_code == 422
    booked.refresh_from_db()
    assert booked.status == Status.BOOKED


@pytest.mark.parametrize("name", ["cancel", "cannot_go", "change", "cancelled"])
def test_a_strangers_appointment_is_not_there(client, booked, otra_paciente, name):
    """ACC-01"""
    client.force_login(otra_paciente)

    assert client.get(one(name, booked)).status_code == 404
    if name in ("cancel", "cannot_go"):
        assert client.post(one(name, booked)).status_code == 404
    booked.refresh_from_db()
    assert booked.status == Status.BOOKED


def test_what_was_not_cancelled_is_not_called_so(at_home, booked):
    assert at_home.get(one("cancelled", booked)).url == one("detail", booked)


def test_a_guardian_cancels_until_the_guardianship_ends(client, booked):
    """ACC-03"""
    guardian = UserFactory()
    tie = Guardianship.objects.create(
        guardian=guardian.patient,
        dependant=booked.patient,
        relation="parent",
        state="approved",
        asked_by=guardian,
    )
    client.force_login(guardian)
    assert client.get(one("cancel", booked)).status_code == 200
    tie.delete()

    assert client.post(one("cancel", booked)).status_code == 404


# --- Too late, or only by telephone --------------------------------------------------------


def test_too_late_the_page_has_the_telephone(at_home, booked):
    rule(cancel_notice_minutes=30 * 24 * 60, change_notice_minutes=30 * 24 * 60)
    site = booked.site
    site.phone, site.opening_hours = "601 555 0101", "lunes a sábado, 7 a. m. a 8 p. m."
    site.save()

    shown = text(at_home.get(one("cancel", booked)))

    for words in (
        "<h1>Llame a su sede para cancelar</h1>",
        "Faltan menos de 30 días para su cita. Ya no se puede cancelar ni cambiar",
        "tel:+576015550101",
        "lunes a sábado",
        booked.reference,
        "Avisar que no puedo ir",
    ):
        assert words in shown
    assert "Llame a su sede para cambiar la hora" in text(
        at_home.get(one("change", booked))
    )


def test_too_late_while_the_page_was_open(at_home, booked):
    at_home.get(one("cancel", booked))
    rule(cancel_notice_minutes=30 * 24 * 60)

    answer = at_home.post(one("cancel", booked))

    assert answer.status_code == 409
    assert "Llame a su sede para cancelar" in text(answer)
    booked.refresh_from_db()
    assert booked.status == Status.BOOKED


def test_the_telephone_of_the_clinic_where_the_site_has_none(at_home, booked, settings):
    rule(online="phone")
    booked.site.phone = ""
    booked.site.save()

    shown = text(at_home.get(one("cancel", booked)))

    assert "Esta cita se cancela y se cambia solo por teléfono." in shown
    assert settings.ORGANISATION["phone"] in shown


def test_too_many_changes_lead_to_the_telephone(at_home, booked):
    rule(most_changes=0)

    assert "solo por teléfono" in text(at_home.get(one("change", booked)))
    assert "Mejor cambiar la hora" not in text(at_home.get(one("cancel", booked)))


def test_too_many_cancellations_in_a_week(at_home, booked, paciente, network):
    rule(most_cancellations_a_week=1)
    other = book(paciente, network, at(5, 8), schedule="general")
    at_home.post(one("cancel", other))

    assert "canceló varias citas" in text(at_home.get(one("cancel", booked)))
    assert at_home.post(one("cancel", booked)).status_code == 409
    assert at_home.post(one("cannot_go", booked)).url == one("cancelled", booked)


def test_notice_asks_first_and_costs_nothing(at_home, booked):
    rule(online="phone")
    shown = text(at_home.get(one("cannot_go", booked)))
    assert "avisar no tiene multa" in shown

    done = at_home.post(one("cannot_go", booked), follow=True)

    assert "Su cita quedó cancelada" in text(done)
    assert OutgoingMessage.objects.filter(kind="appointments.cancelled").exists() == (
        OutgoingMessage.objects.filter(kind="appointments.confirmed").exists()
    )


def test_notice_after_it_began_leads_to_the_telephone(at_home, booked):
    begun = timezone.now() - timedelta(minutes=5)
    Appointment.objects.filter(pk=booked.pk).update(start=begun)

    assert "La hora de su cita ya pasó" in text(at_home.get(one("cannot_go", booked)))
    assert at_home.post(one("cannot_go", booked)).status_code == 409


# --- Another hour ------------------------------------------------------------------------


def choose(client, user, appointment, start):
    """From «Cambiar la hora» to the time held."""
    agenda = client.get(one("change", appointment))
    answers = answers_of(agenda)
    slot = appointment.schedule.slots.get(start=start)
    return client.post(page(user, "apartar", **answers), {"cupo": slot.pk})


def held_for(appointment):
    return Appointment.objects.get(replaces=appointment, status=Status.HELD)


def test_changing_opens_the_agenda_of_the_same_search(at_home, booked):
    agenda = at_home.get(one("change", booked), follow=True)

    shown = text(agenda)
    assert agenda.status_code == 200
    assert "Está cambiando su cita del" in shown
    assert "La conserva hasta que confirme la nueva." in shown


def test_what_no_search_led_to_changes_at_an_agenda_of_the_same(at_home, booked):
    """The clinic wrote it down: its hour changes without answering everything again."""
    Appointment.objects.filter(pk=booked.pk).update(search="")

    page = at_home.get(one("change", booked), follow=True)

    assert page.status_code == 200
    assert page.redirect_chain[-1][0].split("?")[0].endswith("/agenda/")
    assert f"cambia={booked.pk}" in page.redirect_chain[-1][0]


def test_a_change_from_one_end_to_the_other(at_home, booked, paciente):
    kept = choose(at_home, paciente, booked, at(3, 10))
    new = held_for(booked)
    assert kept.url == one("instructions", new)
    at_home.post(one("instructions", new))

    review = text(at_home.get(one("review", new)))
    for words in (
        "<dt>Antes</dt>",
        "<dt>Ahora</dt>",
        "Confirmar cambio",
        "8:00",
        "10:00",
    ):
        assert words in review
    done = at_home.post(one("confirm", new))

    assert done.url == one("voucher", booked)
    assert "Listo, cambiamos la hora de su cita" in text(at_home.get(done.url))
    booked.refresh_from_db()
    assert (booked.start, booked.version, booked.moves) == (at(3, 10), 2, 1)
    for name in ("review", "instructions"):
        assert at_home.get(one(name, new)).url == one("voucher", booked)
    assert at_home.post(one("confirm", new)).url == one("voucher", booked)


def test_giving_the_change_up_keeps_the_appointment(at_home, booked, paciente):
    choose(at_home, paciente, booked, at(3, 10))

    done = at_home.post(one("release", held_for(booked)), follow=True)

    assert "Su cita sigue como estaba" in text(done)
    assert done.redirect_chain[-1][0] == one("detail", booked)


def test_the_same_hour_is_refused_by_its_name(at_home, booked, paciente):
    answer = choose(at_home, paciente, booked, at(3, 8))

    assert answer.status_code == 409
    assert "Esa es la hora que ya tiene" in text(answer)


def test_cancelled_in_another_tab_while_choosing(at_home, booked, paciente):
    choose(at_home, paciente, booked, at(3, 10))
    new = held_for(booked)
    at_home.post(one("instructions", new))
    at_home.post(one("cancel", booked))

    answer = at_home.post(one("confirm", new))

    assert answer.status_code == 409
    assert "Esa cita ya no se puede cambiar" in text(answer)
    booked.refresh_from_db()
    assert booked.status == Status.CANCELLED


def test_the_rules_changed_while_the_review_was_open(at_home, booked, paciente):
    choose(at_home, paciente, booked, at(3, 10))
    new = held_for(booked)
    at_home.post(one("instructions", new))
    rule(online="phone")

    answer = at_home.post(one("confirm", new))

    assert answer.status_code == 409
    assert "Llame a su sede para cambiar la hora" in text(answer)


def test_too_late_on_the_agenda(at_home, booked, paciente):
    agenda = at_home.get(one("change", booked))
    rule(online="phone")

    assert at_home.get(agenda.url).url == one("change", booked)
    slot = booked.schedule.slots.get(start=at(3, 10))
    answer = at_home.post(
        page(paciente, "apartar", **answers_of(agenda)), {"cupo": slot.pk}
    )
    assert answer.status_code == 409
    assert "Llame a su sede para cambiar la hora" in text(answer)


@pytest.mark.parametrize("cambia", ["x", "00000000-0000-0000-0000-000000000000"])
def test_nobodys_appointment_is_changed(at_home, paciente, cambia):
    address = page(paciente, "agenda", **ULTRASOUND, cambia=cambia)

    assert at_home.get(address).status_code == 404


def test_a_change_whose_agreement_ended_leaves_the_appointment(
    at_home, paciente, booked
):
    """It leads back to the appointment and to the telephone, not to a second one."""
    paciente.patient.coverages.update(state="ended")
    address = page(paciente, "agenda", **ULTRASOUND, cambia=booked.pk)

    answer = at_home.get(address, follow=True)

    assert answer.redirect_chain == [(one("detail", booked), 302)]
    assert "Para cambiarla, llame al" in text(answer)


def test_a_strangers_appointment_is_not_changed(client, booked, otra_paciente):
    """ACC-01: the id alone opens nothing."""
    client.force_login(otra_paciente)
    address = page(otra_paciente, "agenda", **ULTRASOUND, cambia=booked.pk)

    assert client.get(address).status_code == 404


def test_the_deadline_is_said_before_and_after_booking(at_home, paciente, network):
    appointment = book(paciente, network, at(3, 8))
    sentence = "Puede cancelar o cambiar la cita gratis hasta el"

    assert sentence in text(at_home.get(one("voucher", appointment)))
    (slot,) = network.slots("luis", at(5, 8))
    at_home.post(page(paciente, "apartar", **ULTRASOUND), {"cupo": slot.pk})
    held = Appointment.objects.get(status=Status.HELD)
    at_home.post(one("instructions", held))
    assert sentence in text(at_home.get(one("review", held)))


def test_how_often_and_how_many_is_said_before_and_after_booking(
    at_home, paciente, network
):
    """The limits of the policy that holds there, less what was used of them."""
    CancellationPolicy.objects.filter(is_default=True).update(
        most_changes=2, most_cancellations_a_week=4, most_to_come=6
    )
    version.bump()
    appointment = book(paciente, network, at(3, 8))
    online = "Por internet puede cambiar la hora {} más y cancelar 4 citas por semana."
    limits = "Cada persona puede tener hasta 6 citas pendientes, y 3 de la misma"
    (slot,) = network.slots("luis", at(5, 8))
    at_home.post(page(paciente, "apartar", **ULTRASOUND), {"cupo": slot.pk})
    held = Appointment.objects.get(status=Status.HELD)
    at_home.post(one("instructions", held))

    for address in (one("voucher", appointment), one("review", held)):
        said = text(at_home.get(address))
        assert online.format("2 veces") in said
        assert limits in said

    Appointment.objects.filter(pk=appointment.pk).update(moves=1)
    assert online.format("1 vez") in text(at_home.get(one("voucher", appointment)))
    CancellationPolicy.objects.filter(is_default=True).update(online="phone")
    version.bump()
    said = text(at_home.get(one("voucher", appointment)))
    assert "Por internet puede" not in said
    assert limits in said


@pytest.mark.parametrize("name", ["cancel", "cannot_go"])
def test_the_pages_ask_few_questions(
    at_home, booked, django_assert_max_num_queries, name
):
    at_home.get(one(name, booked))
    with django_assert_max_num_queries(12):
        at_home.get(one(name, booked))


def test_the_agenda_of_a_change_asks_few_questions(
    at_home, booked, django_assert_max_num_queries
):
    """One more than the agenda itself: the appointment that changes."""
    agenda = at_home.get(one("change", booked)).url
    at_home.get(agenda)
    with django_assert_max_num_queries(14):
        at_home.get(agenda)
