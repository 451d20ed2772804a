"""Rules: values in, answer out. No database, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from math import ceil
from types import MappingProxyType

from accounts import policies as people

HOLD_FOR = timedelta(minutes=10)
A_WEEK = timedelta(days=7)
# How long before its start a video appointment can be entered.
VIDEO_OPENS_BEFORE = timedelta(minutes=10)

# Orders that wait for staff, of one patient: nobody uploads without end.
MOST_ORDERS_WAITING = 20

# From each state, the states it may go to. Anything else is a mistake (BOK-10).
CHANGES: dict[str, frozenset[str]] = {
    "": frozenset({"held"}),
    "held": frozenset({"booked", "proposed", "lapsed"}),
    # A request: accepted, not accepted, withdrawn by the patient, never answered; or its
    # time passed to the appointment that it was to replace.
    "proposed": frozenset({"booked", "declined", "cancelled", "lapsed"}),
    # To itself: another time.
    "booked": frozenset({"booked", "arrived", "fulfilled", "noshow", "cancelled"}),
    "arrived": frozenset({"fulfilled", "cancelled"}),
    "fulfilled": frozenset(),
    "noshow": frozenset(),
    "cancelled": frozenset(),
    "declined": frozenset(),
    "lapsed": frozenset(),
}


def may_change(*, old: str, new: str) -> bool:
    return new in CHANGES[old]


def hold_until(now: datetime) -> datetime:
    return now + HOLD_FOR


def extended_until(expires_at: datetime) -> datetime:
    return expires_at + HOLD_FOR


def hold_lapsed(*, expires_at: datetime | None, now: datetime) -> bool:
    return expires_at is None or expires_at <= now


def slots_needed(*, minutes: int, slot_minutes: int) -> int:
    """How many consecutive slots a procedure takes."""
    return max(1, ceil(minutes / slot_minutes))


def earliest_start(*, now: datetime, notice_minutes: int) -> datetime:
    """The first moment that leaves the notice that the schedule asks for."""
    return now + timedelta(minutes=notice_minutes)


def last_day(*, today: date, horizon_days: int) -> date:
    """The last day that can be asked for today."""
    return today + timedelta(days=horizon_days)


def age_on(day: date, *, birth_date: date) -> int:
    return people.age_on(birth_date=birth_date, day=day)


def fits_age(*, age_years: int, youngest: int | None, oldest: int | None) -> bool:
    old_enough = youngest is None or age_years >= youngest
    return old_enough and (oldest is None or age_years <= oldest)


def fits_sex(*, sex: str, procedure_sex: str) -> bool:
    """Who is non-binary is offered everything: what fits is for the professional to say."""
    return procedure_sex == "any" or sex in ("non_binary", procedure_sex)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for one appointment, and which level said each thing.

    The values here are the network's when nobody wrote others (BOK-08: nobody needs
    more). Nothing here is a fine: Ley 1438 de 2011, art. 55, forbids them.
    """

    online: bool = True
    cancel_notice: timedelta = timedelta(hours=24)
    change_notice: timedelta = timedelta(hours=24)
    most_changes: int = 3
    most_to_come: int = 12
    most_to_come_in_specialty: int = 3
    most_holds: int = 3
    most_cancellations_a_week: int = 5
    said_by: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({}), compare=False
    )


NETWORK = Rules()


class Barrier(StrEnum):
    """Why something is done by telephone and not online."""

    PHONE_ONLY = "phone"
    LATE = "late"
    CHANGES = "changes"
    WEEK = "week"


def cancel_until(rules: Rules, *, start: datetime) -> datetime:
    """The last moment to cancel online; that moment itself still counts."""
    return start - rules.cancel_notice


def move_until(rules: Rules, *, start: datetime) -> datetime:
    """The last moment to change the time online; that moment itself still counts."""
    return start - rules.change_notice


def barrier_to_cancel(
    rules: Rules, *, start: datetime, now: datetime, cancellations: int = 0
) -> Barrier | None:
    """What stands in the way of cancelling online, if anything.

    `cancellations` are those that this person made online in a week.
    """
    if not rules.online:
        return Barrier.PHONE_ONLY
    if now > cancel_until(rules, start=start):
        return Barrier.LATE
    if cancellations >= rules.most_cancellations_a_week:
        return Barrier.WEEK
    return None


def barrier_to_move(
    rules: Rules, *, start: datetime, now: datetime, moves: int
) -> Barrier | None:
    """What stands in the way of changing the time online, if anything."""
    if not rules.online:
        return Barrier.PHONE_ONLY
    if now > move_until(rules, start=start):
        return Barrier.LATE
    if moves >= rules.most_changes:
        return Barrier.CHANGES
    return None


def may_give_notice(*, start: datetime, now: datetime) -> bool:
    """«Avisar que no puedo ir»: whatever the rules say, until it begins."""
    return now <= start


def may_hold_another(rules: Rules, *, holds: int) -> bool:
    return holds < rules.most_holds


def may_have_another(rules: Rules, *, to_come: int) -> bool:
    return to_come < rules.most_to_come


