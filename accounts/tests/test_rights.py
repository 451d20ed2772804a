"""What a person may do about their own data (Ley 1581 de 2012; PRV-04, PRV-05, PRV-06)."""

import json
from datetime import UTC, date, datetime

import pytest
from django.test import Client

from accounts import closing, consents, data_claims
from accounts.errors import ClaimAnswered, StillExpected, TooManyClaims
from accounts.models import Consent, ContactDevice, DataClaim, LegalText, Patient, User
from accounts.tests import at_the_desk
from accounts.tests.factories import PASSWORD, ContactDeviceFactory, UserFactory
from accounts.tests.places import HERE
from portal.audit import trail
from portal.messaging.models import Channel, OutgoingMessage
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db
# Friday 4 December 2026 at 23:30 in Bogotá, when it is Saturday in UTC; the 8th is a holiday.
LATE = datetime(2026, 12, 5, 4, 30, tzinfo=UTC)


@pytest.fixture
def rosa(client):
    user = UserFactory()
    ContactDeviceFactory(user=user)
    client.force_login(user)
    return user


def file(user, **changes):
    facts = {
        "patient": user.patient,
        "kind": DataClaim.Kind.CORRECT,
        "text": "Mi apellido es Gómez.",
        "by": user,
        "origin": HERE,
        "now": NOON,
    }
    return data_claims.file(**facts | changes)


def decide(claim, **changes):
    return {"claim_id": claim.pk, "by": UserFactory(staff=True), "origin": HERE} | {
        "now": NOON,
        **changes,
    }


@pytest.mark.parametrize(
    ("kind", "due", "extended"),
    [
        (DataClaim.Kind.CONSULT, date(2026, 12, 21), date(2026, 12, 29)),
        (DataClaim.Kind.CORRECT, date(2026, 12, 29), date(2027, 1, 12)),
    ],
)
def test_the_clock_counts_business_days_from_the_day_in_bogota(kind, due, extended):
    """PRV-04: art. 14 and 15, over two holidays and Christmas."""
    claim = file(UserFactory(), kind=kind, now=LATE)

    assert claim.due_date == due
    longer = data_claims.extend(reason="Falta un archivo.", **decide(claim))
    assert longer.due_date == extended


def test_a_claim_is_extended_once_and_answered_once():
    claim = file(UserFactory())
    data_claims.extend(reason="Falta un archivo.", **decide(claim))
    with pytest.raises(ClaimAnswered):
        data_claims.extend(reason="Otra vez.", **decide(claim))

    data_claims.answer(text="Lo corregimos.", **decide(claim))

    with pytest.raises(ClaimAnswered):
        data_claims.answer(text="Otra respuesta.", **decide(claim))
    assert DataClaim.objects.get().answer == "Lo corregimos."


def test_each_step_of_a_claim_is_told_once(rosa):
    claim = file(rosa)
    data_claims.extend(reason="Falta un archivo.", **decide(claim))
    data_claims.answer(text="Lo corregimos.", **decide(claim))

    told = OutgoingMessage.objects.filter(subject_ref=str(claim.pk), channel="email")
    assert [row.event.rpartition(":")[2] for row in told.order_by("created_at")] == [
        "open",
        "extended",
        "answered",
    ]


def test_nobody_has_more_than_five_claims_open():
    user = UserFactory()
    first, *_ = [file(user) for _ in range(5)]

    with pytest.raises(TooManyClaims):
        file(user)
    data_claims.answer(text="Listo.", **decide(first))
    assert file(user).number


def test_a_claim_is_filed_and_read_on_its_page(client, rosa):
    page = client.post(
        "/cuenta/reclamos/nuevo/",
        {"clase": "delete", "texto": "Borren mi correo.\r\nGracias."},
        follow=True,
    )

    claim = DataClaim.objects.get()
    words = page.content.decode()
    assert claim.text == "Borren mi correo.\nGracias."
    assert claim.number in words
    assert "Antes del" in words
    assert claim.number in client.get("/cuenta/reclamos/").content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        {"clase": "", "texto": "Algo"},
        {"clase": "otra", "texto": "Algo"},
        {"clase": "delete", "texto": "  "},
        {"clase": "delete", "texto": "a" * 2001},
        {"clase": "delete", "texto": "a\u202eb"},
    ],
)
def test_a_claim_badly_filled_comes_back_with_what_was_typed(client, rosa, typed):
    page = client.post("/cuenta/reclamos/nuevo/", typed)

    assert page.status_code == 422
    assert not DataClaim.objects.exists()


def test_a_strangers_claim_is_not_there(client, rosa):
    """ACC-01."""
    other = file(UserFactory())

    assert client.get(f"/cuenta/reclamos/{other.pk}/").status_code == 404


def test_the_copy_asks_for_the_password(client, rosa):
    """PRV-06."""
    page = client.post("/cuenta/copia/", {"formato": "json", "clave": "otra cosa"})

    assert page.status_code == 422
    assert rosa.patient.document_number not in page.content.decode()


