"""«Varias citas» in the tour of every page: each template of it, opened once."""

from django.utils import timezone

from appointments import booking
from appointments.models import Slot
from appointments.tests import network as networks
from appointments.tests.addresses import page as wizard
from appointments.tests.network import at
from appointments.tests.test_several_pages import (
    CARDIOLOGY,
    GENERAL,
    HERE,
    ULTRASOUND,
    plans,
    several,
)
from portal.testing.tour import Tour

THREE = [ULTRASOUND, CARDIOLOGY, GENERAL]


def walk(visit: Tour, user, network) -> None:
    """The door, the basket, where and when, the plans, one lost, and none."""
    for name, hours in {"eva": (7, 15), "ana": (8, 9), "general": (10, 9)}.items():
        network.slots(name, at(24, hours[0]), at(25, hours[1], 20))
    days = {"cuando": "desde", "desde": at(24, 8).date().isoformat()}
    visit.open(
        wizard(user, "busqueda", tipo="medicina", modalidad="presencial"),
        several(user),
        several(user, items=THREE, q="cardiologia"),
        several(user, items=[CARDIOLOGY], q="general"),
        several(user, items=[CARDIOLOGY], q="zzzz"),
        several(
            user,
            "several_order",
            [ULTRASOUND, GENERAL],
            papel="1",
            ciudad="11001",
            sede="todas",
        ),
        several(
            user, "several_site", [ULTRASOUND, GENERAL], orden="cita", ciudad="11001"
        ),
        several(
            user, "several_dates", THREE, ciudad="11001", sede="todas", orden="cita"
        ),
        plans(user, THREE, **days),
        several(user, "several_apart", THREE, **HERE),
    )
    _none(visit, user)
    _lost(visit, user, network, plans(user, THREE, **days))


def _none(visit: Tour, user) -> None:
    """No plan that day."""
    day = timezone.localdate().isoformat()
    visit.open(plans(user, THREE, cuando="desde", desde=day, hasta=day))


def _lost(visit: Tour, user, network, address: str) -> None:
    """Somebody takes a time of the plan while it is on the screen (409)."""
    visit.page.goto(address)
    first = visit.page.locator("input[name=cupo]").first.get_attribute("value")
    slot = Slot.objects.select_related("schedule").get(pk=first)
    somebody = networks.patient_of(network)
    booking.hold(
        slot_id=slot.pk,
        procedure=network.ultrasound,
        patient=somebody.patient,
        agreement=network.eps,
        by=somebody,
        search="",
        now=timezone.now(),
    )
    button = visit.page.get_by_role("button", name="Escoger este plan").first
    visit.press(button, status=409)
