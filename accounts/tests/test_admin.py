"""The admin: who enters it, what it never does, and what it writes down."""

import pytest
from django.test import Client

from accounts.models import (
    Consent,
    Coverage,
    LegalText,
    RecoveryCode,
    User,
)
from accounts.tests import at_the_desk
from accounts.tests.factories import (
    ContactDeviceFactory,
    CoverageFactory,
    PatientFactory,
    UserFactory,
)
from portal.audit.models import AuditEvent

pytestmark = pytest.mark.django_db

EVERY_PAGE = [
    "/admin/",
    "/admin/accounts/patient/",
    "/admin/accounts/patient/add/",
    "/admin/accounts/coverage/",
    "/admin/accounts/coverage/add/",
    "/admin/accounts/user/",
    "/admin/accounts/consent/",
    "/admin/accounts/legaltext/",
    "/admin/accounts/legaltext/add/?kind=terminos",
    "/admin/audit/auditevent/",
    "/admin/messaging/outgoingmessage/",
]


@pytest.fixture
def desk(client):
    """A browser of the reception."""
    at_the_desk.enter(client, at_the_desk.member())
    return client


@pytest.fixture
def chief(client):
    at_the_desk.enter(client, at_the_desk.chief())
    return client


def test_staff_enters_with_password_and_app(client):
    answer = at_the_desk.enter(client, at_the_desk.member())

    assert answer.headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("code", ["", "000000", "no", "١٢٣٤٥٦", "9" * 20])
def test_admin_refuses_without_the_app_code(client, code):
    """AUT-17."""
    user = at_the_desk.member()
    if code == at_the_desk.app_code(user):
        code = "000001"

    answer = at_the_desk.enter(client, user, code=code)

    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


def test_admin_says_the_same_for_a_wrong_password_and_a_wrong_code(client):
    """ENU-01: which of the three was wrong is not told."""
    user = at_the_desk.member()

    by_code = at_the_desk.enter(client, user, code="000000")
    by_password = at_the_desk.enter(Client(), user, password="otra cosa larga")

    told = [
        list(answer.context["form"].non_field_errors())
        for answer in (by_code, by_password)
    ]
    assert (
        told == [["Revise el usuario, la contraseña y el código de la aplicación."]] * 2
    )


def test_staff_who_entered_by_message_is_sent_to_the_admins_own_sign_in(client):
    """AUT-17: never SMS only, even for who has permissions."""
    user = UserFactory(is_staff=True, is_superuser=True)
    device = ContactDeviceFactory(user=user)
    client.force_login(user)
    session = client.session
    session["otp_device_id"] = device.persistent_id
    session.save()

    answer = client.get("/admin/accounts/patient/")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")


def test_a_patient_does_not_enter_the_admin(client):
    client.force_login(UserFactory())

    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("address", EVERY_PAGE)
def test_every_page_opens_for_the_chief(chief, address):
    assert chief.get(address).status_code == 200


def test_libraries_show_no_pages_of_their_own(chief):
    page = chief.get("/admin/").content.decode()

    assert not any(app in page for app in ("/axes/", "/otp_totp/", "/captcha/"))


def test_nobody_deletes_patients(chief):
    """ACC-08."""
    patient = PatientFactory()

    answer = chief.post(
        f"/admin/accounts/patient/{patient.pk}/delete/", {"post": "yes"}
    )

    assert answer.status_code == 403
    assert (
        "delete_selected" not in chief.get("/admin/accounts/patient/").content.decode()
    )


def test_opening_a_patient_is_written_down(desk):
    """ACC-07, LOG-01: exactly one record, with who and whom."""
    patient = PatientFactory()

    desk.get(f"/admin/accounts/patient/{patient.pk}/change/")

    event = AuditEvent.objects.get(action="admin.patient.viewed")
    assert (event.patient_ref, event.actor.username) == (patient.token, "ana.pena")


def test_reception_finds_a_patient_by_document(desk):
    PatientFactory(document_number="52123456", given_names="Rosa")
    PatientFactory(document_number="99123456", given_names="Julia")

    page = desk.get("/admin/accounts/patient/?q=52123456").content.decode()

    assert "Rosa" in page
    assert "Julia" not in page


