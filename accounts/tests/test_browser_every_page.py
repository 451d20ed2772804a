"""Every page of the account, on a phone and on a desktop, light and dark (axe)."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts import codes, data_claims, legal, recovery
from accounts.models import Challenge, LegalText, User
from accounts.tests import at_the_desk, walk
from accounts.tests.factories import (
    PASSWORD,
    ContactDeviceFactory,
    CoverageFactory,
    GuardianshipFactory,
    UserFactory,
)
from accounts.tests.places import HERE
from portal.messaging.models import DemoMessage
from portal.messaging.tests.factories import queued
from portal.testing import tour
from portal.testing.tour import Tour

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("legal_texts", "smtp_server", "twilio_server"),
]
RESET = {"tipo": "CC", "numero": walk.DOCUMENT["numero"], "humano_1": "passed"}
PRIVATE = [
    "/cuenta/",
    "/cuenta/clave/",
    "/cuenta/cambiar/correo/",
    "/cuenta/cambiar/celular/",
    "/cuenta/convenios/",
    "/cuenta/convenios/nuevo/",
    "/cuenta/personas/",
    "/cuenta/personas/nueva/",
    "/cuenta/aplicacion/",
    "/cuenta/sesiones/",
    "/cuenta/permisos/",
    "/cuenta/copia/",
    "/cuenta/quien-vio/",
    "/cuenta/reclamos/",
    "/cuenta/reclamos/nuevo/",
    "/cuenta/cerrar/",
]


@pytest.fixture
def visit(page):
    """A browser in which nobody is signed in."""
    return Tour(page)


def test_every_page_is_for_everybody(visit):
    """WCAG 2.2 AA and the contrast of AAA, and nothing from elsewhere (WEB-09)."""
    registering(visit)
    signing_in(visit)
    changed_terms(visit)
    forgetting(visit)
    losing_the_phone(visit)
    ones_own_data(visit)
    family(visit)
    the_app(visit)
    an_invitation(visit)
    at_work(visit)
    too_many_passwords(visit)

    assert tour.pages("accounts") - visit.seen == set()


def test_the_page_of_the_demo_is_for_everybody(visit, settings):
    settings.DEMO = True
    visit.open("/demo/mensajes/")
    text = "Su código de la Oficina virtual es 123456. https://citas.example/s/Ab3"
    DemoMessage.objects.create(
        message=queued("sms"), channel="sms", to="+573105550178", text=text
    )
    visit.open("/demo/mensajes/")

    assert tour.pages("messaging") - visit.seen == set()


def registering(visit):
    new = Client()
    visit.open("/registro/")
    walk.validate(new)
    visit.enter(new)
    visit.open("/registro/datos/")
    walk.fill_in(new)
    visit.open("/registro/codigo/")
    walk.ask_code(new)
    visit.open("/registro/codigo/confirmar/")
    walk.confirm(new, codes.derive(walk.last_challenge(new)))
    visit.enter(new)
    visit.open("/registro/listo/")


def signing_in(visit):
    half = Client()
    visit.open("/ingresar/")
    walk.type_password(half, User.objects.get())
    visit.enter(half)
    visit.open("/ingresar/codigo/")
    half.post("/ingresar/codigo/", {"canal": "email"})
    visit.open("/ingresar/codigo/confirmar/")


def changed_terms(visit):
    """The code was right, and the terms have a version that nobody has accepted."""
    somebody = walk.resident()
    text = LegalText.objects.get(kind=LegalText.Kind.TERMS)
    LegalText.objects.create(
        kind=text.kind,
        version=2,
        title=text.title,
        body="Otro.",
        sha256=legal.fingerprint(title=text.title, body="Otro."),
        published_at=timezone.now(),
    )
    half = Client()
    walk.sign_in(half, somebody)
    visit.enter(half)
    visit.open("/ingresar/textos/", "/legal/terminos/", "/legal/terminos/1/")
    visit.open("/legal/privacidad/", "/legal/telesalud/")


def forgetting(visit):
    somebody = Client()
    visit.open("/clave/")
    somebody.post("/clave/", RESET)
    visit.enter(somebody)
    visit.open("/clave/codigo/")
    somebody.post("/clave/codigo/", {"canal": "email"})
    visit.open("/clave/codigo/confirmar/")
    code = codes.derive(last_sent())
    somebody.post("/clave/codigo/confirmar/", {"codigo": code})
    visit.enter(somebody)
    visit.open("/clave/nueva/")


def last_sent():
    return Challenge.objects.latest("created_at")


def losing_the_phone(visit):
    visit.open("/ingresar/sin-celular/")
    account, now = User.objects.filter(patient__isnull=False).first(), timezone.now()
    desk = UserFactory(staff=True)
    code = recovery.issue(account=account, by=desk, origin=HERE, now=now).code
    somebody = Client()
    somebody.post(
        "/ingresar/sin-celular/",
        {
            "tipo": "CC",
            "numero": account.patient.document_number,
            "codigo": code,
            "humano_1": "passed",
        },
    )
    visit.enter(somebody)
    visit.open("/ingresar/sin-celular/celular/", "/ingresar/sin-celular/correo/")


def ones_own_data(visit):
    somebody = somebody_with_everything()
    claim = data_claims.file(
        patient=somebody.patient,
        kind="correct",
        text="Mi apellido es Gómez.",
        by=somebody,
        origin=HERE,
        now=timezone.now(),
    )
    visit.enter(inside(somebody))
    visit.open(*PRIVATE, f"/cuenta/reclamos/{claim.pk}/")


def family(visit):
    """Somebody to act for: their agreements, and ending it."""
    row = GuardianshipFactory()
    mine = f"/cuenta/personas/{row.pk}/terminar/"
    his = f"/cuenta/personas/{row.dependant.token}/convenios/"
    visit.enter(inside(row.asked_by))
    visit.open("/cuenta/personas/", mine, his, f"{his}nuevo/")


def somebody_with_everything():
    user = ContactDeviceFactory().user
    for state in ("verified", "declared", "rejected"):
        CoverageFactory(patient=user.patient, state=state)
    return user


def inside(user):
    client = Client()
    client.force_login(user)
    return client


def the_app(visit):
    user = ContactDeviceFactory().user
    visit.enter(inside(user))
    visit.open("/cuenta/aplicacion/activar/")
    visit.page.get_by_label("Código de 6 números").fill(at_the_desk.app_code(user))
    visit.page.get_by_label("Su contraseña").fill(PASSWORD)
    visit.press(visit.page.get_by_role("button", name="Activar"))
    visit.open("/cuenta/aplicacion/")


def an_invitation(visit):
    out = StringIO()
    call_command("create_staff", "ana.pena", "Ana Peña", stdout=out)
    visit.open("/personal/" + out.getvalue().strip().split("/personal/")[1])
    user = User.objects.get(username="ana.pena")
    visit.page.locator("[name=codigo]").fill(at_the_desk.app_code(user))
    visit.page.locator("[name=nueva]").fill(PASSWORD)
    visit.press(visit.page.get_by_role("button", name="Activar"))


def at_work(visit):
    """Staff have no pages of a patient."""
    visit.enter(inside(UserFactory(staff=True)))
    visit.open("/cuenta/", status=403)


def too_many_passwords(visit):
    """Staff after somebody else's guesses: the page that django-axes asks for (429)."""
    member = at_the_desk.member(username="recepcion")
    for _ in range(6):
        at_the_desk.enter(Client(), member, password="no es esta")
    visit.page.context.clear_cookies()
    visit.page.goto("/admin/")
    visit.page.get_by_label("Usuario").fill(member.username)
    visit.page.get_by_label("Contraseña").fill(PASSWORD)
    code = at_the_desk.app_code(member)
    visit.page.get_by_label("Código de la aplicación").fill(code)
    button = visit.page.get_by_role("button", name="Iniciar sesión")
    visit.press(button, status=429)