@pytest.mark.parametrize("form", ["json", "html"])
def test_the_copy_has_everything_and_is_written_down(client, rosa, form):
    """PRV-06, LOG-03."""
    consents.give(
        patient=rosa.patient,
        kind=LegalText.Kind.TERMS,
        by=rosa,
        origin=HERE,
        now=NOON,
    )
    claim = file(rosa)

    page = client.post("/cuenta/copia/", {"formato": form, "clave": PASSWORD})

    text = page.content.decode()
    assert page["Content-Disposition"].startswith("attachment")
    assert rosa.patient.document_number in text
    assert claim.number in text
    assert "Términos" in text
    assert "Citas" in text
    if form == "json":
        assert json.loads(text)["Sus datos"][0]["nombres"] == rosa.patient.given_names
    looked = client.get("/cuenta/quien-vio/").content.decode()
    assert "Descargó una copia de sus datos" in looked


def test_who_looked_says_the_role_and_never_the_name(client, rosa):
    """LOG-03."""
    desk = UserFactory(staff=True, staff_name="Marta Ruiz")
    trail.record(
        action="admin.patient.viewed", actor=desk, patient=rosa.patient, at=NOON
    )
    trail.record(action="admin.patient.viewed", actor=desk, at=NOON)

    page = client.get("/cuenta/quien-vio/").content.decode()

    assert page.count("Vio sus datos") == 1
    assert "La clínica" in page
    assert "Marta" not in page


def test_who_looked_goes_on_with_what_was_before(
    client, rosa, django_assert_max_num_queries
):
    for minute in range(59):
        trail.record(
            action="admin.patient.viewed",
            actor=UserFactory(staff=True),
            patient=rosa.patient,
            at=NOON.replace(minute=minute),
        )

    client.get("/cuenta/")
    with django_assert_max_num_queries(12):
        page = client.get("/cuenta/quien-vio/")
    older = client.get("/cuenta/quien-vio/", {"antes": page.context["older"]})

    assert len(page.context["looks"]) == 50
    assert len(older.context["looks"]) == 9
    assert client.get("/cuenta/quien-vio/?antes=ayer").status_code == 200


@pytest.mark.usefixtures("rosa")
@pytest.mark.parametrize(
    "moment",
    [
        "2026-13-01T00:00:00+00:00",
        "2026-01-01T25:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-11-20T10:00:00+99:99",
    ],
)
def test_who_looked_before_no_moment_at_all_is_the_whole_list(client, moment):
    page = client.get("/cuenta/quien-vio/", {"antes": moment})

    assert page.status_code == 200


def close(client, **typed):
    return client.post("/cuenta/cerrar/", {"seguro": "on", "clave": PASSWORD, **typed})


def test_closing_ends_the_account_and_keeps_the_record(client, rosa):
    """PRV-05: nobody signs in with it, and the person may register again."""
    ContactDeviceFactory(user=rosa, channel=Channel.SMS, destination="+573105550178")
    consents.give(
        patient=rosa.patient,
        kind=LegalText.Kind.TERMS,
        by=rosa,
        origin=HERE,
        now=NOON,
    )
    username, patient = rosa.username, rosa.patient

    answer = close(client)

    account = User.objects.get(pk=rosa.pk)
    assert answer["Location"] == "/"
    assert not account.is_active
    assert account.closed_at
    assert not account.has_usable_password()
    assert not User.objects.filter(username=username).exists()
    assert Patient.objects.get(pk=patient.pk).active
    assert not ContactDevice.objects.filter(user=account).exists()
    assert not Consent.objects.filter(patient=patient, withdrawn_at=None).exists()
    assert client.get("/cuenta/").status_code == 302
    told = OutgoingMessage.objects.filter(kind="accounts.contact_taken_off")
    assert {row.channel for row in told} == {"sms", "email"}


@pytest.mark.parametrize("typed", [{"clave": "otra cosa"}, {"seguro": ""}])
def test_an_account_is_not_closed_by_mistake(client, rosa, typed):
    assert close(client, **typed).status_code == 422
    assert User.objects.get(pk=rosa.pk).is_active


def test_nobody_leaves_while_something_waits_for_them(client, rosa, monkeypatch):
    monkeypatch.setattr(closing, "_waiting", [lambda patient, now: 2])

    page = client.get("/cuenta/cerrar/").content.decode()

    assert "2 citas o solicitudes pendientes" in page
    assert 'name="clave"' not in page
    assert close(client)["Location"] == "/cuenta/cerrar/"
    assert User.objects.get(pk=rosa.pk).is_active
    with pytest.raises(StillExpected):
        closing.close(user=rosa, password=PASSWORD, origin=HERE, now=NOON)


@pytest.mark.parametrize(
    "path",
    [
        "/cuenta/copia/",
        "/cuenta/quien-vio/",
        "/cuenta/reclamos/",
        "/cuenta/reclamos/nuevo/",
        "/cuenta/cerrar/",
    ],
)
def test_pages_ask_few_questions(client, rosa, path, django_assert_max_num_queries):
    client.get("/cuenta/")  # the browser is known from now on
    with django_assert_max_num_queries(12):
        assert client.get(path).status_code == 200


def test_a_claim_is_answered_in_the_admin(client, rosa):
    claim = file(rosa)
    at_the_admin = Client()
    at_the_desk.enter(at_the_admin, at_the_desk.member(role="Protección de datos"))
    url = f"/admin/accounts/dataclaim/{claim.pk}/change/"
    assert "Mi apellido es Gómez" in at_the_admin.get(url).content.decode()

    at_the_admin.post(url, {"extension_reason": "", "answer": "Lo corregimos."})

    claim.refresh_from_db()
    assert claim.state == DataClaim.State.ANSWERED
    assert claim.answered_by is not None
    listed = at_the_admin.get("/admin/accounts/dataclaim/").content.decode()
    assert claim.number in listed
