"""What the links of web calendars and maps carry out of the portal."""

from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from appointments import words
from appointments.presenters.calendars import web_calendars
from appointments.tests.factories import AppointmentFactory
from appointments.tests.network import at
from appointments.tests.steps import bogota

pytestmark = pytest.mark.django_db


@pytest.fixture
def appointment(network, paciente):
    return AppointmentFactory(
        schedule=network.schedules["luis"],
        booked_by=paciente,
        start=bogota(26, 10, 40, month=11),
    )


def fields(calendar):
    query = parse_qs(urlsplit(calendar.url).query, strict_parsing=True)
    return {name: values[0] for name, values in query.items()}


def test_each_says_when_in_utc(appointment):
    google, outlook, yahoo = map(fields, web_calendars(appointment))

    assert google["dates"] == "20261126T154000Z/20261126T160000Z"
    assert outlook["startdt"] == "2026-11-26T15:40:00Z"
    assert outlook["enddt"] == "2026-11-26T16:00:00Z"
    assert (yahoo["st"], yahoo["et"]) == ("20261126T154000Z", "20261126T160000Z")


def test_each_says_where_and_leads_back_to_us(appointment):
    page = (
        f"http://127.0.0.1:8000{reverse('appointments:detail', args=[appointment.pk])}"
    )
    where = "Sede Suba, Carrera 13 # 56-32, piso 2, Bogotá D. C."
    google, outlook, yahoo = map(fields, web_calendars(appointment))

    assert {google["location"], outlook["location"], yahoo["in_loc"]} == {where}
    assert {google["details"], outlook["body"], yahoo["desc"]} == {page}


def test_none_says_of_whom_or_of_what(appointment):
    for calendar in web_calendars(appointment):
        said = " ".join(fields(calendar).values())
        assert "Cita en IPS Guayacán" in said
        for word in ("Rosa", "Martínez", "Ecograf", "Radiolog", "Rincón"):
            assert word not in said
        assert "+" not in calendar.url


def test_the_map_of_the_phone_opens_at_the_building_only_if_it_is_known(appointment):
    site = appointment.site
    assert words.geo_url(site) == (
        "geo:0,0?q=Carrera%2013%20%23%2056-32%2C%20piso%202%2C%20Bogot%C3%A1%20D.%20C."
    )

    site.latitude, site.longitude = Decimal("4.643012"), Decimal("-74.064001")
    site.position_is_exact = True

    assert words.geo_url(site) == (
        "geo:4.643012,-74.064001?q=4.643012%2C-74.064001%28Sede%20Suba%29"
    )


@pytest.mark.parametrize("name", ["voucher", "detail"])
def test_the_pages_say_how_to_get_there(at_home, network, paciente, name):
    site = network.suba
    site.directions = "A dos calles de la estación.\nEntrada por la 115."
    site.save()
    made = AppointmentFactory(
        schedule=network.schedules["luis"], booked_by=paciente, start=at(3, 8)
    )

    page = at_home.get(reverse(f"appointments:{name}", args=[made.pk]))

    said = page.content.decode()
    assert "Cómo llegar" in said
    assert "A dos calles de la estación.<br>Entrada por la 115." in said
    assert "Acceso sin escaleras." in said
    assert 'href="geo:0,0?q=' in said
    assert 'href="https://www.openstreetmap.org/' in said
    assert "Estos enlaces salen de este portal." in said
    assert said.count('rel="noopener noreferrer"') >= 4


def test_a_virtual_one_has_no_way_to_get_there(at_home, network, paciente):
    made = AppointmentFactory(
        schedule=network.schedules["virtual"], booked_by=paciente, start=at(3, 8)
    )

    page = at_home.get(reverse("appointments:detail", args=[made.pk]))

    assert "Cómo llegar" not in page.content.decode()
    assert "Google Calendar" in page.content.decode()
