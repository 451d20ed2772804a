"""What «Varias citas» reckons with, as staff write it: no circle, each pair once."""

from itertools import pairwise

import pytest
from django.contrib.auth import get_user_model
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from catalog import version
from catalog.models import Precedence, TravelTime
from catalog.tests.factories import ProcedureFactory, SiteFactory

pytestmark = pytest.mark.django_db
ORDERS = "/admin/catalog/precedence/"
TRAVELS = "/admin/catalog/traveltime/"


@pytest.fixture
def staff(client):
    user = get_user_model()._default_manager.create(
        username="jefa", is_staff=True, is_superuser=True
    )
    device = TOTPDevice.objects.create(user=user, name="app", confirmed=True)
    client.force_login(user)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return client


def order(staff, first, then, days=0, page="add/"):
    data = {"first": first.pk, "then": then.pk, "days": days}
    return staff.post(f"{ORDERS}{page}", data)


def travel(staff, site, other, minutes=30):
    data = {"site": site.pk, "other": other.pk, "minutes": minutes}
    return staff.post(f"{TRAVELS}add/", data)


def test_an_order_is_written_and_remembered_of_nobody(staff):
    before = version.current()
    assert order(staff, *ProcedureFactory.create_batch(2), 2).status_code == 302
    assert Precedence.objects.get().days == 2
    assert version.current() != before
    assert staff.get(ORDERS).status_code == 200


@pytest.mark.parametrize("length", [2, 3, 5])
def test_no_circle(staff, length):
    row = ProcedureFactory.create_batch(length)
    for first, then in pairwise(row):
        order(staff, first, then)
    refused = order(staff, row[-1], row[0])
    assert refused.status_code == 200
    assert "Ya está escrito, directamente o por otros" in refused.content.decode()
    assert Precedence.objects.count() == length - 1


def test_an_order_is_not_in_its_own_way(staff):
    first, then = ProcedureFactory.create_batch(2)
    order(staff, first, then)
    row = Precedence.objects.get()
    assert order(staff, then, first, page=f"{row.pk}/change/").status_code == 302
    row.refresh_from_db()
    assert (row.first, row.then) == (then, first)


def test_two_ways_to_the_same_are_no_circle(staff):
    a, b, c = ProcedureFactory.create_batch(3)
    for first, then in ((a, b), (b, c), (a, c)):
        assert order(staff, first, then).status_code == 302


def test_one_procedure_is_no_order(staff):
    one = ProcedureFactory()
    said = order(staff, one, one).content.decode()
    assert "Son el mismo procedimiento." in said


@pytest.mark.parametrize("turned", [False, True])
def test_a_pair_of_sites_is_written_once(staff, turned):
    site, other = SiteFactory.create_batch(2)
    before = version.current()
    assert travel(staff, other, site).status_code == 302
    row = TravelTime.objects.get()
    assert (row.site, row.other) == (site, other)
    assert version.current() != before
    again = travel(staff, *((other, site) if turned else (site, other)))
    assert "ya está escrito" in again.content.decode()
    assert TravelTime.objects.count() == 1


def test_one_site_is_no_pair(staff):
    one = SiteFactory()
    assert "Son la misma sede." in travel(staff, one, one).content.decode()


def test_a_time_is_changed_and_taken_away(staff):
    site, other = SiteFactory.create_batch(2)
    travel(staff, site, other)
    row = TravelTime.objects.get()
    data = {"site": site.pk, "other": other.pk, "minutes": 45}
    staff.post(f"{TRAVELS}{row.pk}/change/", data)
    row.refresh_from_db()
    assert row.minutes == 45
    before = version.current()
    staff.post(f"{TRAVELS}{row.pk}/delete/", {"post": "yes"})
    assert not TravelTime.objects.exists()
    assert version.current() != before
