"""The queue of claims in the admin: who decides, with what, and what is written down."""

import pytest
from django.urls import reverse

from accounts.models import Guardianship, Patient, PatientDocument, User
from accounts.tests import at_the_desk
from accounts.tests.factories import (
    GuardianshipFactory,
    PatientFactory,
    UserFactory,
)
from portal.audit.models import AuditEvent

pytestmark = pytest.mark.django_db
State = Guardianship.State
SEEN = {"soporte": "Registro civil y cédula", "hasta": "", "visto": "on"}
QUEUE = "/admin/accounts/guardianship/"


@pytest.fixture
def desk(client):
    """A browser of the reception."""
    at_the_desk.enter(client, at_the_desk.member())
    return client


@pytest.fixture
def agendas(client):
    at_the_desk.enter(client, at_the_desk.member(role="Agendas"))
    return client


@pytest.fixture
def waiting():
    return GuardianshipFactory(asked=True, relation="parent", birth_date="1945-05-02")


def page(row, what):
    return reverse(f"admin:accounts_guardianship_{what}", args=[row.pk])


def test_the_queue_shows_who_waits_first(desk, waiting):
    GuardianshipFactory(asked_at="2026-01-01T12:00:00Z")

    rows = desk.get(QUEUE).context["cl"].result_list

    assert [row.state for row in rows] == [State.ASKED, State.APPROVED]
    assert AuditEvent.objects.filter(action="admin.guardianship.listed").exists()


def test_a_claim_is_read_and_not_retyped(desk, waiting):
    answer = desk.get(page(waiting, "change"))

    assert answer.status_code == 200
    assert "Aprobar" in answer.content.decode()
    assert desk.post(page(waiting, "change"), {"state": "approved"}).status_code == 403
    event = AuditEvent.objects.get(action="admin.guardianship.viewed")
    assert event.patient_ref == waiting.guardian.token


def test_what_was_typed_stands_beside_what_the_clinic_has(desk, waiting):
    record = PatientFactory(
        document_type=waiting.document_type,
        document_number=waiting.document_number,
        given_names="Ana Joaquina",
    )

    shown = desk.get(page(waiting, "approve")).content.decode()

    assert "Ana Joaquina" in shown
    assert waiting.document_number in shown
    event = AuditEvent.objects.get(action="admin.guardianship.deciding")
    assert event.patient_ref == record.token


def test_approved_after_seeing_the_papers(desk, waiting):
    answer = desk.post(page(waiting, "approve"), SEEN)

    waiting.refresh_from_db()
    assert answer.headers["Location"] == page(waiting, "change")
    assert (waiting.state, waiting.evidence) == (State.APPROVED, SEEN["soporte"])
    assert waiting.decided_by.username == "ana.pena"


@pytest.mark.parametrize("missing", ["soporte", "visto"])
def test_without_the_papers_nothing_is_approved(desk, waiting, missing):
    answer = desk.post(page(waiting, "approve"), {**SEEN, missing: ""})

    assert answer.status_code == 422
    waiting.refresh_from_db()
    assert waiting.state == State.ASKED


def test_who_is_not_identified_is_told_what_comes_first(desk, waiting):
    User.objects.filter(patient=waiting.guardian).update(identity_confirmed_at=None)

    answer = desk.post(page(waiting, "approve"), SEEN)

    assert answer.status_code == 422
    assert "Primero confirme en ventanilla la identidad" in answer.content.decode()


def test_refused_with_a_reason(desk, waiting):
    assert desk.post(page(waiting, "reject"), {"motivo": ""}).status_code == 422
    desk.post(page(waiting, "reject"), {"motivo": "No trajo el poder"})

    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == (State.REJECTED, "No trajo el poder")


def test_ended_with_a_reason(desk):
    row = GuardianshipFactory()

    desk.post(page(row, "end"), {"motivo": "Cambió la custodia"})

    row.refresh_from_db()
    assert (row.state, row.reason) == (State.ENDED, "Cambió la custodia")


def test_the_second_to_decide_is_told(desk, waiting):
    desk.post(page(waiting, "reject"), {"motivo": "No trajo el poder"})

    answer = desk.post(page(waiting, "approve"), SEEN, follow=True)

    assert "Otra persona ya decidió" in answer.content.decode()


@pytest.mark.parametrize("what", ["approve", "reject", "end"])
def test_who_has_no_permission_decides_nothing(agendas, waiting, what):
    """ACC-06."""
    for do in (agendas.get, agendas.post):
        assert do(page(waiting, what)).status_code == 403


@pytest.mark.parametrize("what", ["approve", "reject", "end"])
def test_a_patient_is_sent_to_the_admins_sign_in(client, waiting, what):
    client.force_login(UserFactory())

    assert client.get(page(waiting, what)).status_code in (302, 403)


# Documents.


@pytest.fixture
def grown():
    """Somebody with a tarjeta de identidad, an account, and eighteen years."""
    return UserFactory(
        patient__document_type="TI", patient__document_number="1099887766"
    )


