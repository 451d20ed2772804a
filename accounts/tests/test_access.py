"""Who may open a patient's page, and for whom one may act."""

from datetime import date
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.urls import reverse

from accounts import access, people
from accounts.models import Patient
from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


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
    answer = ask(rf, UserFactory(staff=True))

    assert answer.status_code == 403
    assert b"inside" not in answer.content


@pytest.mark.parametrize("address", ["/ingresar/", "/registro/", "/oficina/"])
def test_staff_learn_that_theirs_is_a_work_account(client, address):
    """Neither «Mis citas» nor a dead end."""
    client.force_login(UserFactory(staff=True))

    answer = client.get(address, follow=True)

    page = answer.content.decode().partition("<main")[2]
    assert answer.status_code == 403
    assert "Esta cuenta es de trabajo" in page
    assert f'href="{reverse("admin:index")}"' in page
    assert f'action="{reverse("accounts:sign_out")}"' in page


def test_one_acts_for_oneself():
    user = UserFactory()

    assert people.acting_for(user, user.patient.token, on=TODAY) == user.patient
    assert people.acting_for(user, str(user.patient.token), on=TODAY) == user.patient


@pytest.mark.parametrize("token", [uuid4(), "", "1", "x" * 99])
def test_nobody_acts_for_a_stranger(token):
    """ACC-01."""
    with pytest.raises(Patient.DoesNotExist):
        people.acting_for(UserFactory(), token, on=TODAY)


def test_staff_act_for_nobody():
    with pytest.raises(Patient.DoesNotExist):
        people.acting_for(UserFactory(staff=True), uuid4(), on=TODAY)
