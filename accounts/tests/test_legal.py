"""The texts that people read: versions, safely drawn."""

import pytest

from accounts import consents, legal
from accounts.models import LegalText
from accounts.tests.factories import UserFactory
from accounts.tests.places import HERE
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db


def publish(body="Otro texto."):
    return legal.publish(
        kind="terminos",
        title="Términos",
        body=body,
        by=UserFactory(staff=True),
        origin=HERE,
        now=NOON,
    )


@pytest.mark.parametrize("kind", LegalText.Kind.values)
def test_every_text_has_a_first_version_that_anybody_reads(client, kind):
    answer = client.get(f"/legal/{kind}/")

    assert answer.status_code == 200
    assert answer.context["text"] == consents.current(kind)


def test_a_version_published_later_is_the_one_in_force(client):
    text = publish()

    assert client.get("/legal/terminos/").context["text"] == text


def test_an_earlier_version_stays_readable(client):
    """PRV-02: what was accepted is what is shown, whatever is in force."""
    before = consents.current("terminos")
    publish()

    page = client.get(f"/legal/terminos/{before.version}/").content.decode()

    assert "Su cuenta" in page
    assert "Esta versión ya no rige" in page


def test_the_fingerprint_is_of_the_text_as_it_is():
    """PRV-02."""
    text = consents.current("datos-de-salud")

    assert text.sha256 == legal.fingerprint(title=text.title, body=text.body)


def test_a_text_is_drawn_as_text(client):
    publish("<script>alert(1)</script>\n\n{{ settings.SECRET_KEY }}")

    page = client.get("/legal/terminos/").content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ settings.SECRET_KEY }}" in page


def test_subtitles_paragraphs_and_lists_are_told_apart():
    found = legal.blocks("Uno\ndos.\r\n\r\n## Tres\n\n- cuatro\n- cinco\n\n\n")

    assert [(block.kind, block.lines) for block in found] == [
        ("paragraph", ("Uno dos.",)),
        ("subtitle", ("Tres",)),
        ("items", ("cuatro", "cinco")),
    ]


@pytest.mark.parametrize(
    "path", ["nada", "terminos/9", "terminos/0", "terminos/" + "9" * 20]
)
def test_what_is_not_there_is_a_404(client, path):
    assert client.get(f"/legal/{path}/").status_code == 404


@pytest.mark.parametrize(
    "topic",
    [
        "Cómo funciona",
        "alcance",
        "Beneficios",
        "Riesgos",
        "Responsabilidades",
        "Privacidad",
        "comunicamos",
        "emergencia",
    ],
)
def test_the_telehealth_consent_says_what_the_resolution_asks(topic):
    """Res. 2654 de 2019."""
    assert topic in consents.current("telesalud").body


@pytest.mark.parametrize(
    "right",
    [
        "Conocer",
        "actualizarlos",
        "corregirlos",
        "prueba",
        "Retirar",
        "Superintendencia",
    ],
)
def test_the_privacy_policy_names_the_rights(right):
    """PRV-04."""
    assert right in consents.current("privacidad").body


def test_the_health_authorisation_says_that_it_is_optional():
    """PRV-01."""
    body = consents.current("datos-de-salud").body

    assert "no tiene la obligación de autorizar" in body