def document_page(patient):
    return reverse("admin:accounts_patient_document", args=[patient.pk])


def test_the_desk_changes_a_document(desk, grown):
    answer = desk.post(
        document_page(grown.patient),
        {"tipo": "CC", "numero": "1.099.887.766", "visto": "on"},
    )

    assert answer.status_code == 302
    changed = Patient.objects.get(pk=grown.patient.pk)
    assert (changed.document_type, changed.document_number) == ("CC", "1099887766")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"tipo": "CC", "numero": "12"}, "Revise el número"),
        ({"tipo": "TI", "numero": "1099887766"}, "Ese es el documento que ya tiene"),
        ({"tipo": "CC", "numero": "52111222"}, "Otro paciente de la clínica"),
        ({"tipo": "CC", "numero": "52111333"}, "Ya hay una cuenta con ese documento"),
    ],
)
def test_each_refusal_says_what_to_do(desk, grown, sent, said):
    PatientFactory(document_number="52111222")
    UserFactory(patient__document_number="52111333", patient__provisional=True)

    answer = desk.post(document_page(grown.patient), {**sent, "visto": "on"})

    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_an_old_document_still_finds_the_patient(desk, grown):
    desk.post(
        document_page(grown.patient),
        {"tipo": "CC", "numero": "1000111222", "visto": "on"},
    )

    found = desk.get("/admin/accounts/patient/?q=1099887766").context["cl"].result_list

    assert [row.pk for row in found] == [grown.patient.pk]
    shown = desk.get(f"/admin/accounts/patient/{grown.patient.pk}/change/")
    assert "1099887766" in shown.content.decode()


def test_a_provisional_record_has_no_document_to_change(desk):
    typed = UserFactory(patient__provisional=True)

    answer = desk.post(
        document_page(typed.patient),
        {"tipo": "CC", "numero": "1000111222", "visto": "on"},
    )

    assert "Primero confirme la identidad" in answer.content.decode()
    assert not PatientDocument.objects.exists()


def test_an_account_of_somebody_else_is_retired(desk):
    account = UserFactory(patient__provisional=True, identity_confirmed_at=None)
    url = reverse("admin:accounts_patient_retire", args=[account.patient.pk])
    username = account.username

    assert "Retirar la cuenta" in desk.get(url).content.decode()
    desk.post(url)
    account.refresh_from_db()
    assert account.is_active
    desk.post(url, {"visto": "si"})

    account.refresh_from_db()
    assert not account.is_active
    assert account.username != username
    assert AuditEvent.objects.filter(action="account.retired").exists()


# --- Brought to the desk by who never asked -------------------------------------------


ADD = f"{QUEUE}add/"


@pytest.fixture
def mother():
    return PatientFactory(document_type="CC", document_number="52000111")


def brought(**changes):
    return {
        "tipo_acudiente": "CC",
        "numero_acudiente": "52.000.111",
        "relacion": "child",
        "tipo": "TI",
        "numero": "1099887766",
        "nombres": "Mateo",
        "apellidos": "Martínez",
        "nacimiento": "2019-03-27",
        "sexo": "male",
        "autorizo": "on",
        **changes,
    }


def test_the_desk_adds_a_guardian_who_never_asked(desk, mother):
    answer = desk.post(ADD, brought())

    row = Guardianship.objects.get()
    assert answer["Location"] == page(row, "approve")
    assert (row.state, row.guardian, row.dependant) == (State.ASKED, mother, None)
    assert row.consent_text.kind == "representante"
    assert row.asked_by.is_staff
    desk.post(answer["Location"], SEEN)
    row.refresh_from_db()
    assert (row.state, row.dependant.given_names) == (State.APPROVED, "Mateo")


@pytest.mark.usefixtures("mother")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"numero_acudiente": "1"}, "No está en la clínica"),
        ({"autorizo": ""}, "falta la autorización firmada"),
        ({"nacimiento": "1990-01-01"}, "no puede estar como hijo"),
        ({"tipo": "CC", "numero": "52000111"}, "de la misma persona"),
        ({"nombres": ""}, "obligatorio"),
    ],
)
def test_each_refusal_at_the_desk_is_said_and_nothing_is_lost(desk, changes, said):
    answer = desk.post(ADD, brought(**changes))

    text = answer.content.decode()
    assert answer.status_code == 422
    assert said in text
    assert "Martínez" in text
    assert not Guardianship.objects.exists()


@pytest.mark.usefixtures("mother")
def test_the_same_is_not_brought_twice(desk):
    desk.post(ADD, brought())

    answer = desk.post(ADD, brought())

    assert "Ya está pedido y espera aprobación" in answer.content.decode()


@pytest.mark.usefixtures("mother")
def test_who_has_no_permission_adds_nobody(agendas):
    assert agendas.get(ADD).status_code == 403
    assert agendas.post(ADD, brought()).status_code == 403
    assert not Guardianship.objects.exists()
