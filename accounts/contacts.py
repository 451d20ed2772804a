"""Where a person can be reached, whether they proved it, and how much of it is shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts import phones
from accounts.errors import NotAMobile
from accounts.models import ContactDevice, Patient
from portal.messaging.models import Channel

PHONE_CHANNELS = (Channel.SMS, Channel.WHATSAPP)


@dataclass(frozen=True, slots=True)
class Masked:
    """A destination for eyes (`text`) and for screen readers (`spoken`)."""

    text: str
    spoken: str

    @property
    def tail(self) -> str:
        """The last two digits of a phone."""
        return self.text[-2:]


def masked(channel: str, destination: str) -> Masked:
    """Enough to recognise one's own destination and no more (ENU-04)."""
    if channel == Channel.EMAIL:
        name, _, domain = destination.rpartition("@")
        shown = f"{name[:2]}••••••@{domain}"
        return Masked(shown, shown)
    tail = destination[-2:]
    return Masked(f"{destination[3:6]} ••• ••{tail}", f"terminado en {tail}")


def normalised(destination: str) -> str:
    """The spelling in which two destinations are compared; empty when it is none."""
    if "@" in destination:
        return destination.strip().casefold()
    try:
        return phones.e164(destination)
    except NotAMobile:
        return ""


def devices(user_id: int) -> dict[str, ContactDevice]:
    """The confirmed devices of an account, by channel."""
    found = ContactDevice.objects.filter(
        user_id=user_id, confirmed=True, confirmed_at__isnull=False
    ).order_by("pk")
    return {device.channel: device for device in found}


def typed(user_id: int) -> dict[str, ContactDevice]:
    """What the person wrote when registering and has not proved yet, by channel."""
    found = ContactDevice.objects.filter(user_id=user_id, confirmed_at__isnull=True)
    return {device.channel: device for device in found.order_by("pk")}


def keep_typed(*, user_id: int, channel: Channel, destination: str) -> None:
    """Remember a destination that its owner has still to prove."""
    ContactDevice.objects.create(
        user_id=user_id,
        name=channel.label,
        channel=channel,
        destination=destination,
        confirmed=False,
    )


def prove(device: ContactDevice, *, now: datetime) -> None:
    """A code reached its owner there. What was proved before stays as it was."""
    if device.confirmed_at is None:
        device.confirmed, device.confirmed_at = True, now
        device.save(update_fields=["confirmed", "confirmed_at"])


def device_for(
    by_channel: dict[str, ContactDevice], channel: str
) -> ContactDevice | None:
    """The device that a channel reaches: a confirmed phone serves SMS and WhatsApp."""
    if channel in PHONE_CHANNELS:
        other = Channel.WHATSAPP if channel == Channel.SMS else Channel.SMS
        return by_channel.get(channel) or by_channel.get(other)
    return by_channel.get(channel)


def account_addresses(
    user_id: int, *, channels: Iterable[Channel]
) -> dict[Channel, str]:
    """Where an account's owner proved to be reachable, by the channels asked for."""
    by_channel = devices(user_id)
    found = {channel: device_for(by_channel, channel) for channel in channels}
    return {channel: device.destination for channel, device in found.items() if device}


def addresses(patient: Patient, *, channels: Iterable[Channel]) -> dict[Channel, str]:
    """Confirmed destinations of a patient: the account's own, else what the clinic confirmed."""
    asked = tuple(channels)
    user = getattr(patient, "user", None)
    if user is not None and user.is_active:
        return account_addresses(user.pk, channels=asked)
    if patient.contact_confirmed_at is None:
        return {}
    return on_file(patient, channels=asked)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where to write to somebody. Not proved: somebody else may be reading."""

    destination: str
    proved: bool


def reach(patient: Patient, *, channels: Iterable[Channel]) -> dict[Channel, Reach]:
    """Every destination that this patient gave us, the proved ones first."""
    asked = tuple(channels)
    proved = addresses(patient, channels=asked)
    found = {channel: Reach(to, proved=True) for channel, to in proved.items()}
    user = getattr(patient, "user", None)
    if user is None or not user.is_active or len(found) == len(asked):
        return found
    written = typed(user.pk)
    for channel in asked:
        device = device_for(written, channel)
        if device and channel not in found:
            found[channel] = Reach(device.destination, proved=False)
    return found


def on_file(patient: Patient, *, channels: Iterable[Channel]) -> dict[Channel, str]:
    """What the patient's record says, confirmed or not."""
    found = {
        channel: patient.email if channel == Channel.EMAIL else patient.phone
        for channel in channels
    }
    return {
        channel: destination for channel, destination in found.items() if destination
    }
