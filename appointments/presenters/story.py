"""The history of an appointment in plain Spanish: who did what, when, and what was told to whom."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.timezone import localdate

from accounts.models import User
from appointments import cancellation, changes, requests, words
from appointments.history import Told
from appointments.models import Appointment, AppointmentEvent
from appointments.presenters import actors
from appointments.presenters.actors import Doer
from portal.messaging.models import Channel, OutgoingMessage
from portal.ui import dates

Status = Appointment.Status
State = OutgoingMessage.State
BY_CHANNEL = {
    Channel.SMS: "por SMS",
    Channel.WHATSAPP: "por WhatsApp",
    Channel.EMAIL: "por correo",
}
# What each kind of message was about, by what follows «appointments.».
ABOUT = {
    "confirmed": "la confirmación",
    "group_confirmed": "la confirmación",
    "requested": "el aviso de que su solicitud quedó en revisión",
    "accepted": "la respuesta de la sede",
    "declined": "la respuesta de la sede",
    "expired": "el aviso de que la solicitud se venció",
    "proposed_time": "la propuesta de otra hora",
    "withdrawn": "el aviso del retiro de la solicitud",
    "cancelled": "el aviso de la cancelación",
    "cancelled_by_clinic": "el aviso de que la sede canceló la cita",
    "moved": "el aviso del cambio de hora",
    "reminder": "un recordatorio",
    "video": "el enlace para entrar",
}
NOTICE = "un aviso"
# Steps that their reason tells better than their states.
SAID_BY_REASON = {
    cancellation.CANNOT_GO: "{who} avisó que no podía ir y la cita se canceló",
    requests.PROPOSAL_REFUSED: "{who} no tomó la hora que propuso la sede",
    requests.PROPOSAL_UNTAKEN: "La hora que propuso la sede se venció sin respuesta",
}
# What each step was, after who took it; a step that is not here changes nothing to tell.
DONE = {
    ("held", "booked"): "pidió la cita",
    ("held", "proposed"): "pidió la cita y quedó en revisión",
    ("proposed", "booked"): "la aceptó",
    ("proposed", "declined"): "no la aceptó",
    ("proposed", "cancelled"): "retiró la solicitud",
    ("booked", "cancelled"): "la canceló",
    ("arrived", "cancelled"): "la canceló",
}
# The same of one that was asked for with others.
DONE_TOGETHER = {
    ("held", "booked"): "pidió la cita junto con otras",
    ("held", "proposed"): "pidió la cita junto con otras y quedó en revisión",
}
# The same of another hour, asked for or proposed in place of the one it has.
DONE_ELSEWHERE = {
    ("held", "proposed"): "pidió cambiar la hora para el {hour}",
    ("proposed", "declined"): "no aceptó ese cambio",
    ("proposed", "cancelled"): "retiró ese cambio",
}
NOBODY = {
    ("proposed", "lapsed"): "La sede no respondió a tiempo y la solicitud se venció",
    ("booked", "arrived"): "La sede anotó la llegada",
    ("booked", "fulfilled"): "La sede anotó que la cita se hizo",
    ("arrived", "fulfilled"): "La sede anotó que la cita se hizo",
    ("booked", "noshow"): "La sede anotó que nadie vino a la cita",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    at: datetime
    when: str
    text: str


def story(appointment: Appointment, told: Told, *, reader: User) -> list[Line]:
    """What was done and what was told, in the order in which it happened."""
    done = _done(appointment, told, reader)
    said = _said(appointment, told, reader)
    answered = _answered(appointment)
    return sorted([*done, *said, *answered], key=lambda line: line.at)


def _line(at: datetime, text: str) -> Line:
    return Line(at, words.at_start(dates.moment(at)), words.stopped(text))


# --- Steps ---------------------------------------------------------------------


def _done(appointment: Appointment, told: Told, reader: User) -> Iterator[Line]:
    before: AppointmentEvent | None = None
    for step in told.steps:
        who = actors.subject(Doer.of(step), patient=appointment.patient, reader=reader)
        if step.appointment_id != appointment.pk:
            text = _elsewhere(step, who)
        else:
            text = _sentence(step, before, who, _verbs(appointment))
            before = step
        if text:
            yield _line(step.at, text)


def _verbs(appointment: Appointment) -> Mapping[tuple[str, str], str]:
    return DONE if appointment.group_id is None else DONE | DONE_TOGETHER


def _sentence(
    step: AppointmentEvent,
    before: AppointmentEvent | None,
    who: str,
    verbs: Mapping[tuple[str, str], str],
) -> str:
    pair = (step.from_status, step.to_status)
    if pair in NOBODY:
        return NOBODY[pair]
    if step.reason in SAID_BY_REASON:
        return SAID_BY_REASON[step.reason].format(who=who)
    if step.to_status == Status.BOOKED and _moved(step, before):
        return f"{who} {_other_time(step, before)}"
    if pair == ("booked", "booked"):
        return f"{who} actualizó la cita"
    done = verbs.get(pair)
    return f"{who} {done}{_reason(step)}" if done else ""


def _elsewhere(step: AppointmentEvent, who: str) -> str:
    """What was done about another hour; the way there of who changes it is not told."""
    pair = (step.from_status, step.to_status)
    hour = _moment(step.start)
    if pair == ("", "held") and step.by is not None and step.by.is_staff:
        return f"La sede propuso otra hora: {hour}"
    if pair == ("proposed", "lapsed") and step.by is None:
        return "La sede no respondió a tiempo ese cambio"
    done = DONE_ELSEWHERE.get(pair)
    return f"{who} {done.format(hour=hour)}{_reason(step)}" if done else ""


def _moved(step: AppointmentEvent, before: AppointmentEvent | None) -> bool:
    if before is None or step.start is None:
        return False
    return step.version != before.version and before.start != step.start


def _other_time(step: AppointmentEvent, before: AppointmentEvent | None) -> str:
    """«cambió la hora: antes martes 24…, ahora jueves 26…, en Sede Suba»."""
    done = "cambió la hora"
    if step.from_status == Status.PROPOSED:
        done = "aceptó la hora que propuso la sede"
    elif step.reason == requests.CHANGE_ACCEPTED:
        done = "aceptó el cambio de hora"
    now = _moment(step.start)
    if before is None or before.start is None:
        return f"{done}: ahora {now}"
    elsewhere = before.site_id != step.site_id
    where = f", en {words.site_named(step.site)}" if elsewhere and step.site else ""
    return f"{done}: antes {_moment(before.start)}; ahora {now}{where}"


def _moment(at: datetime | None) -> str:
    return dates.moment(at).rstrip(".") if at else ""


def _reason(step: AppointmentEvent) -> str:
    """What the patient gave as the reason, or the clinic for not accepting.

    Why the clinic cancels is told to its own (changes.cancel_by_clinic).
    """
    by_staff = step.by is not None and step.by.is_staff
    told = step.to_status == (Status.DECLINED if by_staff else Status.CANCELLED)
    if not told or step.reason in ("", changes.REASONS["otro"]):
        return ""
    return f". Motivo: {step.reason.rstrip('.')}"


def _answered(appointment: Appointment) -> Iterator[Line]:
    """«Confirmo que voy», by the link of a reminder: no step, and still something that happened."""
    if appointment.attendance_confirmed_at is not None:
        yield _line(
            appointment.attendance_confirmed_at,
            "Por el enlace del recordatorio nos confirmaron la asistencia",
        )


# --- Messages ------------------------------------------------------------------


def _said(appointment: Appointment, told: Told, reader: User) -> Iterator[Line]:
    """One line for each thing that was said to each person, by all its channels."""

    def same(message: OutgoingMessage) -> tuple[str, int, str]:
        return message.event, message.version, message.recipient_ref

    together = groupby(sorted(told.messages, key=same), key=same)
    for (_, _, recipient), found in together:
        messages = list(found)
        mine = recipient == str(reader.patient_id)
        to = "" if mine else f" a {told.names.get(recipient, 'su acudiente')}"
        about = _about(messages[0].kind)
        gone = [m for m in messages if m.state != State.FAILED]
        lost = [m for m in messages if m.state == State.FAILED]
        if gone:
            at = min(map(_at, gone))
            ways = words_joined(_way(m, at) for m in gone)
            yield _line(at, f"Le enviamos{to} {about} {ways}")
        if lost:
            ways = words_joined(BY_CHANNEL[Channel(m.channel)] for m in lost)
            at = min(map(_at, lost))
            yield _line(at, f"No pudimos enviarle{to} {about} {ways}")


def _about(kind: str) -> str:
    subject = kind.removeprefix("appointments.").partition(".")[0]
    return ABOUT.get(subject, NOTICE)


def _at(message: OutgoingMessage) -> datetime:
    return message.sent_at or message.tried_at or message.created_at


def _way(message: OutgoingMessage, at: datetime) -> str:
    """«por SMS, entregado 9:41 a. m.»."""
    by = BY_CHANNEL[Channel(message.channel)]
    if message.state == State.UNCERTAIN:
        return f"{by}, sin confirmar"
    if message.state != State.DELIVERED or message.delivered_at is None:
        return by
    same_day = localdate(message.delivered_at) == localdate(at)
    say: Callable[[datetime], str] = dates.hour if same_day else dates.moment
    return f"{by}, entregado {say(message.delivered_at)}"


def words_joined(parts: Iterable[str]) -> str:
    """«a», «a y b»; with commas inside, «a, y b»."""
    several = list(parts)
    if len(several) < 2:
        return "".join(several)
    glue = ", y " if any("," in part for part in several) else " y "
    return f"{', '.join(several[:-1])}{glue}{several[-1]}"
