"""The calendar of a patient, kept by files alone: by UID and SEQUENCE, in any order of arrival.

What writes them is `icalendar`; what reads them here is `vobject`. The files are those
of real e-mails, of the page's download and of the private address.
"""

from dataclasses import dataclass, field
from itertools import permutations

import pytest
import vobject
from django.urls import reverse

from accounts.tests.factories import ContactDeviceFactory, UserFactory
from appointments import booking, changes, feeds, ics, requests
from appointments.models import Appointment
from appointments.tests.asking import ask, decide
from appointments.tests.factories import ScheduleFactory
from appointments.tests.steps import NOON, act, after, bogota, book, hold, times
from portal.testing.deliver import deliver_all

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("legal_texts"),
]
EIGHT, NINE, TEN = bogota(10, 8), bogota(10, 9), bogota(10, 10)


@dataclass
class Store:
    """A calendar application: what it shows, and what it remembers of each UID."""

    events: dict = field(default_factory=dict)
    seen: dict = field(default_factory=dict)

    def take(self, content):
        """RFC 5546 §2.1.5: the greater SEQUENCE wins, then the later DTSTAMP."""
        calendar = vobject.readOne(content)
        for event in calendar.contents.get("vevent", []):
            uid = event.uid.value
            age = (int(event.sequence.value), event.dtstamp.value)
            if uid in self.seen and age <= self.seen[uid]:
                continue
            self.seen[uid] = age
            if event.status.value == "CANCELLED":
                self.events.pop(uid, None)
            else:
                self.events[uid] = event.dtstart.value
        return self


@pytest.fixture
def rosa(transactional_db):
    user = UserFactory()
    ContactDeviceFactory(user=user, destination="rosa@example.com")
    return user


@pytest.fixture
def slots(rosa):
    return times(ScheduleFactory(), EIGHT, NINE, TEN)


@pytest.fixture
def story(rosa, slots, smtp_server):
    """Created at eight, changed to nine, changed to ten, cancelled: a file of each letter."""
    appointment = book(slots[0], rosa)
    files = [letter(smtp_server, 1)]
    for minute, slot in ((10, slots[1]), (20, slots[2])):
        now = after(minute)
        kept = hold(slot, rosa, replaces=current(appointment), now=now)
        act(changes.change, kept, now=now)
        files.append(letter(smtp_server, minute + 1))
    act(changes.cancel, current(appointment), reason="", now=after(30))
    files.append(letter(smtp_server, 31))
    return appointment, files


def current(appointment):
    return Appointment.objects.get(pk=appointment.pk)


def letter(server, minute):
    """The calendar file of the e-mail that this minute sends, as it arrived."""
    before = len(server.messages)
    deliver_all(after(minute))
    (received,) = server.messages[before:]
    return attached(received)


def attached(received):
    (part,) = received.attachments
    content = part.get_payload(decode=True).decode()
    method = vobject.readOne(content).method.value
    assert part.get_content_type() == "text/calendar"
    assert part.get_param("method") == method
    assert part.get_param("charset") == "utf-8"
    return content


def standing(appointment, hours):
    return {str(appointment.pk): hours}


def test_each_letter_says_what_it_does_to_the_same_event(story):
    appointment, files = story
    read = [vobject.readOne(content) for content in files]

    assert [one.method.value for one in read] == [
        "REQUEST",
        "REQUEST",
        "REQUEST",
        "CANCEL",
    ]
    assert {one.vevent.uid.value for one in read} == {str(appointment.pk)}
    sequences = [int(one.vevent.sequence.value) for one in read]
    assert sequences == sorted(set(sequences))
    assert [one.vevent.dtstart.value for one in read] == [EIGHT, NINE, TEN, TEN]
    assert [one.vevent.status.value for one in read][-1] == "CANCELLED"


@pytest.mark.parametrize(
    ("letters", "left"), [(1, EIGHT), (2, NINE), (3, TEN), (4, None)]
)
def test_in_any_order_the_last_letter_is_what_stands(story, letters, left):
    """Late, repeated, and before its time: the calendar ends as the appointment did."""
    appointment, files = story
    right = standing(appointment, left) if left else {}

    for order in permutations(files[:letters]):
        for again in range(letters + 1):
            store = Store()
            for content in [*order, *order[:again]]:
                store.take(content)
            assert store.events == right


