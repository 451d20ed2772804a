"""E-mails, as a mail server and a second library read them."""

import icalendar
import pytest

from portal.messaging import kinds, text
from portal.messaging.kinds import Attachment, Envelope, Kind
from portal.messaging.tests.factories import ADDRESS, queued
from portal.testing.clock import NOON
from portal.testing.deliver import deliver_all

pytestmark = pytest.mark.django_db
CALENDAR = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:PUBLISH\r\n"
    b"BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Cita m\xc3\xa9dica\r\nEND:VEVENT\r\n"
    b"END:VCALENDAR\r\n"
)


@pytest.fixture
def arrived(smtp_server, monkeypatch):
    """Send this envelope; what arrived."""

    def send(**facts):
        envelope = Envelope(**{"to": ADDRESS, "text": "Hola."} | facts)
        kind = Kind("mail", lambda message, *, now: envelope)
        monkeypatch.setitem(kinds._kinds, "mail", kind)
        message = queued("email", kind=kind)
        deliver_all(NOON)
        message.refresh_from_db()
        return message, smtp_server.messages

    return send


def test_plain_text_comes_first_and_the_html_second(arrived):
    _, [mail] = arrived(subject="Cita asignada: 8:20 a. m.", html="<p>Hola.</p>")

    assert mail.subject == "Cita asignada: 8:20 a. m."
    parts = [part.get_content_type() for part in mail.email.iter_parts()]
    assert parts == ["text/plain", "text/html"]
    assert (mail.text, mail.html) == ("Hola.", "<p>Hola.</p>")


@pytest.mark.parametrize("mimetype", ["text/calendar; method=PUBLISH", "text/calendar"])
def test_a_calendar_file_arrives_whole(arrived, mimetype):
    _, [mail] = arrived(attachments=(Attachment("cita.ics", CALENDAR, mimetype),))

    [part] = mail.attachments
    assert part.get_filename() == "cita.ics"
    assert part.get_content_type() == "text/calendar"
    assert part.get_param("method") == ("PUBLISH" if "method" in mimetype else None)
    assert part.get_payload(decode=True) == CALENDAR
    event = icalendar.Calendar.from_ical(part.get_payload(decode=True)).events[0]
    assert event["SUMMARY"] == "Cita médica"


def test_any_other_file_arrives_whole(arrived):
    content = bytes(range(256))
    _, [mail] = arrived(attachments=(Attachment("a.pdf", content, "application/pdf"),))

    assert mail.attachments[0].get_payload(decode=True) == content


def test_no_name_can_add_a_header(arrived):
    """INJ-03: it arrives, once, without a Bcc."""
    message, mails = arrived(
        subject="Hola, Ana\r\nBcc: evil@example.com\nX: 1\x00",
        attachments=(Attachment("a\r\nX-Evil: 1.ics", CALENDAR, "text/calendar"),),
    )

    [mail] = mails
    assert (message.state, mail.to) == ("sent", ADDRESS)
    assert mail.subject == "Hola, Ana Bcc: evil@example.com X: 1"
    assert mail.email["Bcc"] is None
    assert b"\nX-Evil" not in mail.raw


@pytest.mark.parametrize(
    "to", ["ana@example.com\r\nBcc: evil@example.com", "a@x.co, b@x.co", "ana", "", "@"]
)
def test_an_impossible_address_fails_at_once(arrived, to):
    """INJ-03: and it is no row that comes back for ever."""
    message, mails = arrived(to=to)

    assert (message.state, message.error) == ("failed", "dirección no válida")
    assert mails == []


def test_no_automatic_answers_are_asked_for(arrived):
    _, [mail] = arrived()

    assert mail.email["Auto-Submitted"] == "auto-generated"


def test_a_letter_says_the_same_words_twice():
    letter = text.letter(
        "Hola, Rosa Elena:",
        text.Line("Escriba este código en la página:", strong="482913"),
        text.Items("Prepárese", ["No coma.", "No beba."]),
        text.Button("Ver mi cita", "https://citas.example/citas/1/"),
    )

    assert letter.text == (
        "Hola, Rosa Elena:\n\n"
        "Escriba este código en la página: 482913\n\n"
        "Prepárese\n- No coma.\n- No beba.\n\n"
        "Ver mi cita: https://citas.example/citas/1/\n\n"
        "-- \nIPS Guayacán · 601 555 0100\n"
    )
    assert "<b>482913</b>" in letter.html
    assert '<a href="https://citas.example/citas/1/"' in letter.html
    assert letter.html.count("<li>") == 2
    assert "18px" in letter.html


def test_a_letter_escapes_what_people_write():
    """INJ-02"""
    letter = text.letter("<script>alert(1)</script>", text.Items("<i>", ["<u>"]))

    assert "<script" not in letter.html
    assert "&lt;i&gt;" in letter.html
    assert "&lt;u&gt;" in letter.html
