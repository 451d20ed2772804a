"""What the tests of the pages share."""

import pytest

from appointments.tests import network as networks


@pytest.fixture
def network(db):
    return networks.build()


@pytest.fixture
def paciente(network):
    return networks.patient_of(network)


@pytest.fixture
def otra_paciente(network):
    return networks.patient_of(network)


@pytest.fixture
def at_home(client, paciente):
    """The browser of `paciente`, signed in."""
    client.force_login(paciente)
    return client
