"""From the outbox to real protocol servers, with everything that goes wrong on the way."""

from datetime import timedelta

import pytest
from django.db import connections

from portal.messaging import breaker, delivery, kinds
from portal.messaging.doors import twilio_api
from portal.messaging.kinds import Envelope, Kind
from portal.messaging.models import DemoMessage, OutgoingMessage
from portal.messaging.tests.factories import ADDRESS, PHONE, killed, queued
from portal.testing import samples
from portal.testing.clock import NOON
from portal.testing.deliver import deliver_all
from portal.testing.servers import ReceivedText

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def twilio_server(twilio_server):
    twilio_server.clock = lambda: NOON
    return twilio_server


def state_of(message):
    message.refresh_from_db()
    return message.state


def fingerprint(text):
    return twilio_api.fingerprint(envelope=Envelope(to="", text=text))


def test_an_sms_goes_out_once(twilio_server):
    message = queued("sms")

    deliver_all(NOON)
    deliver_all(LATER)

    assert [(m.to, m.body) for m in twilio_server.messages] == [(PHONE, "Prueba uno")]
    assert state_of(message) == "sent"
    assert message.provider_id == twilio_server.messages[0].sid
    assert message.sent_at == NOON


def test_an_email_goes_out_with_its_own_message_id(smtp_server):
    message = queued("email")

    deliver_all(NOON)

    [mail] = smtp_server.messages
    assert (mail.to, mail.subject, mail.text) == (ADDRESS, "Prueba", "Prueba uno\n")
    assert mail.message_id == f"<{message.pk.hex}@guayacan.example>"
    assert state_of(message) == "sent"


def test_a_whatsapp_goes_out_as_its_approved_template(twilio_server):
    queued("whatsapp")

    deliver_all(NOON)

    [sent] = twilio_server.messages
    assert (sent.channel, sent.to) == ("whatsapp", PHONE)
    assert (sent.content_sid, sent.variables) == ("HX" + "1" * 32, {"1": "uno"})


def test_what_is_no_longer_needed_is_dropped(twilio_server):
    """NOT-10: the composer looks again at sending time."""
    message = queued("sms", subject_ref="not needed")

    deliver_all(NOON)

    assert state_of(message) == "dropped"
    assert twilio_server.messages == []


def test_what_expired_is_dropped(twilio_server):
    """NOT-05: a code after its ten minutes, a reminder after the appointment."""
    message = queued("sms", expires_at=NOON)

    deliver_all(NOON)

    assert state_of(message) == "dropped"
    assert twilio_server.messages == []


def test_what_expires_between_the_sweep_and_the_worker_is_dropped(twilio_server):
    message = queued("sms", expires_at=NOON)

    delivery.deliver(message_id=str(message.pk), now=NOON)

    assert state_of(message) == "dropped"


def test_what_waited_for_two_days_is_left_to_a_person(twilio_server):
    """REL-06: after restoring a backup, nothing old goes out again."""
    message = queued("sms")

    deliver_all(NOON + timedelta(hours=49))

    assert state_of(message) == "failed"
    assert twilio_server.messages == []


def test_a_wrong_number_fails_at_once(twilio_server):
    """NOT-05: Twilio 21211 is not tried again."""
    twilio_server.faults.refuse.add(PHONE)
    message = queued("sms")

    deliver_all(NOON)
    deliver_all(LATER)

    assert state_of(message) == "failed"
    assert message.error == "Twilio 21211"
    assert twilio_server.requests == 1


def test_an_unknown_mailbox_fails_at_once(smtp_server):
    """NOT-05: SMTP 550 is not tried again."""
    smtp_server.faults.refuse.add(ADDRESS)
    message = queued("email")

    deliver_all(NOON)

    assert state_of(message) == "failed"
    assert (message.error, message.attempts) == ("SMTP 550", 1)


def test_a_busy_twilio_is_tried_again_at_once(twilio_server):
    twilio_server.faults.fail_next = 1
    message = queued("sms")

    deliver_all(NOON)

    assert state_of(message) == "sent"
    assert message.attempts == 2


