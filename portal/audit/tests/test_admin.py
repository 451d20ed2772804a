"""Staff read the trail and cannot write it."""

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.http import QueryDict

from portal.audit import trail
from portal.audit.models import AuditEvent
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of_staff(rf):
    request = rf.get("/")
    request.user = get_user_model().objects.create_superuser("jefa")
    return request


def test_nobody_adds_changes_or_deletes(request_of_staff):
    page = admin.site._registry[AuditEvent]

    assert page.get_model_perms(request_of_staff) == {
        "add": False,
        "change": False,
        "delete": False,
        "view": True,
    }


def test_the_list_is_searched_by_reference(request_of_staff):
    trail.record(action="sign_in", subject="accounts.user:1", at=NOON)
    trail.record(action="sign_in", subject="accounts.user:2", at=NOON)
    page = admin.site._registry[AuditEvent]
    request_of_staff.GET = QueryDict("q=accounts.user:2")

    found = page.get_changelist_instance(request_of_staff).queryset

    assert [event.subject for event in found] == ["accounts.user:2"]
