"""«Radicar solicitud» in the tour of every page: asked for, with its number, and closed."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from appointments import filing
from appointments.models import WaitingListEntry
from appointments.tests.addresses import ULTRASOUND
from appointments.tests.network import Network
from appointments.tests.tour_ways_out import exam
from portal.testing.tour import Tour


def walk(visit: Tour, user: User, network: Network) -> None:
    """What is asked, a day that is none, the number, late, and closed with its reason."""
    rare = exam(network, "Ecografía de muñeca")
    query = {"convenio": "eps-andina", **ULTRASOUND, "procedimiento": rare.code}
    ask = reverse("appointments:file_request", args=[user.patient.token], query=query)
    visit.open(ask)
    visit.page.locator("input[name=fecha]").fill("2020-01-01")
    button = visit.page.get_by_role("button", name="Radicar solicitud")
    visit.press(button, status=422)
    visit.page.locator("input[name=fecha]").fill("")
    visit.press(visit.page.get_by_role("button", name="Radicar solicitud"))
    entry = WaitingListEntry.objects.get(patient=user.patient, procedure=rare)
    page = reverse("appointments:filed_request", args=[entry.pk])
    visit.open(page)
    past = timezone.localdate() - timedelta(days=1)
    WaitingListEntry.objects.filter(pk=entry.pk).update(answer_by=past)
    visit.open(page)
    boss = User.objects.create_user(
        "jefa.de.sedes",
        None,
        is_staff=True,
        is_superuser=True,
        created_at=timezone.now(),
    )
    filing.close(
        entry_id=entry.pk,
        reason="Ya le asignamos la cita por teléfono",
        by=boss,
        now=timezone.now(),
    )
    visit.open(page)