def test_a_busy_mail_server_is_tried_later_and_later(smtp_server):
    smtp_server.faults.fail_next = 3
    message = queued("email")

    deliver_all(NOON)
    assert state_of(message) == "queued"
    assert NOON + timedelta(seconds=8) <= message.due_at <= NOON + timedelta(seconds=12)
    deliver_all(message.due_at)
    assert state_of(message) == "queued"
    deliver_all(NOON + timedelta(minutes=2))

    assert state_of(message) == "sent"
    assert len(smtp_server.messages) == 1


def test_a_failure_for_two_days_is_final(twilio_server):
    twilio_server.faults.fail_next = 1
    message = queued("sms", attempts=delivery.MOST_TRIES - 1)

    deliver_all(NOON)

    assert state_of(message) == "failed"


def test_a_server_that_is_not_there_is_tried_again():
    """The suite's own settings point at ports where nobody listens."""
    message = queued("sms")

    delivery.deliver(message_id=str(message.pk), now=NOON)

    assert state_of(message) == "queued"
    assert message.in_doubt is False


def test_a_lost_answer_of_twilio_is_asked_for(twilio_server):
    """NOT-04: accepted, the connection cut: found by asking, not sent again."""
    twilio_server.faults.lose_next = 1
    message = queued("sms")

    deliver_all(NOON)
    assert state_of(message) == "queued"
    assert message.in_doubt is True
    deliver_all(LATER)

    assert state_of(message) == "sent"
    assert message.provider_id == twilio_server.messages[0].sid
    assert len(twilio_server.messages) == 1


def test_an_error_500_of_twilio_is_asked_about_and_sent_again(twilio_server):
    twilio_server.faults.fail_next, twilio_server.faults.fail_with = 1, 500
    message = queued("sms")

    deliver_all(NOON)
    deliver_all(LATER)

    assert state_of(message) == "sent"
    assert len(twilio_server.messages) == 1


@pytest.mark.parametrize(("status", "code"), [(401, 20003), (429, 20429)])
def test_what_concerns_our_account_is_no_fault_of_the_message(
    twilio_server, settings, status, code
):
    if status == 401:
        settings.TWILIO_AUTH_TOKEN = "revoked"
    else:
        twilio_server.faults.fail_next = 9
    message = queued("sms")

    deliver_all(NOON)

    assert (state_of(message), message.error) == ("queued", f"Twilio {code}")
    assert message.in_doubt is False


def test_an_answer_that_makes_no_sense_leaves_a_doubt(twilio_server, monkeypatch):
    monkeypatch.setattr(ReceivedText, "as_json", lambda text: "<html>")
    message = queued("sms")

    delivery.deliver(message_id=str(message.pk), now=NOON)

    assert (state_of(message), message.in_doubt) == ("queued", True)
    assert message.error.startswith("Twilio ")


def test_a_slow_twilio_is_not_waited_for(twilio_server, monkeypatch):
    """NOT-06: the call has a time-out; what came of it is asked for."""
    monkeypatch.setattr(twilio_api, "TIMEOUT", 0.1)
    twilio_server.faults.slow = 0.3
    message = queued("sms")

    delivery.deliver(message_id=str(message.pk), now=NOON)

    assert state_of(message) == "queued"
    assert (message.in_doubt, message.error) == (True, "Twilio ReadTimeout")


def test_an_sms_of_a_killed_worker_is_found_at_twilio(twilio_server):
    """NOT-04: kill -9 between Twilio's yes and our note of it."""
    earlier = twilio_server.take(
        {"To": PHONE, "From": "+15005550006", "Body": "Prueba uno"}
    )
    message = killed("sms", fingerprint=fingerprint("Prueba uno"))

    deliver_all(LATER)

    assert state_of(message) == "sent"
    assert message.provider_id == earlier.sid
    assert len(twilio_server.messages) == 1


