"""The calendar file, read by a library that did not write it."""

from datetime import timedelta
from functools import partial

import pytest
import vobject
from django.utils import timezone

from appointments import booking, ics
from appointments.tests.network import at, patient_of

pytestmark = pytest.mark.django_db
NASTY = "Sede; Norte, piso 2\\n\r\nATTENDEE:mailto:x@example.com"


@pytest.fixture
def appointment(network):
    user = patient_of(network)
    (slot,) = network.slots("luis", at(3, 8, 20))
    return booking.hold(
        slot_id=slot.pk,
        procedure=network.ultrasound,
        patient=user.patient,
        agreement=network.eps,
        by=user,
        search="",
        now=timezone.now(),
    )


def read(appointment, make=ics.to_keep):
    content = make(appointment, now=timezone.now()).decode()
    return vobject.readOne(content)


def test_it_says_when_in_the_time_of_bogota(appointment):
    event = read(appointment).vevent

    assert event.dtstart.value == appointment.start
    assert event.dtend.value == appointment.end
    assert event.dtstart.value.utcoffset() == timedelta(hours=-5)


def test_it_brings_its_own_time_zone(appointment):
    assert read(appointment).vtimezone.tzid.value == "America/Bogota"


@pytest.mark.parametrize(
    ("make", "method"),
    [
        (ics.to_keep, "PUBLISH"),
        (partial(ics.invitation, to="rosa@example.com"), "REQUEST"),
    ],
)
def test_the_method_says_what_it_is_for(appointment, make, method):
    assert read(appointment, make).method.value == method


def test_an_invitation_says_who_invites_and_who_is_invited(appointment, settings):
    """RFC 5546 §3.2.2: without both, a calendar may not take it."""
    settings.DEFAULT_FROM_EMAIL = "IPS Guayacán <citas@example.org>"

    event = read(appointment, partial(ics.invitation, to="rosa@example.com")).vevent

    assert event.organizer.value == "mailto:citas@example.org"
    assert event.attendee.value == "mailto:rosa@example.com"


def test_the_identity_stays_and_the_sequence_grows(appointment):
    """INJ-04."""
    first = read(appointment).vevent
    appointment.version += 1
    second = read(appointment).vevent

    assert first.uid.value == second.uid.value == ics.uid(appointment)
    assert int(second.sequence.value) == int(first.sequence.value) + 1


def test_it_says_nothing_of_what_it_is_for(appointment):
    content = ics.to_keep(appointment, now=timezone.now()).decode()

    assert "Ecograf" not in content
    assert "Radiolog" not in content
    assert "Rosa" not in content


def test_what_the_catalogue_says_cannot_add_lines(appointment):
    """INJ-04."""
    appointment.site.name = NASTY

    content = ics.to_keep(appointment, now=timezone.now())

    lines = content.decode().split("\r\n")
    assert not [line for line in lines if line.startswith("ATTENDEE")]
    event = vobject.readOne(content.decode()).vevent
    assert event.location.value.startswith("Sede; Norte, piso 2")


def test_lines_are_folded_at_75_octets_and_end_as_the_norm_says(appointment):
    """INJ-04: RFC 5545 3.1."""
    appointment.site.address = "Carrera ñandú " * 12

    content = ics.to_keep(appointment, now=timezone.now())

    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert content.count(b"\n") == content.count(b"\r\n")


def test_a_virtual_appointment_has_no_address(appointment):
    appointment.modality = "virtual"

    assert read(appointment).vevent.location.value == "Por videollamada"
