"""«Mis datos» and its pages: what they show, to whom, and what no input does to them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts import consents
from accounts.models import Consent, Coverage, LegalText
from accounts.presenters.my_data import device
from accounts.tests.factories import (
    ContactDeviceFactory,
    CoverageFactory,
    UserFactory,
)
from accounts.tests.places import HERE
from catalog.tests.factories import AgreementFactory
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db
PRIVATE = [
    "/cuenta/",
    "/cuenta/clave/",
    "/cuenta/cambiar/celular/",
    "/cuenta/cambiar/correo/",
    "/cuenta/convenios/",
    "/cuenta/convenios/nuevo/",
    "/cuenta/aplicacion/",
    "/cuenta/aplicacion/activar/",
    "/cuenta/sesiones/",
    "/cuenta/permisos/",
    "/cuenta/personas/",
    "/cuenta/personas/nueva/",
    "/cuenta/copia/",
    "/cuenta/quien-vio/",
    "/cuenta/reclamos/",
    "/cuenta/reclamos/nuevo/",
    "/cuenta/cerrar/",
]
POST_ONLY = [
    "/cuenta/sesiones/1/cerrar/",
    "/cuenta/sesiones/cerrar-las-demas/",
    "/cuenta/permisos/mensajes/",
    "/cuenta/permisos/sin-mensajes/",
    "/sesion/cerrar/",
    "/clave/codigo/otro/",
    "/ingresar/sin-celular/codigo/otro/",
]
FORMS = [
    "/clave/",
    "/clave/codigo/",
    "/clave/codigo/confirmar/",
    "/clave/nueva/",
    "/ingresar/sin-celular/",
    "/ingresar/sin-celular/celular/",
    "/ingresar/sin-celular/codigo/",
    "/ingresar/sin-celular/clave/",
    "/cuenta/clave/",
    "/cuenta/cambiar/celular/",
    "/cuenta/cambiar/correo/",
    "/cuenta/convenios/nuevo/",
    "/cuenta/aplicacion/",
    "/cuenta/aplicacion/activar/",
]
FIELDS = (
    "tipo",
    "numero",
    "humano_0",
    "humano_1",
    "canal",
    "codigo",
    "nueva",
    "actual",
    "clave",
    "destino",
    "convenio",
    "afiliacion",
)


@pytest.fixture
def rosa(client):
    user = UserFactory(patient__email="rosa@example.com")
    ContactDeviceFactory(user=user)
    client.force_login(user)
    return user


def test_my_data_says_who_i_am(client, rosa):
    rows = client.get("/cuenta/").context["rows"]

    assert [(row.name, row.value, row.hint) for row in rows][:4] == [
        ("Nombre", "Rosa Elena Martínez Gómez", ""),
        ("Documento", f"Cédula de ciudadanía {rosa.patient.document_number}", ""),
        ("Celular", "310 555 0178", "Sin confirmar"),
        ("Correo", "rosa@example.com", ""),
    ]


@pytest.mark.parametrize("address", PRIVATE)
def test_pages_open_and_are_not_kept(client, rosa, address):
    """SES-06."""
    answer = client.get(address)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", PRIVATE)
def test_who_is_out_signs_in_first(client, address):
    """SES-02."""
    assert client.get(address).headers["Location"] == f"/ingresar/?next={address}"


@pytest.mark.parametrize("address", PRIVATE)
def test_staff_who_is_no_patient_has_no_such_pages(client, address):
    client.force_login(UserFactory(staff=True))

    assert client.get(address).status_code == 403


@pytest.mark.parametrize("address", POST_ONLY)
def test_a_link_changes_nothing(client, rosa, address):
    """WEB-03."""
    assert client.get(address).status_code == 405


@pytest.mark.parametrize("address", PRIVATE)
def test_a_page_costs_few_queries(client, rosa, address, django_assert_max_num_queries):
    client.get(address)

    with django_assert_max_num_queries(12):
        client.get(address)


def test_my_data_costs_the_same_with_many_agreements(
    client, rosa, django_assert_max_num_queries
):
    CoverageFactory.create_batch(5, patient=rosa.patient)
    client.get("/cuenta/")

    with django_assert_max_num_queries(12):
        client.get("/cuenta/")


def test_declaring_an_agreement(client, rosa):
    agreement = AgreementFactory(name="Plan Oro")

    client.post(
        "/cuenta/convenios/nuevo/", {"convenio": agreement.pk, "afiliacion": " 00 12 "}
    )

    declared = Coverage.objects.get(patient=rosa.patient)
    assert (declared.agreement, declared.state) == (agreement, "declared")
    assert declared.member_number == "00 12"
    assert "Por verificar" in client.get("/cuenta/convenios/").content.decode()


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("", "Escriba su número de afiliación"),
        ("   ", "Escriba su número de afiliación"),
        ("---", "Escriba solo letras, números y guiones"),
        ("12/34", "Escriba solo letras, números y guiones"),
        ("<b>12</b>", "Escriba solo letras, números y guiones"),
        ("1" * 31, "Escriba máximo 30 letras"),
    ],
)
def test_an_agreement_is_declared_with_its_member_number(client, rosa, number, said):
    """Payer, plan and member number."""
    form = {"convenio": AgreementFactory().pk, "afiliacion": number}

    answer = client.post("/cuenta/convenios/nuevo/", form)

    assert answer.status_code == 422
    assert answer.context["form"].errors["afiliacion"] == [said]
    assert Coverage.objects.count() == 0


def test_only_what_is_offered_can_be_declared(client, rosa):
    """A19: a tampered choice."""
    particular = AgreementFactory(particular=True)

    answer = client.post(
        "/cuenta/convenios/nuevo/", {"convenio": particular.pk, "afiliacion": "AB-1"}
    )

    assert answer.status_code == 422
    assert Coverage.objects.count() == 0


def test_fields_that_the_form_does_not_have_are_ignored(client, rosa):
    """ACC-06."""
    agreement, other = AgreementFactory(), UserFactory()

    client.post(
        "/cuenta/convenios/nuevo/",
        {
            "convenio": agreement.pk,
            "afiliacion": "AB-1",
            "state": "verified",
            "patient": other.patient.pk,
        },
    )

    declared = Coverage.objects.get()
    assert (declared.state, declared.patient) == ("declared", rosa.patient)


def test_another_persons_agreements_are_not_shown(client, rosa):
    """ACC-01."""
    CoverageFactory(agreement__name="EPS de otra persona")

    page = client.get("/cuenta/convenios/").content.decode()

    assert "EPS de otra persona" not in page


def test_choosing_and_dropping_the_other_messages(client, rosa):
    """PRV-01: the optional permission, apart from the others."""
    client.post("/cuenta/permisos/mensajes/")
    rosa.patient.refresh_from_db()
    assert rosa.patient.wants_messages

    client.post("/cuenta/permisos/sin-mensajes/")

    rosa.patient.refresh_from_db()
    assert not rosa.patient.wants_messages
    assert Consent.objects.get(given_by=rosa).withdrawn_at is not None


def test_what_was_accepted_is_listed_with_its_version(client, rosa):
    """PRV-02."""
    consents.give(
        patient=rosa.patient,
        kind=LegalText.Kind.TERMS,
        by=rosa,
        origin=HERE,
        now=NOON,
    )

    page = client.get("/cuenta/permisos/").content.decode()

    assert "/legal/terminos/1/" in page
    assert "lunes 23 de noviembre de 2026" in page


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17) Safari/604.1", "Safari en iPhone"),
        ("Mozilla/5.0 (Linux; Android 6) Chrome/106", "Chrome en Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Edg/120", "Edge en Windows"),
        ("curl/8", "Navegador"),
        ("", "Navegador"),
    ],
)
def test_browsers_are_named_as_people_do(agent, name):
    assert device(agent) == name


texts = st.text(max_size=60) | st.sampled_from(
    ["\x00", "9" * 20, "CC", "email", "sms", "123456", "passed", "-1", "' OR 1=1 --"]
)


class NoInputBreaksAForm(TestCase):
    """WEB-07: whatever is typed, the answer is a page or a redirect."""

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(
        address=st.sampled_from(FORMS),
        data=st.dictionaries(
            st.sampled_from(FIELDS),
            texts | st.lists(texts, max_size=3),
            max_size=6,
        ),
        inside=st.booleans(),
    )
    def test_no_form_breaks(self, address, data, inside):
        if inside:
            self.client.force_login(UserFactory())

        answer = self.client.post(address, data)

        assert answer.status_code < 500
