"""Groups for the tests of pages and messages: several times of the small network, held or asked for."""

from django.urls import reverse
from django.utils import timezone

from accounts.models import Patient, User
from appointments import groups
from appointments.groups import Chosen
from appointments.models import AppointmentGroup, Slot
from appointments.tests.network import Network, at

BASKET = "convenio=eps-andina&ciudad=11001&sede=todas"


def chosen(network: Network, name: str, slot: Slot, patient: Patient) -> Chosen:
    procedure = network.schedules[name].procedures.first()
    assert procedure is not None
    return Chosen(slot.pk, procedure, patient, network.eps)


def held(
    user: User,
    network: Network,
    *,
    names: tuple[str, ...] = ("luis", "ana", "general"),
    patients: tuple[Patient, ...] = (),
    days: int = 3,
) -> AppointmentGroup:
    """One after the other from eight o'clock, each in its schedule; for whom, in turn."""
    assert user.patient is not None
    whose = patients or (user.patient,) * len(names)
    picked = []
    for n, name in enumerate(names):
        (slot,) = network.slots(name, at(days, 8 + n))
        picked.append(chosen(network, name, slot, whose[n]))
    return groups.hold(
        chosen=picked,
        opened_for=user.patient,
        by=user,
        search=BASKET,
        now=timezone.now(),
    )


def confirmed(user: User, network: Network, **facts) -> AppointmentGroup:
    group = held(user, network, **facts)
    now = timezone.now()
    groups.read_instructions(group_id=group.pk, by=user, now=now)
    return groups.confirm(group_id=group.pk, by=user, now=now)


def url(name: str, group: AppointmentGroup) -> str:
    return reverse(f"appointments:group_{name}", args=[group.pk])