def test_what_is_cancelled_does_not_come_back_by_an_old_letter(story):
    _, files = story
    store = Store().take(files[-1])

    for content in files[:-1]:
        store.take(content)

    assert store.events == {}


def test_the_other_appointments_of_the_calendar_stay(story, rosa, smtp_server):
    _, files = story
    other = book(times(ScheduleFactory(), bogota(12, 7))[0], rosa)
    store = Store().take(letter(smtp_server, 40))

    for content in files:
        store.take(content)

    assert store.events == standing(other, bogota(12, 7))


def test_the_file_to_keep_and_the_letters_are_the_same_event(rosa, slots, smtp_server):
    """Downloaded before and after: it neither doubles the event nor brings it back."""
    appointment = book(slots[0], rosa)
    store = Store().take(letter(smtp_server, 1))
    downloaded = ics.to_keep(current(appointment), now=after(2)).decode()
    store.take(downloaded)
    assert store.events == standing(appointment, EIGHT)

    act(changes.cancel, current(appointment), reason="", now=after(30))
    store.take(letter(smtp_server, 31))
    store.take(downloaded)

    assert store.events == {}
    store.take(ics.to_keep(current(appointment), now=after(32)).decode())
    assert store.events == {}


def test_who_keeps_the_download_alone_can_bring_it_up_to_date(rosa, slots, client):
    client.force_login(rosa)
    appointment = book(slots[0], rosa)
    address = reverse("appointments:calendar", args=[appointment.pk])
    store = Store().take(client.get(address).content.decode())

    kept = hold(slots[1], rosa, replaces=current(appointment), now=after(10))
    act(changes.change, kept, now=after(10))

    assert store.take(client.get(address).content.decode()).events == standing(
        appointment, NINE
    )


def test_the_private_address_says_what_the_letters_said(story, rosa, smtp_server):
    appointment, files = story
    other = book(times(ScheduleFactory(), bogota(12, 7))[0], rosa)
    by_letters = Store()
    for content in [*files, letter(smtp_server, 40)]:
        by_letters.take(content)

    token = feeds.open_feed(user=rosa, now=NOON).split("/")[-1].removesuffix(".ics")
    feed = ics.feed(feeds.read(token=token, now=NOON)).decode()

    assert (
        Store().take(feed).events == by_letters.events == standing(other, bogota(12, 7))
    )
    assert str(appointment.pk) in feed


def test_a_request_is_uncertain_until_it_is_accepted(rosa, smtp_server, client):
    """What waits is no invitation; accepted, it is one of the same event."""
    request = ask(EIGHT, rosa)
    deliver_all(after(1))
    assert [part for one in smtp_server.messages for part in one.attachments] == []
    uncertain = ics.to_keep(current(request), now=after(1)).decode()
    assert vobject.readOne(uncertain).vevent.status.value == "TENTATIVE"
    store = Store().take(uncertain)

    decide(requests.accept, request, now=after(20))
    store.take(letter(smtp_server, 21))

    assert store.events == standing(request, EIGHT)
    event = vobject.readOne(ics.to_keep(current(request), now=after(22)).decode())
    assert event.vevent.status.value == "CONFIRMED"


def test_a_request_that_was_declined_leaves_nothing(rosa, smtp_server):
    request = ask(EIGHT, rosa)
    store = Store().take(ics.to_keep(current(request), now=after(1)).decode())

    decide(requests.decline, request, reason="No atiende ese día", now=after(20))

    token = feeds.open_feed(user=rosa, now=NOON).split("/")[-1].removesuffix(".ics")
    store.take(ics.feed(feeds.read(token=token, now=after(21))).decode())
    assert store.events == {}


def test_confirming_twice_sends_one_invitation(rosa, slots, smtp_server):
    appointment = book(slots[0], rosa)
    act(booking.confirm, appointment, now=after(1))

    assert Store().take(letter(smtp_server, 2)).events == standing(appointment, EIGHT)
