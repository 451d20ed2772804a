"""Preferential attention at the desk: who may, what is written down, what is refused."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import PatientPriority
from accounts.tests import at_the_desk
from accounts.tests.factories import PatientFactory
from portal.audit.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient():
    return PatientFactory()


@pytest.fixture
def desk(client):
    at_the_desk.enter(client, at_the_desk.member())
    return client


def page(patient):
    return reverse("admin:accounts_patient_priorities", args=[patient.pk])


def record(desk, patient, **changes):
    today = timezone.localdate().isoformat()
    data = {"motivo": "pregnancy", "desde": today, "visto": "on"}
    return desk.post(page(patient), data | changes, follow=True)


def acts():
    named = AuditEvent.objects.filter(action__contains="priorit")
    return list(named.order_by("pk").values_list("action", flat=True))


def test_record_and_end(desk, patient):
    assert "No hay ninguna anotada." in desk.get(page(patient)).content.decode()
    said = record(desk, patient).content.decode()
    assert "La prioridad quedó anotada." in said
    assert "Gestante" in said
    row = PatientPriority.objects.get()
    assert row.recorded_by.username == "ana.pena"

    PatientPriority.objects.update(since=row.since - timedelta(days=9))
    done = desk.post(page(patient), {"terminar": row.pk}, follow=True)
    assert "La prioridad quedó terminada." in done.content.decode()
    row.refresh_from_db()
    assert row.until == timezone.localdate() - timedelta(days=1)
    assert 'value="Terminar"' not in done.content.decode()
    assert acts() == [
        "admin.patientpriority.viewed",
        "priority.recorded",
        "admin.patientpriority.viewed",
        "priority.ended",
        "admin.patientpriority.viewed",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"visto": ""}, "Marque la casilla"),
        ({"motivo": "zz"}, "zz"),
        ({"desde": "2999-01-01"}, "Empieza hoy o antes"),
        ({"desde": "2020-01-01", "hasta": "2020-02-01"}, "Ese último día ya pasó"),
        ({"desde": "2020-02-01", "hasta": "2020-01-01"}, "Termina antes de empezar"),
    ],
)
def test_what_cannot_be_is_asked_again(desk, patient, changes, said):
    answer = record(desk, patient, **changes)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not PatientPriority.objects.exists()


def test_the_same_twice_is_said(desk, patient):
    record(desk, patient)
    assert "ya está anotado" in record(desk, patient).content.decode()
    assert PatientPriority.objects.count() == 1


@pytest.mark.parametrize("key", ["zz", "9" * 40, "999999"])
def test_end_of_none_is_not_found(desk, patient, key):
    assert desk.post(page(patient), {"terminar": key}).status_code == 404


def test_end_of_another_person_is_not_found(desk, patient):
    record(desk, patient)
    row = PatientPriority.objects.get()
    other = PatientFactory()
    assert desk.post(page(other), {"terminar": row.pk}).status_code == 404


@pytest.mark.parametrize("role", ["Agendas", "Protección de datos"])
def test_other_roles_may_not(client, patient, role):
    at_the_desk.enter(client, at_the_desk.member(role=role))
    assert client.get(page(patient)).status_code == 403
    assert client.post(page(patient), {"motivo": "other"}).status_code == 403


def test_the_page_of_the_patient_leads_here(desk, patient):
    change = reverse("admin:accounts_patient_change", args=[patient.pk])
    assert page(patient) in desk.get(change).content.decode()


def test_who_is_sixty_needs_none(desk):
    older = PatientFactory(birth_date="1950-01-01")
    assert "Tiene 60 años o más" in desk.get(page(older)).content.decode()
