"""The pages about one's own data, in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from accounts.acts import what_was_done
from accounts.models import DataClaim, User
from accounts.my_copy import Section, Value
from portal.audit.models import AuditEvent
from portal.ui import dates


@dataclass(frozen=True, slots=True)
class Look:
    """One line of «Quién vio mis datos»."""

    when: str
    who: str
    what: str


def looks(events: Iterable[AuditEvent], *, me: User) -> list[Look]:
    """Who: oneself, the clinic with the role, the system; never the name of an employee."""
    return [
        Look(
            when=dates.moment(event.at),
            who=_who(event.actor, me),
            what=what_was_done(event.action),
        )
        for event in events
    ]


def _who(actor: Any, me: User) -> str:
    if actor is None:
        return "El sistema"
    if actor.pk == me.pk:
        return "Usted"
    if actor.is_staff:
        roles = ", ".join(sorted(group.name for group in actor.groups.all()))
        return f"La clínica ({roles})" if roles else "La clínica"
    return "Otra persona con permiso para actuar por usted"


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A claim in the list and on its page."""

    pk: str
    number: str
    kind: str
    text: str
    state: str
    asked: str
    due: str
    extension_reason: str
    answer: str
    answered: str


def claim_line(claim: DataClaim) -> ClaimLine:
    answered = claim.answered_at
    return ClaimLine(
        pk=str(claim.pk),
        number=claim.number,
        kind=claim.get_kind_display(),
        text=claim.text,
        state=claim.get_state_display(),
        asked=dates.day_with_year(timezone.localdate(claim.asked_at)),
        due=dates.day_with_year(claim.due_date),
        extension_reason=claim.extension_reason,
        answer=claim.answer,
        answered=dates.day_with_year(timezone.localdate(answered)) if answered else "",
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A section of the readable copy: each row is a list of (what, value)."""

    title: str
    rows: Sequence[Sequence[tuple[str, str]]]


def readable(sections: Iterable[Section]) -> list[Shown]:
    return [
        Shown(
            section.title,
            [
                [(name, said(value)) for name, value in row.items()]
                for row in section.rows
            ],
        )
        for section in sections
    ]


def said(value: Value) -> str:
    """Days and hours as people say them, nothing as «–»."""
    if isinstance(value, datetime):
        return f"{dates.day_with_year(value)}, {dates.hour(value)}"
    if isinstance(value, date):
        return dates.day_with_year(value)
    if isinstance(value, bool):
        return "Sí" if value else "No"
    return str(value) if value not in (None, "") else "–"


def as_json(sections: Iterable[Section]) -> dict[str, Any]:
    return {section.title: list(section.rows) for section in sections}
