"""What every page of somebody signed in knows: when the session will end, and for whom it is."""

from math import ceil

from django.http import HttpRequest
from django.utils import timezone

from accounts import people
from accounts.middleware import ends_at
from accounts.models import Patient, User
from accounts.presenters.people import for_whom


def session(request: HttpRequest) -> dict[str, object]:
    """When it will end (WCAG 2.2.1)."""
    end = ends_at(request)
    if end is None:
        return {}
    left = ceil((end - timezone.now()).total_seconds())
    return {"session_ends_at": end, "session_seconds": max(0, left)}


def active_person(request: HttpRequest) -> dict[str, object]:
    """The person of the page, where the account could be acting for another (ACC-03).

    Views that found somebody leave them in `request.active_person`; nothing is said
    to who only acts for themselves.
    """
    person = getattr(request, "active_person", None)
    user = getattr(request, "user", None)
    if not isinstance(person, Patient) or not isinstance(user, User):
        return {}
    if person.pk == user.patient_id and getattr(person, "alone", False):
        return {}
    found = people.guardianships_of(user, on=timezone.localdate())
    return {"for_whom": for_whom(person, found)}