def test_a_whatsapp_of_a_killed_worker_is_found_by_its_variables(twilio_server):
    earlier = twilio_server.take(
        {"To": f"whatsapp:{PHONE}", "From": "whatsapp:+1", "Body": "Hola: uno."}
    )
    message = killed("whatsapp")

    deliver_all(LATER)

    assert state_of(message) == "sent"
    assert message.provider_id == earlier.sid


def test_an_sms_that_never_reached_twilio_is_sent(twilio_server):
    message = killed("sms", fingerprint=fingerprint("Prueba uno"))

    deliver_all(LATER)

    assert state_of(message) == "sent"
    assert len(twilio_server.messages) == 1


def test_another_message_with_the_same_words_is_not_taken_for_this_one(twilio_server):
    twin = twilio_server.take({"To": PHONE, "From": "+1", "Body": "Prueba uno"})
    queued("sms", event="twin", state="sent", provider_id=twin.sid)
    message = killed("sms", fingerprint=fingerprint("Prueba uno"))

    deliver_all(LATER)

    assert state_of(message) == "sent"
    assert message.provider_id != twin.sid
    assert len(twilio_server.messages) == 2


def test_the_same_words_of_yesterday_are_not_taken_for_todays(twilio_server):
    old = twilio_server.take({"To": PHONE, "From": "+1", "Body": "Prueba uno"})
    old.at = NOON - timedelta(days=1)
    killed("sms", fingerprint=fingerprint("Prueba uno"))

    deliver_all(LATER)

    assert len(twilio_server.messages) == 2


def test_while_twilio_cannot_be_asked_nothing_is_sent(twilio_server):
    message = killed("sms", fingerprint=fingerprint("Prueba uno"))
    twilio_server.token = "another"

    deliver_all(LATER)

    assert state_of(message) == "queued"
    assert message.in_doubt is True
    assert twilio_server.messages == []


@pytest.mark.parametrize(
    ("kind", "state", "copies"),
    [(samples.CODE, "uncertain", 0), (samples.NOTICE, "sent", 1)],
)
def test_an_email_of_a_killed_worker_follows_its_kind(smtp_server, kind, state, copies):
    """NOT-04: codes never repeat and stay visible; confirmations repeat."""
    message = killed("email", kind=kind)

    deliver_all(LATER)

    assert state_of(message) == state
    assert len(smtp_server.messages) == copies


def test_an_email_whose_answer_was_lost_repeats_with_the_same_message_id(smtp_server):
    smtp_server.faults.lose_next = 1
    message = queued("email")

    deliver_all(NOON)
    deliver_all(LATER)

    assert state_of(message) == "sent"
    ids = [mail.message_id for mail in smtp_server.messages]
    assert ids == [f"<{message.pk.hex}@guayacan.example>"] * 2


def test_an_email_in_doubt_that_expired_stays_visible(smtp_server):
    message = killed("email", expires_at=NOON)

    deliver_all(LATER)

    assert state_of(message) == "uncertain"
    assert smtp_server.messages == []


def test_what_is_not_needed_any_more_but_may_have_gone_out_stays_visible(twilio_server):
    """Nobody knows any more to whom it went: Twilio cannot be asked."""
    message = killed("sms", subject_ref="not needed")

    deliver_all(LATER)

    assert state_of(message) == "uncertain"


def test_an_sms_in_doubt_that_expired_is_dropped_when_twilio_never_had_it(
    twilio_server,
):
    message = killed("sms", expires_at=NOON, fingerprint=fingerprint("Prueba uno"))

    deliver_all(LATER)

    assert state_of(message) == "dropped"
    assert twilio_server.messages == []


def test_who_loses_the_lease_while_composing_does_not_send(twilio_server, monkeypatch):
    """Another worker took it over: this one keeps quiet."""
    message = queued("sms")

    def slow(message, *, now):
        OutgoingMessage.objects.update(attempts=7)
        return samples.compose(message, now=now)

    monkeypatch.setitem(kinds._kinds, "slow", Kind("slow", slow))
    OutgoingMessage.objects.update(kind="slow")

    deliver_all(NOON)

    assert twilio_server.messages == []
    assert (state_of(message), message.attempts) == ("sending", 7)


