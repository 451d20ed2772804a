"""The pages of the waiting list, for the tour of every page."""

from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import ContactDeviceFactory
from appointments import offer_links, waiting_list
from appointments.models import Appointment, Offer, WaitingListEntry
from appointments.tests import network as networks
from appointments.tests.addresses import ULTRASOUND
from appointments.tests.network import Network, at
from portal.testing.tour import Tour


def walk(visit: Tour, network: Network) -> None:
    """Somebody who joins, is offered a time and answers; who walked before has to enter again."""
    user = networks.patient_of(network)
    ContactDeviceFactory(user=user)
    client = Client()
    client.force_login(user)
    visit.enter(client)
    entry = _joined(visit, user)
    offer = _offered(entry, network, at(33, 8))
    visit.open(_of("waiting_entry", entry), "/citas/")
    _answered_by_link(visit, offer)
    offer = _offered(entry, network, at(34, 8))
    _ran_out(visit, offer)
    visit.open(_of("waiting_entry", entry))
    offer = _offered(entry, network, at(35, 8))
    _accepted(visit, offer)
    visit.open(_of("waiting_entry", entry))


def _joined(visit: Tour, user) -> WaitingListEntry:
    query = {"convenio": "eps-andina", **ULTRASOUND}
    token = user.patient.token
    join = reverse("appointments:join_waiting_list", args=[token], query=query)
    visit.open(join)
    visit.page.locator("#hasta").fill("1999-01-01")
    button = visit.page.get_by_role("button", name="Anotarme")
    visit.press(button, status=422)
    visit.page.locator("#hasta").fill(at(60, 0).date().isoformat())
    visit.page.get_by_label("Puedo ir aunque me avisen 3 horas antes").check()
    visit.press(visit.page.get_by_role("button", name="Anotarme"))
    entry = WaitingListEntry.objects.get(patient=user.patient)
    visit.open(join, _of("waiting_entry", entry), _of("leave_waiting_list", entry))
    return entry


def _offered(entry: WaitingListEntry, network: Network, start) -> Offer:
    WaitingListEntry.objects.filter(pk=entry.pk).update(first_day=start.date())
    entry.refresh_from_db()
    network.slots("luis", start)
    now = timezone.now()
    waiting_list.match(entry, now=now)
    waiting_list.offer_out(now=now)
    return Offer.objects.get(entry=entry, status=Offer.Status.OPEN)


def _answered_by_link(visit: Tour, offer: Offer) -> None:
    link = offer_links.path(offer, offer.entry.patient)
    visit.open(link)
    visit.press(visit.page.get_by_role("button", name="No me sirve"))
    visit.open(link)


def _ran_out(visit: Tour, offer: Offer) -> None:
    """While the page is open, and then by its link."""
    visit.open(_of("waiting_entry", offer.entry))
    over = timezone.now() - timedelta(seconds=1)
    Offer.objects.filter(pk=offer.pk).update(expires_at=over)
    held = Appointment.objects.filter(pk=offer.appointment_id)
    held.update(hold_expires_at=over)
    button = visit.page.get_by_role("button", name="Aceptar esta cita")
    visit.press(button, status=410)
    visit.open(offer_links.path(offer, offer.entry.patient), status=410)
    waiting_list.expire(now=timezone.now())


def _accepted(visit: Tour, offer: Offer) -> None:
    link = offer_links.path(offer, offer.entry.patient)
    visit.open(link)
    visit.press(visit.page.get_by_role("button", name="Aceptar esta cita"))
    taken = reverse("appointments:detail", args=[offer.appointment_id])
    sooner = reverse("appointments:join_for_sooner", args=[offer.appointment_id])
    visit.open(link, taken, sooner)


def _of(name: str, entry: WaitingListEntry) -> str:
    return reverse(f"appointments:{name}", args=[entry.pk])
