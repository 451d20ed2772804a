"""The rules as staff write them, and the cancelling of the clinic."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.tests.at_the_desk import chief, enter, member
from appointments import cancellation
from appointments.models import Appointment, CancellationPolicy
from appointments.policies import NETWORK
from appointments.tests.network import at
from appointments.tests.steps import book, one_time
from portal.messaging.models import OutgoingMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    enter(client, chief())
    return client


@pytest.fixture
def booked():
    return book(one_time(at(3, 8)), now=timezone.now())


def url(model, page, *args):
    return reverse(f"admin:appointments_{model}_{page}", args=args)


def add(client, **fields):
    return client.post(url("cancellationpolicy", "add"), fields)


def text(response):
    return response.content.decode()


def test_a_rule_of_an_agenda_holds_at_once(desk, booked):
    assert cancellation.rules_for(booked) == NETWORK

    saved = add(desk, schedule=booked.schedule_id, cancel_notice_minutes=120)

    assert saved.status_code == 302
    rules = cancellation.rules_for(booked)
    assert rules.cancel_notice == timedelta(hours=2)
    assert rules.said_by["cancel_notice"] == "schedule"


@pytest.mark.parametrize("levels", [(), ("schedule", "site")])
def test_a_rule_is_of_one_level(desk, booked, levels):
    keys = {level: getattr(booked, f"{level}_id") for level in levels}

    assert "Escoja un solo nivel" in text(add(desk, **keys, most_changes=1))
    assert CancellationPolicy.objects.count() == 1


def test_the_page_says_what_results_and_who_said_it(desk, booked):
    add(desk, specialty=booked.schedule.specialty_id, online="phone")
    row = CancellationPolicy.objects.get(is_default=None)

    shown = text(desk.get(url("cancellationpolicy", "change", row.pk)))

    assert "solo por teléfono <small>(la especialidad)" in shown
    assert "Cancelar hasta 24 horas antes <small>(toda la red)" in shown
    listed = text(
        desk.get(url("cancellationpolicy", "changelist") + "?nivel=specialty")
    )
    assert "La especialidad" in listed


def test_the_rules_of_the_network_stay(desk):
    row = CancellationPolicy.objects.get(is_default=True)

    answer = desk.post(url("cancellationpolicy", "delete", row.pk), {"post": "yes"})

    assert answer.status_code == 403
    desk.post(
        url("cancellationpolicy", "changelist"),
        {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
    )
    assert CancellationPolicy.objects.filter(is_default=True).exists()


def test_who_runs_agendas_writes_rules_and_reception_does_not(client):
    enter(client, member(role="Agendas"))
    assert client.get(url("cancellationpolicy", "changelist")).status_code == 200
    client.logout()
    enter(client, member(role="Recepción", username="recepcion"))
    assert client.get(url("cancellationpolicy", "changelist")).status_code == 403


def cancel(client, *appointments, **fields):
    chosen = [one.pk for one in appointments]
    return client.post(
        f"{url('appointment', 'changelist')}?dia=todos",
        {"action": "cancel_by_clinic", "_selected_action": chosen, **fields},
        follow=True,
    )


def test_the_clinic_asks_before_it_cancels(desk, booked):
    asked = text(cancel(desk, booked))

    assert "A cada paciente le pedimos disculpas" in asked
    assert booked.reference in asked
    without = cancel(desk, booked, confirmado="si")
    assert without.status_code == 422
    assert "Escriba el motivo" in text(without)
    booked.refresh_from_db()
    assert booked.status == Appointment.Status.BOOKED


def test_the_clinic_cancels_and_each_patient_is_told(desk, booked):
    done = text(cancel(desk, booked, confirmado="si", motivo="Enfermedad"))

    assert "Canceladas y avisadas" in done
    booked.refresh_from_db()
    assert booked.status == Appointment.Status.CANCELLED
    assert booked.events.last().reason == "Enfermedad"
    assert not OutgoingMessage.objects.filter(kind="appointments.cancelled").exists()

    again = text(cancel(desk, booked, confirmado="si", motivo="Enfermedad"))
    assert "ya no está en pie" in again


def test_reception_cancels_at_its_own_sites_alone(client, booked):
    """ACC-07"""
    user = member(role="Recepción", username="recepcion")
    enter(client, user)

    cancel(client, booked, confirmado="si", motivo="x")
    booked.refresh_from_db()
    assert booked.status == Appointment.Status.BOOKED

    user.sites.add(booked.site)
    cancel(client, booked, confirmado="si", motivo="x")
    booked.refresh_from_db()
    assert booked.status == Appointment.Status.CANCELLED