def test_the_lease_keeps_others_away_until_it_ends(twilio_server):
    """NOT-03"""
    message = queued(
        "sms", state="sending", lease_until=NOON + timedelta(seconds=1), attempts=1
    )

    deliver_all(NOON)
    assert twilio_server.messages == []
    deliver_all(NOON + timedelta(seconds=1))

    assert state_of(message) == "sent"


def test_who_lost_the_lease_writes_nothing(twilio_server):
    message = queued("sms", state="sending", lease_until=LATER, attempts=2)
    message.attempts = 1

    assert delivery._write(message, state="failed", lease_until=None) is False
    assert state_of(message) == "sending"


def test_email_down_does_not_stop_the_sms(twilio_server, settings):
    """NOT-07: each provider has its own breaker. Nobody listens at this port."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    for number in range(3):
        queued("email", subject_ref=f"mail {number}")
    message = queued("sms")

    deliver_all(NOON)

    assert state_of(message) == "sent"
    assert breaker.is_open(provider="smtp", now=NOON)
    assert not breaker.is_open(provider="twilio", now=NOON)


def test_a_provider_that_is_down_is_left_alone_and_tried_again(smtp_server):
    for _ in range(breaker.TRIES):
        breaker.failed(provider="smtp", now=NOON)
    message = queued("email")

    deliver_all(NOON)
    assert (state_of(message), message.attempts) == ("queued", 0)
    deliver_all(NOON + breaker.PAUSE)

    assert state_of(message) == "sent"
    breaker.failed(provider="smtp", now=LATER)
    assert not breaker.is_open(provider="smtp", now=LATER)


def test_a_channel_that_was_switched_off_fails_and_leaves_no_text(settings):
    settings.TWILIO_ACCOUNT_SID = ""
    message = queued("sms")

    deliver_all(NOON)

    assert (state_of(message), message.error) == ("failed", "canal sin configurar")
    assert DemoMessage.objects.count() == 0


def test_a_kind_that_is_gone_fails_and_the_rest_goes_on(twilio_server):
    gone = queued("sms", kind=Kind("gone", samples.compose), event="gone")
    good = queued("sms")

    deliver_all(NOON)

    assert (state_of(gone), gone.error) == ("failed", "clase de mensaje desconocida")
    assert state_of(good) == "sent"


def _broken(message, *, now):
    raise ValueError(f"no phone for {PHONE}")


def test_a_composer_that_breaks_is_tried_again_without_its_words(
    twilio_server, monkeypatch, caplog
):
    """LOG-02: the words of an exception may name a person."""
    monkeypatch.setitem(kinds._kinds, "broken", Kind("broken", _broken))
    message = queued("sms", kind=kinds.get("broken"))

    deliver_all(NOON)

    assert (state_of(message), message.error) == ("queued", "al componer: ValueError")
    assert "ValueError" in caplog.text
    assert PHONE not in caplog.text


def _private(message, *, now):
    return Envelope(to=PHONE, text="482913 es su codigo")


def test_no_row_says_to_whom_or_what(twilio_server, monkeypatch):
    """LOG-02: neither the destination nor the text of the message stays in the row."""
    message = queued("sms", recipient_ref="person:7", subject_ref="thing:1")
    monkeypatch.setitem(kinds._kinds, "private", Kind("private", _private))
    OutgoingMessage.objects.update(kind="private")

    deliver_all(NOON)

    assert len(twilio_server.messages) == 1
    row = str(OutgoingMessage.objects.values().get(pk=message.pk))
    assert PHONE not in row
    assert "482913" not in row


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_the_provider_takes_its_time(twilio_server):
    """NOT-06"""
    message, ours, seen = queued("sms"), connections["default"], []
    twilio_server.clock = lambda: seen.append(ours.connection) or NOON

    delivery.deliver(message_id=str(message.pk), now=NOON)

    assert seen == [None]
