"""How to prepare for one appointment, with its own hours."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.timezone import localtime

from appointments.models import Appointment
from catalog.models import Agreement, Instruction, Modality
from portal.ui import dates

SIGHT_OF_HOUR = "{hora}"


@dataclass(frozen=True, slots=True)
class Line:
    """One instruction: its first sentence stands out when more follow."""

    lead: str
    rest: str = ""

    @property
    def text(self) -> str:
        return f"{self.lead} {self.rest}".strip()


@dataclass(frozen=True, slots=True)
class Preparation:
    prepare: tuple[Line, ...] = ()
    bring: tuple[Line, ...] = ()
    after: tuple[Line, ...] = ()
    arrive: str = ""
    arrive_minutes: int = 0
    fasting_since: str = ""
    payment: str = field(default="")

    @property
    def before(self) -> tuple[Line, ...]:
        return self.prepare + self.bring


def preparation(appointment: Appointment) -> Preparation:
    """All that this appointment asks of the patient."""
    asked = steps(appointment)
    virtual = appointment.modality == Modality.VIRTUAL
    return Preparation(
        prepare=_lines(asked, Instruction.Kind.PREPARE, appointment.start),
        bring=_lines(asked, Instruction.Kind.BRING, appointment.start)
        or _usual_papers(appointment),
        after=_lines(asked, Instruction.Kind.AFTER, appointment.start),
        arrive="" if virtual else _arrival(appointment),
        arrive_minutes=0 if virtual else appointment.procedure.arrive_minutes,
        fasting_since=_fasting_since(asked, appointment.start),
        payment=_payment(appointment.agreement),
    )


def must_prepare(appointment: Appointment) -> bool:
    """Whether there is something to do before, more than to bring papers."""
    return any(step.kind == Instruction.Kind.PREPARE for step in steps(appointment))


def steps(appointment: Appointment) -> list[Instruction]:
    if appointment.instruction_set is None:
        return []
    return list(appointment.instruction_set.steps.all())


def _lines(
    steps: Iterable[Instruction], kind: str, start: datetime
) -> tuple[Line, ...]:
    return tuple(line(step, start=start) for step in steps if step.kind == kind)


def line(step: Instruction, *, start: datetime) -> Line:
    """The text with its hour, cut after the first sentence."""
    lead, stop, rest = step.text.partition(". ")
    lead = lead + stop.rstrip() if stop else lead
    hour = hour_before(start, minutes=step.minutes_before or 0)
    return Line(
        lead.replace(SIGHT_OF_HOUR, hour).replace("m..", "m."),
        rest.replace(SIGHT_OF_HOUR, hour).replace("m..", "m."),
    )


def hour_before(start: datetime, *, minutes: int) -> str:
    """That many minutes earlier; on another day it says which."""
    then, start = localtime(start - timedelta(minutes=minutes)), localtime(start)
    if then.date() == start.date():
        return dates.hour(then)
    return f"{dates.hour(then)} del {dates.day(then.date())}"


def _arrival(appointment: Appointment) -> str:
    return hour_before(appointment.start, minutes=appointment.procedure.arrive_minutes)


def _fasting_since(steps: Iterable[Instruction], start: datetime) -> str:
    for step in steps:
        if step.fasting and step.minutes_before:
            return hour_before(start, minutes=step.minutes_before)
    return ""


def _usual_papers(appointment: Appointment) -> tuple[Line, ...]:
    procedure = appointment.procedure
    papers = [Line("Documento de identidad original")]
    paid_by_payer = appointment.agreement.kind != Agreement.Kind.PARTICULAR
    needs = ["Orden médica"] if procedure.needs_order else []
    if procedure.needs_authorization and paid_by_payer:
        needs.append("autorización de su EPS" if needs else "Autorización de su EPS")
    if needs:
        papers.append(Line(" y ".join(needs)))
    return tuple(papers)


def _payment(agreement: Agreement) -> str:
    if agreement.kind == Agreement.Kind.PARTICULAR:
        return "Usted paga el valor completo de la atención."
    return "Puede que deba pagar una cuota moderadora o un copago."
