"""«Mañana es su cita»: the e-mails and text messages that come before it (ux.md §7)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.timezone import localtime

from accounts.models import Patient
from appointments import (
    answer_links,
    cancellation,
    policies,
    reminder_times,
    words,
)
from appointments.models import Appointment, ReminderPreference
from appointments.notifications import pieces
from appointments.notifications.recipients import Addressee, addressee
from appointments.preparation import (
    Preparation,
    line,
    must_prepare,
    preparation,
    steps,
)
from appointments.reminder_times import HOURS, TWO_DAYS, WEEK
from catalog.models import Instruction, Modality
from portal.messaging import gsm7, links
from portal.messaging.errors import NotSent
from portal.messaging.kinds import Envelope
from portal.messaging.models import Channel, OutgoingMessage
from portal.messaging.text import Button, Items, Letter, letter
from portal.ui import dates

PREFIX = "appointments.reminder."
SUBJECT_LENGTH = 60


def compose(message: OutgoingMessage, *, now: datetime) -> Envelope | None:
    """Nothing when the appointment changed or began, or when nobody wants this any more."""
    appointment = pieces.standing(message, now=now)
    if appointment is None or not _is_wanted(message, appointment, now=now):
        return None
    to = addressee(message, appointment, now=now)
    if to is None:
        return None
    _wait_for_the_morning(message, now=now)
    path = _path(message, appointment, to)
    if message.channel == Channel.EMAIL:
        return _email(appointment, to, url=f"{settings.BASE_URL}{path}", now=now)
    url = links.shorten(path=path, now=now, expires_at=appointment.end)
    moment = message.kind.removeprefix(PREFIX)
    service = pieces.service(appointment) if to.reach.proved else pieces.DISCREET
    text = reminder_sms(appointment, moment, service=service, url=url, now=now)
    return Envelope(to=to.reach.destination, text=text)


def _is_wanted(
    message: OutgoingMessage, appointment: Appointment, *, now: datetime
) -> bool:
    """By the procedure and by the person, as they say now and not when it was planned."""
    if appointment.status != Appointment.Status.BOOKED or appointment.start <= now:
        return False
    moment = message.kind.removeprefix(PREFIX)
    wanted = reminder_times.wanted_by(
        procedure_says=appointment.procedure.reminders,
        has_preparation=must_prepare(appointment),
    )
    wishes = ReminderPreference.objects.of(message.recipient_ref)
    return moment in wanted & wishes.moments() and message.channel in wishes.channels()


def _wait_for_the_morning(message: OutgoingMessage, *, now: datetime) -> None:
    """One that a broken provider held back into the night waits until it is over.

    One that may have left already is left to the rules of what is in doubt.
    """
    if not message.in_doubt and reminder_times.is_quiet(localtime(now)):
        raise NotSent("horas de silencio")


def _path(message: OutgoingMessage, appointment: Appointment, to: Addressee) -> str:
    """Where to answer. Nobody answers from a destination that nobody proved."""
    if not to.reach.proved:
        return pieces.path(appointment)
    person = Patient.objects.only("token").get(pk=message.recipient_ref)
    return answer_links.path(appointment, person)


# --- Text message ----------------------------------------------------------------


def reminder_sms(
    appointment: Appointment, moment: str, *, service: str, url: str, now: datetime
) -> str:
    """The fullest of its texts that fits in one message; no piece of it is ever cut."""
    texts = (
        _last_texts(appointment, service, now)
        if moment == HOURS
        else _texts(appointment, moment, service, url, now)
    )
    return next(filter(gsm7.fits, texts))


def _texts(
    appointment: Appointment, moment: str, service: str, url: str, now: datetime
) -> Iterator[str]:
    place = pieces.place(appointment)[0]
    early = _arrival(appointment)
    said = "Debe prepararse. " if moment in (WEEK, TWO_DAYS) else early
    fast = _fast(appointment, now)
    for where, more in (
        (f", {place}", fast + said),
        (f", {place}", fast),
        (f", {place}", said),
        (f", {place}", ""),
        ("", ""),
    ):
        start = f"{_when(appointment, now)} tiene {service}{where}. "
        yield _signed(f"{start}{more}Preparacion o cancelar: {url}")
    yield _signed(f"{_when(appointment, now)} tiene {service}. {url}")


def _last_texts(appointment: Appointment, service: str, now: datetime) -> Iterator[str]:
    """Two hours before: where, what to bring and whom to call."""
    where, phone = pieces.place(appointment), pieces.phone(appointment)
    start = f"{_when(appointment, now)}, {service}"
    bring = _bring(appointment)
    while where:
        yield _signed(f"{start}, {', '.join(where)}. {bring} Tel {phone}")
        where = where[:-1]
    yield _signed(f"{start}. {bring} Tel {phone}")
    yield _signed(f"{start}, {pieces.place(appointment)[0]}. {bring}")


def _signed(text: str) -> str:
    return gsm7.clean(f"{settings.ORGANISATION['sms_name']}: {text}")


def _when(appointment: Appointment, now: datetime) -> str:
    """«mañana 8:20 a.m.», or «el mie 30 sep 8:20 a.m.»."""
    start = localtime(appointment.start)
    near = _near(start, now) or f"el {dates.sms_day(start)}"
    return f"{near} {dates.sms_hour(start)}"


def _arrival(appointment: Appointment) -> str:
    minutes = appointment.procedure.arrive_minutes
    if appointment.modality == Modality.VIRTUAL or not minutes:
        return ""
    return f"Llegue {minutes} min antes. "


def _bring(appointment: Appointment) -> str:
    if appointment.modality == Modality.VIRTUAL:
        return "Tenga su documento."
    if appointment.procedure.needs_order:
        return "Lleve documento y orden."
    return "Lleve su documento."


def _fast(appointment: Appointment, now: datetime) -> str:
    """«Deje de comer hoy a las 11:00 p.m.», when that is still to come and near."""
    for step in _timed(appointment, now):
        at = localtime(_moment(step, appointment))
        if step.fasting and (near := _near(at, now)):
            return f"Deje de comer {near} a las {dates.sms_hour(at)} "
    return ""


# --- E-mail ------------------------------------------------------------------------


def _email(
    appointment: Appointment, to: Addressee, *, url: str, now: datetime
) -> Envelope:
    written = _letter(appointment, to, url=url, now=now)
    return Envelope(
        to=to.reach.destination,
        subject=_subject(appointment, now).replace(dates.NBSP, " "),
        text=written.text.replace(dates.NBSP, " "),
        html=written.html,
    )


def _subject(appointment: Appointment, now: datetime) -> str:
    start = localtime(appointment.start)
    near, hour = _near(start, now), dates.hour(start)
    if not near:
        return f"Su cita es el {dates.moment(start)}"
    virtual = appointment.modality == Modality.VIRTUAL
    where = "por videollamada" if virtual else words.site_named(appointment.site)
    short = f"{near.capitalize()} es su cita: {hour}"
    full = f"{short}, {where}"
    return full if len(full) <= SUBJECT_LENGTH else short


def _letter(
    appointment: Appointment, to: Addressee, *, url: str, now: datetime
) -> Letter:
    """When, where and what to do until then. To an address that nobody proved, no more than where."""
    start, asked = localtime(appointment.start), preparation(appointment)
    near = _near(start, now)
    day = f"de {near}" if near else f"del {dates.day(start)}"
    arrive = f" Llegue a las {asked.arrive.removesuffix('.')}." if asked.arrive else ""
    blocks: list[str | Items | Button] = [
        f"Le recordamos su cita {day}.{arrive}",
        f"Cuándo: {dates.day_with_year(start)}, {dates.hour(start)}",
        f"Dónde: {pieces.full_place(appointment)}",
        f"Código: {appointment.reference}",
    ]
    proved = to.reach.proved
    if proved and to.for_other:
        blocks.insert(1, f"Para: {appointment.patient.given_names}")
    if proved:
        blocks += _what_to_do(appointment, asked, now)
    if appointment.modality == Modality.VIRTUAL:
        blocks.append("Diez minutos antes le mandamos el enlace para entrar.")
    blocks.append(_if_not(appointment, now))
    label = "Confirmar, cambiar o cancelar" if proved else "Ver mi cita"
    return letter(*blocks, Button(label, url))


def _if_not(appointment: Appointment, now: datetime) -> str:
    """What the rules allow online, and what is always possible."""
    rules = cancellation.rules_for(appointment)
    until = localtime(policies.move_until(rules, start=appointment.start))
    phone = pieces.phone(appointment)
    if not rules.online or until <= now:
        return f"¿No puede ir? Avísenos con el botón o llame al {phone}. Otra persona usará esa hora."
    near = _near(until, now) or f"el {dates.day(until)}"
    return (
        f"¿No puede ir? Puede cambiar la hora por internet hasta {near} "
        f"a las {dates.hour(until)}; después llame al {phone}."
    )


def _what_to_do(
    appointment: Appointment, asked: Preparation, now: datetime
) -> list[Items]:
    """First what has its hour, in order; then the rest of the preparation, and what to bring."""
    timed = _timed(appointment, now)
    at_hour = [line(step, start=appointment.start).text for step in timed]
    rest = [
        line(step, start=appointment.start).text
        for step in steps(appointment)
        if step.kind == Instruction.Kind.PREPARE and step.minutes_before is None
    ]
    bring = [one.text for one in asked.bring]
    lists = {"A su hora:": at_hour, "Prepárese:": rest, "Lleve:": bring}
    return [Items(heading, found) for heading, found in lists.items() if found]


# --- What both say -------------------------------------------------------------------


def _near(when: datetime, now: datetime) -> str:
    """«hoy», «mañana», or nothing: then the day itself is said."""
    distance = (when.date() - localtime(now).date()).days
    return {0: "hoy", 1: "mañana"}.get(distance, "")


def _timed(appointment: Appointment, now: datetime) -> list[Instruction]:
    """The steps with an hour of their own that is still to come, in the order of the clock."""
    found = [
        step
        for step in steps(appointment)
        if step.kind == Instruction.Kind.PREPARE
        and step.minutes_before is not None
        and _moment(step, appointment) > now
    ]
    return sorted(found, key=lambda step: _moment(step, appointment))


def _moment(step: Instruction, appointment: Appointment) -> datetime:
    return appointment.start - timedelta(minutes=step.minutes_before or 0)
