"""The calendar file, read by a library that did not write it."""

from datetime import timedelta
from decimal import Decimal
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


ADDRESS = ("Ñandú, Œuvre; piso 2 \U0001f3e5 " * 20)[:300]


@pytest.mark.parametrize(
    "make",
    [
        ics.to_keep,
        partial(ics.invitation, to="rosa@example.com"),
        partial(ics.cancellation, to="rosa@example.com"),
        lambda appointment, now: ics.feed([(appointment, now)]),
    ],
    ids=["keep", "invite", "cancel", "feed"],
)
def test_hostile_names_come_out_as_they_were_typed(appointment, settings, make):
    """INJ-04: commas, semicolons, backslashes, line ends, and 300 letters of several bytes."""
    settings.ORGANISATION = {
        **settings.ORGANISATION,
        "name": 'IPS "Ñ", S.A.S.; \\sede\r\nX-EVIL:1',
    }
    appointment.site.name = NASTY
    appointment.site.address = ADDRESS
    appointment.site.phone = "601 555 0101, ext. 3\r\nEND:VEVENT"

    content = make(appointment, now=timezone.now())

    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert content.count(b"\n") == content.count(b"\r\n")
    for line in lines:
        line.decode()  # no letter is cut in two by a fold
    starts = [line.split(b":")[0].split(b";")[0] for line in lines]
    assert not {b"X-EVIL"} & {*starts}
    assert starts.count(b"END") == starts.count(b"BEGIN")
    event = vobject.readOne(content.decode()).vevent
    assert event.summary.value == 'Cita en IPS "Ñ", S.A.S.; \\sede X-EVIL:1'
    assert event.location.value == (
        "Sede; Norte, piso 2\\n ATTENDEE:mailto:x@example.com, "
        f"{ADDRESS.strip()}, Bogotá D. C."
    )
    assert "601 555 0101, ext. 3 END:VEVENT" in event.description.value


def test_an_address_cannot_add_lines_either(appointment):
    """INJ-03, INJ-04."""
    to = "rosa@example.com\r\nATTENDEE:mailto:x@example.com"

    content = ics.invitation(appointment, to=to, now=timezone.now()).decode()

    assert content.count("\r\nATTENDEE") == 1


def test_a_cancellation_takes_it_out(appointment):
    """RFC 5546 §3.2.5: the same UID and parties, and nobody is busy then."""
    make = partial(ics.cancellation, to="rosa@example.com")

    calendar = read(appointment, make)

    assert calendar.method.value == "CANCEL"
    event = calendar.vevent
    assert event.uid.value == ics.uid(appointment)
    assert (event.status.value, event.transp.value) == ("CANCELLED", "TRANSPARENT")
    assert event.attendee.value == "mailto:rosa@example.com"
    assert "valarm" not in event.contents


@pytest.mark.parametrize(
    ("exact", "latitude", "found"),
    [
        (True, "4.643000", "4.643;-74.064"),
        (False, "4.643000", None),
        (True, None, None),
    ],
)
def test_it_says_where_it_is_only_when_that_is_known(
    appointment, exact, latitude, found
):
    """The position of the town is not the building's."""
    site = appointment.site
    site.position_is_exact = exact
    site.latitude = latitude and Decimal(latitude)
    site.longitude = Decimal("-74.064000")

    geo = read(appointment).vevent.contents.get("geo")

    assert (geo[0].value if geo else None) == found


def test_its_identity_outlives_our_address(appointment, settings):
    before = ics.uid(appointment)
    settings.BASE_URL = "https://citas.example.org"

    assert ics.uid(appointment) == before


def test_a_virtual_appointment_has_no_address(appointment):
    appointment.modality = "virtual"

    assert read(appointment).vevent.location.value == "Por videollamada"
