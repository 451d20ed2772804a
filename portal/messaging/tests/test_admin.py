"""Staff see how far messages got, and neither words nor destinations."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.http import QueryDict

from portal.messaging.models import OutgoingMessage
from portal.messaging.tests.factories import queued
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of_staff(rf):
    request = rf.get("/")
    request.user = get_user_model().objects.create_superuser("jefa")
    return request


def test_nobody_adds_changes_or_deletes(request_of_staff):
    page = admin.site._registry[OutgoingMessage]

    allowed = page.get_model_perms(request_of_staff)

    assert [name for name, may in allowed.items() if may] == ["view"]


def test_neither_destination_nor_fingerprint_is_shown(request_of_staff):
    page = admin.site._registry[OutgoingMessage]

    shown = {*page.list_display, *page.get_fields(request_of_staff)}

    assert shown.isdisjoint({"recipient_ref", "subject_ref", "event", "fingerprint"})


def test_what_nobody_confirmed_in_three_days_is_found(request_of_staff, time_machine):
    """NOT-09"""
    time_machine.move_to(NOON)
    three_days = NOON - timedelta(hours=72)
    sent = {"state": "sent", "sent_at": three_days}
    old = queued("sms", subject_ref="old", **sent)
    queued("email", subject_ref="mail has no receipts", **sent)
    queued("sms", subject_ref="new", state="sent", sent_at=NOON)
    queued("sms", subject_ref="told", state="delivered", sent_at=three_days)
    page = admin.site._registry[OutgoingMessage]

    request_of_staff.GET = QueryDict("confirmacion=falta")
    found = page.get_changelist_instance(request_of_staff).queryset

    assert list(found) == [old]


def test_send_pending_sends_without_a_worker(smtp_server, time_machine, capsys):
    time_machine.move_to(NOON)
    queued("email")

    call_command("send_pending")

    assert len(smtp_server.messages) == 1
    assert capsys.readouterr().out == "Mensajes intentados: 1.\n"
