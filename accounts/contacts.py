"""Where a person can be reached: confirmed destinations, and how much of one is shown."""

from collections.abc import Iterable
from dataclasses import dataclass

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


def on_file(patient: Patient, *, channels: Iterable[Channel]) -> dict[Channel, str]:
    """What the patient's record says, confirmed or not."""
    found = {
        channel: patient.email if channel == Channel.EMAIL else patient.phone
        for channel in channels
    }
    return {
        channel: destination for channel, destination in found.items() if destination
    }