def test_no_password_can_be_written_in_the_admin(chief):
    """AUT-19."""
    user = UserFactory()
    before = user.password

    page = chief.get(f"/admin/accounts/user/{user.pk}/change/")
    chief.post(
        f"/admin/accounts/user/{user.pk}/change/",
        {"is_active": "on", "password": "clave puesta por otro", "groups": []},
    )

    user.refresh_from_db()
    assert user.password == before
    assert "password" not in page.context["adminform"].form.fields
    assert chief.get(f"/admin/accounts/user/{user.pk}/password/").status_code in (
        302,
        404,
    )


def test_reception_cannot_make_itself_more(desk):
    """ACC-06: the reception reads accounts and changes none."""
    me = User.objects.get(username="ana.pena")

    answer = desk.post(
        f"/admin/accounts/user/{me.pk}/change/", {"is_superuser": "on", "groups": []}
    )

    me.refresh_from_db()
    assert (answer.status_code, me.is_superuser) == (403, False)


def test_deactivating_an_account_closes_its_browsers(chief):
    """SES-03."""
    theirs, user = Client(), UserFactory()
    theirs.force_login(user)
    theirs.get("/cuenta/")

    chief.post(f"/admin/accounts/user/{user.pk}/change/", {"groups": [], "sites": []})

    assert theirs.get("/cuenta/").headers["Location"].startswith("/ingresar/")


def test_reception_hands_over_a_recovery_code_after_seeing_the_document(desk):
    """AUT-19."""
    user = UserFactory()
    page = f"/admin/accounts/patient/{user.patient.pk}/codigo/"

    unseen = desk.post(page)
    seen = desk.post(page, {"visto": "si"})

    assert "issued" not in unseen.context or unseen.context["issued"] is None
    assert RecoveryCode.objects.get().issued_by.username == "ana.pena"
    assert seen.context["issued"].code in seen.content.decode()


def test_reception_confirms_an_identity(desk):
    user = UserFactory(patient__provisional=True, identity_confirmed_at=None)

    desk.post(f"/admin/accounts/patient/{user.patient.pk}/identidad/", {"visto": "si"})

    user.refresh_from_db()
    assert user.identity_confirmed_at is not None


@pytest.mark.parametrize("task", ["codigo", "identidad"])
def test_who_may_not_change_patients_does_nothing_at_the_desk(client, task):
    user = UserFactory()
    at_the_desk.enter(client, at_the_desk.member())
    User.objects.get(username="ana.pena").groups.clear()

    answer = client.post(
        f"/admin/accounts/patient/{user.patient.pk}/{task}/", {"visto": "si"}
    )

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("action", "state"), [("verify", "verified"), ("reject", "rejected")]
)
def test_reception_decides_on_a_declared_coverage(desk, action, state):
    coverage = CoverageFactory(state="declared", verified_at=None)

    desk.post(
        "/admin/accounts/coverage/",
        {"action": action, "_selected_action": [coverage.pk]},
    )

    coverage.refresh_from_db()
    assert (coverage.state, coverage.verified_by.username) == (state, "ana.pena")


def test_declared_coverages_come_first(desk):
    CoverageFactory()
    waiting = CoverageFactory(state="declared", verified_at=None)

    page = desk.get("/admin/accounts/coverage/")

    assert page.context["cl"].result_list[0] == waiting


def test_a_coverage_that_staff_adds_is_verified(desk):
    patient, agreement = PatientFactory(), CoverageFactory().agreement

    desk.post(
        "/admin/accounts/coverage/add/",
        {"patient": patient.pk, "agreement": agreement.pk, "member_number": "7"},
    )

    added = Coverage.objects.get(patient=patient)
    assert (added.state, added.verified_by.username) == ("verified", "ana.pena")


def test_editing_a_legal_text_publishes_the_next_version(chief):
    """PRV-02: the version before stays as it was."""
    before = LegalText.objects.get(kind="terminos")

    chief.post(
        "/admin/accounts/legaltext/add/",
        {"kind": "terminos", "title": "Términos", "body": "Otro texto."},
    )

    after = LegalText.objects.get(kind="terminos", version=2)
    assert after.body == "Otro texto."
    assert LegalText.objects.get(pk=before.pk).body == before.body
    assert chief.post(
        f"/admin/accounts/legaltext/{before.pk}/change/", {"body": "x"}
    ).status_code in (302, 403)
    assert LegalText.objects.get(pk=before.pk).body == before.body


def test_consents_are_only_read(chief):
    assert chief.get("/admin/accounts/consent/add/").status_code == 403
    assert Consent.objects.count() == 0
