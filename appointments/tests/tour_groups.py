"""The pages of several appointments asked for together, for the tour of every page."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from accounts.tests.factories import (
    ContactDeviceFactory,
    CoverageFactory,
    GuardianshipFactory,
)
from appointments import groups
from appointments.models import AppointmentGroup, CancellationPolicy, Schedule
from appointments.tests import network as networks
from appointments.tests.network import Network
from appointments.tests.together import confirmed, held, url
from catalog import version
from portal.testing.tour import Tour

NAMES = ("luis", "virtual", "general")


def walk(visit: Tour, network: Network) -> None:
    """A mother, herself and her son; who walked before has to enter again."""
    mother = networks.patient_of(network)
    ContactDeviceFactory(user=mother)
    son = GuardianshipFactory(asked_by=mother).dependant
    CoverageFactory(patient=son, agreement=network.eps)
    client = Client()
    client.force_login(mother)
    visit.enter(client)
    whose = (mother.patient, mother.patient, son)
    _held(visit, held(mother, network, names=NAMES, patients=whose, days=20), mother)
    _asked(visit, mother, network)
    _ended(visit, mother, network)


def _held(visit: Tour, group: AppointmentGroup, mother) -> None:
    visit.open(url("instructions", group), url("consent", group))
    visit.press(
        visit.page.get_by_role("button", name="Siguiente", exact=True), status=422
    )
    visit.open(url("consent", group))
    visit.page.get_by_role("checkbox").check()
    with visit.page.expect_navigation():
        visit.page.get_by_role("button", name="Siguiente", exact=True).click()
    groups.read_instructions(group_id=group.pk, by=mother, now=timezone.now())
    visit.open(url("review", group))
    over = timezone.now() - timedelta(seconds=1)
    group.appointments.update(hold_expires_at=over)
    visit.open(url("review", group), status=410)


def _asked(visit: Tour, mother, network: Network) -> None:
    """One of three waits for the clinic."""
    agenda = Schedule.objects.filter(pk=network.schedules["ana"].pk)
    agenda.update(booking=Schedule.Booking.REQUEST)
    version.bump()
    names = ("luis", "ana", "general")
    group = held(mother, network, names=names, days=22)
    groups.read_instructions(group_id=group.pk, by=mother, now=timezone.now())
    visit.open(url("review", group))
    visit.press(visit.page.get_by_role("button", name="Confirmar las 3 citas"))
    visit.open(url("voucher", group))
    one = group.appointments.order_by("start").first()
    assert one is not None
    visit.open(f"/citas/{one.pk}/")
    agenda.update(booking=Schedule.Booking.INSTANT)
    version.bump()


def _ended(visit: Tour, mother, network: Network) -> None:
    """Two are cancelled online, one needs a call; then all are over."""
    group = confirmed(mother, network, names=("luis", "ana", "general"), days=27)
    rule = CancellationPolicy.objects.create(
        schedule=network.schedules["ana"], online="phone"
    )
    version.bump()
    visit.open(url("cancel", group))
    visit.press(visit.page.get_by_role("button", name="Sí, cancelar 2 citas"))
    visit.open(url("cancel", group), url("voucher", group))
    rule.delete()
    version.bump()
