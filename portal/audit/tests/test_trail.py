"""Writing to the trail (LOG-01)."""

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from portal.audit import trail
from portal.audit.models import AuditEvent
from portal.audit.origin import Origin
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db


def test_an_event_says_who_what_whom_when_where_and_how_it_went():
    user, patient = (
        get_user_model().objects.create_user("rosa"),
        SimpleNamespace(token=uuid4()),
    )

    trail.record(
        action="coverage.declared",
        actor=user,
        subject=user,
        patient=patient,
        outcome="refused",
        request_context=Origin("203.0.113.7", "Firefox", "abc-12345"),
        details={"agreement": "SURA-POS", "tries": 2},
        at=NOON,
    )

    event = AuditEvent.objects.values().get()
    del event["id"]
    assert event == {
        "at": datetime(2026, 11, 23, 17, 0, tzinfo=UTC),
        "actor_id": user.pk,
        "action": "coverage.declared",
        "subject": f"accounts.user:{user.pk}",
        "patient_ref": patient.token,
        "outcome": "refused",
        "address": "203.0.113.7",
        "request_id": "abc-12345",
        "details": {"agreement": "SURA-POS", "tries": 2},
    }


def test_an_event_of_nobody_needs_only_what_and_when():
    trail.record(action="holds.lapsed", at=NOON)

    event = AuditEvent.objects.get()
    assert (event.action, event.outcome, event.actor_id) == ("holds.lapsed", "ok", None)
    assert (event.subject, event.address, event.details) == ("", None, {})


def test_an_event_lives_and_dies_with_its_change():
    with transaction.atomic():
        trail.record(action="sign_in", at=NOON)
        transaction.set_rollback(True)

    assert AuditEvent.objects.count() == 0


def test_the_trail_outlives_the_user():
    """LOG-03: it is kept for years, whoever leaves."""
    user = get_user_model().objects.create_user("rosa")
    trail.record(action="sign_in", actor=user, at=NOON)
    key = user.pk

    user.delete()

    assert AuditEvent.objects.get().actor_id == key
