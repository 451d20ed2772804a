"""Who may open a patient's page, and for whom one may act."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from accounts import access, people
from accounts.models import Patient
from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@access.patient_required
def page(request):
    return HttpResponse("inside")


def ask(rf, user):
    request = rf.get("/citas/?q=1")
    request.user = user
    return page(request)


def test_patient_is_let_in(rf):
    assert ask(rf, UserFactory()).content == b"inside"


def test_nobody_signs_in_first_and_comes_back(rf):
    assert ask(rf, AnonymousUser()).url == "/ingresar/?next=/citas/%3Fq%3D1"


def test_staff_who_are_no_patients_are_refused(rf):
    with pytest.raises(PermissionDenied):
        ask(rf, UserFactory(staff=True))


def test_one_acts_for_oneself():
    user = UserFactory()

    assert people.acting_for(user, user.patient.token) == user.patient
    assert people.acting_for(user, str(user.patient.token)) == user.patient


@pytest.mark.parametrize("token", [uuid4(), "", "1", "x" * 99])
def test_nobody_acts_for_a_stranger(token):
    """ACC-01."""
    with pytest.raises(Patient.DoesNotExist):
        people.acting_for(UserFactory(), token)


def test_staff_act_for_nobody():
    with pytest.raises(Patient.DoesNotExist):
        people.acting_for(UserFactory(staff=True), uuid4())
