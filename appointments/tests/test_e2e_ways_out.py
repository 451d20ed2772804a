"""In a browser: who finds nothing takes what the page says would help, with and without JavaScript."""

import pytest
from django.test import Client

from appointments.models import Appointment
from appointments.tests import network as networks
from appointments.tests import tour_ways_out
from appointments.tests.network import at
from portal.testing import browser
from portal.testing.tour import Tour

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("legal_texts"),
]


@pytest.fixture
def network(transactional_db):
    return networks.build()


@pytest.fixture
def rosa(network):
    return networks.patient_of(network)


@pytest.fixture
def visit(page, rosa):
    client = Client()
    client.force_login(rosa)
    visit = Tour(page)
    visit.enter(client)
    return visit


def test_its_pages_are_for_everybody(visit, rosa, network):
    tour_ways_out.walk(visit, rosa, network)


@browser.both_ways
def test_from_nothing_to_a_time(visit, rosa, network, javascript):
    rare = tour_ways_out.exam(network, "Ecografía de tobillo")
    network.slots(f"{rare.name} {network.suba}", at(1, 8))
    site = network.chapinero.code

    visit.page.goto(tour_ways_out.address(rosa, rare, sede=site))
    visit.page.get_by_role("link", name="En la Sede Suba hay 1 cita").click()
    visit.page.get_by_role("button", name="Escoger esta cita").click()

    assert Appointment.objects.get().site == network.suba