def may_have_another_in_specialty(rules: Rules, *, to_come: int) -> bool:
    return to_come < rules.most_to_come_in_specialty


def video_opens(start: datetime) -> datetime:
    return start - VIDEO_OPENS_BEFORE


def video_is_open(*, start: datetime, end: datetime, now: datetime) -> bool:
    """From the second it opens until the second it ends."""
    return video_opens(start) <= now < end


def is_its_day(*, day: date, today: date) -> bool:
    """Reception marks arrivals on the day of the appointment, in Bogotá."""
    return day == today


def has_begun(*, start: datetime, now: datetime) -> bool:
    """From its hour on an appointment was attended or missed."""
    return start <= now


# --- Several appointments, and those who wait -------------------------------------

FEWEST_TOGETHER, MOST_TOGETHER = 2, 6
# Services that one person may wait for at a time.
MOST_WAITING = 6
# How long an offer is kept, by how far away its time is: less and less, never past the
# notice that the person asked for.
OFFER_LASTS = (
    (timedelta(days=7), timedelta(hours=24)),
    (timedelta(days=3), timedelta(hours=12)),
    (timedelta(days=1), timedelta(hours=4)),
    (timedelta(hours=6), timedelta(hours=1)),
    (timedelta(0), timedelta(minutes=20)),
)
# Less than this nobody can read a message and answer it.
OFFER_AT_LEAST = timedelta(minutes=15)
# Older adults come first where the clinic turns the legal order on.
OLDER_ADULT_YEARS = people.OLDER_ADULT


def offer_until(*, start: datetime, told_at: datetime, notice: timedelta) -> datetime:
    """Until when an offer is kept: `told_at` is when its message can reach the person."""
    ahead = start - told_at
    lasts = next((keep for far, keep in OFFER_LASTS if ahead >= far), timedelta(0))
    return min(told_at + lasts, start - notice)


def may_offer(*, start: datetime, told_at: datetime, notice: timedelta) -> bool:
    """There is time to read it, to answer it and to get there."""
    until = offer_until(start=start, told_at=told_at, notice=notice)
    return until - told_at >= OFFER_AT_LEAST


# --- Orders and authorisations ---------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which papers an appointment needs, and which may be brought on its day."""

    order: bool = False
    authorization: bool = False
    order_later: bool = True
    authorization_later: bool = False

    @property
    def anything(self) -> bool:
        return self.order or self.authorization


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """An order or an authorisation as somebody declared it: there at all, and until when."""

    there: bool = False
    until: date | None = None


NO_PAPER = Paper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What is wanting for one day. «Late» is a paper that ends before it."""

    order: bool = False
    order_late: bool = False
    authorization: bool = False
    authorization_late: bool = False

    @property
    def anything(self) -> bool:
        return self.no_order or self.no_authorization

    @property
    def no_order(self) -> bool:
        return self.order or self.order_late

    @property
    def no_authorization(self) -> bool:
        return self.authorization or self.authorization_late


def asks(*, procedure_asks: bool, agreement_asks: bool | None, usual: bool) -> bool:
    """The agreement's own word first; without one, the procedure's, where it is usual."""
    return procedure_asks and usual if agreement_asks is None else agreement_asks


def paper_covers(paper: Paper, *, day: date) -> bool:
    """The day on which it ends still counts."""
    return paper.there and (paper.until is None or day <= paper.until)


def gap(asked: Asked, *, order: Paper, authorization: Paper, day: date) -> Gap:
    """What the papers leave open for an appointment on that day."""
    order_open = asked.order and not paper_covers(order, day=day)
    other_open = asked.authorization and not paper_covers(authorization, day=day)
    return Gap(
        order=order_open and not order.there,
        order_late=order_open and order.there,
        authorization=other_open and not authorization.there,
        authorization_late=other_open and authorization.there,
    )


def gap_without_promised(asked: Asked, left: Gap) -> Gap:
    """What stays open once the patient promised to bring what may be brought."""
    return Gap(
        order=left.order and not asked.order_later,
        order_late=left.order_late and not asked.order_later,
        authorization=left.authorization and not asked.authorization_later,
        authorization_late=left.authorization_late and not asked.authorization_later,
    )


def paper_until(issued: date, *, valid_days: int) -> date:
    """Its last day, when the paper itself does not say."""
    return issued + timedelta(days=valid_days)


def may_declare_another_order(*, waiting: int) -> bool:
    return waiting < MOST_ORDERS_WAITING


# --- What the patient pays ---------------------------------------------------------

# CUPS: the sections before 87 are surgery, the rest consultations, images, laboratory.
FIRST_NOT_SURGICAL = "87"


def fee_of(*, chosen: str, code: str) -> str:
    """«moderadora», «copago» or «none»: what staff chose, or else by the code's section."""
    if chosen:
        return chosen
    return "copago" if code[:2] < FIRST_NOT_SURGICAL else "moderadora"


def copago(*, amount: int, percent: Decimal, cap: int | None) -> int:
    """That part of the service's value, to the peso, and never over the cap."""
    part = int((amount * percent / 100).to_integral_value(ROUND_HALF_UP))
    return part if cap is None else min(part, cap)
