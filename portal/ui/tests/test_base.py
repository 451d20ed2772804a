"""What every page has around it: ux.md §4, `.top` and `.foot`."""

import re
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string

from portal.ui.context import organisation


def base(**context) -> str:
    return render_to_string("base.html", {**organisation(None), **context})


PATIENT = SimpleNamespace(is_authenticated=True, patient_id=7)
EMPLOYEE = SimpleNamespace(is_authenticated=True, patient_id=None)


def menu(page: str) -> list[str]:
    part = re.search(r'<ul class="menu">(.*?)</ul>', page, re.DOTALL)[1]
    return re.findall(r"<(?:a|button)[^>]*>([^<]+)<", part)


def test_a_visitor_may_sign_in_or_register():
    assert menu(base(nav="registro")) == ["Iniciar sesión", "Registrarme"]


def test_a_patient_has_appointments_data_and_the_way_out():
    page = base(user=PATIENT, nav="citas")

    assert menu(page) == ["Mis citas", "Mis datos", "Cerrar sesión"]
    assert '<a href="/citas/" aria-current="page">Mis citas</a>' in page


def test_who_is_no_patient_has_the_clinic_s_own_door():
    assert menu(base(user=EMPLOYEE)) == ["Administración", "Cerrar sesión"]


def test_signing_out_is_a_post():
    page = base(user=PATIENT)

    assert re.search(r'<form action="/[^"]+" method="post">', page)


def test_the_title_says_that_there_are_errors():
    page = base(form=SimpleNamespace(errors={"a": ["b"]}))

    assert "<title>Error: " in page


def test_help_is_in_the_same_place_on_every_page(settings):
    settings.ORGANISATION = {
        **settings.ORGANISATION,
        "phone": "604 555 0199",
        "phone_link": "+576045550199",
        "hours": "Todos los días, de 7:00 a. m. a 8:00 p. m.",
    }

    page = base()

    assert '<a class="nowrap" href="tel:+576045550199">604 555 0199</a>' in page
    assert "de 7:00\xa0a.\xa0m. a 8:00\xa0p.\xa0m." in page
    assert '<a href="tel:123">123</a>' in page
    assert re.findall(r'<li><a href="([^"]+)">\w+</a></li>', page)[-3:] == [
        "/legal/privacidad/",
        "/legal/accesibilidad/",
        "/legal/terminos/",
    ]


def test_the_demo_says_so_and_shows_its_messages(settings):
    settings.DEMO = True

    assert "Esta es una demostración" in base()


def test_elsewhere_nothing_speaks_of_a_demo():
    assert "demostración" not in base()


@pytest.mark.django_db
def test_the_front_page_asks_the_database_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/")


def test_the_front_page_promises_nothing_that_is_not_there_yet(client):
    page = client.get("/").content.decode()

    assert [
        word
        for word in ("ancel", "ambie", "recordamos", "familiar", "lista de espera")
        if word in page
    ] == []
