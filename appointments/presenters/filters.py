"""The filters of «Mis citas»: of whom and in which state, as the address says."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import Patient
from appointments.models import Appointment

Status = Appointment.Status
TO_COME, REQUESTS, PAST = "upcoming", "requests", "past"
# With more rows than these there is something to look for.
MANY = 6


@dataclass(frozen=True, slots=True)
class State:
    """One choice: its words, the part of the list that it leaves, its states there."""

    slug: str
    label: str
    part: str
    statuses: tuple[str, ...] = ()


STATES = {
    state.slug: state
    for state in (
        State("proximas", "Próximas", TO_COME),
        State("solicitudes", "Solicitudes", REQUESTS),
        State("asistidas", "Asistió", PAST, (Status.FULFILLED,)),
        State("perdidas", "No asistió", PAST, (Status.NOSHOW,)),
        State("canceladas", "Canceladas", PAST, (Status.CANCELLED,)),
        State(
            "no-aceptadas",
            "No aceptadas o sin respuesta",
            PAST,
            (Status.DECLINED, Status.LAPSED),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for; a state that we do not know is none."""

    persons: tuple[Patient, ...]
    person: Patient | None
    state: State | None

    @property
    def chosen(self) -> bool:
        return self.person is not None or self.state is not None

    @property
    def several(self) -> bool:
        return len(self.persons) > 1

    def shows(self, part: str) -> bool:
        return self.state is None or self.state.part == part

    @property
    def of(self) -> list[Option]:
        everybody = Option("", "Todas las personas", self.person is None)
        return [
            everybody,
            *(
                Option(str(one.token), one.full_name, one == self.person)
                for one in self.persons
            ),
        ]

    @property
    def states(self) -> list[Option]:
        every = Option("", "Todos los estados", self.state is None)
        return [
            every,
            *(
                Option(one.slug, one.label, one == self.state)
                for one in STATES.values()
            ),
        ]

    def address(self, **more: str) -> str:
        """The list with these filters and something more."""
        asked = {
            "persona": str(self.person.token) if self.person else "",
            "estado": self.state.slug if self.state else "",
            **more,
        }
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{reverse('appointments:list')}{'?' if query else ''}{query}"


def filters(
    persons: Sequence[Patient], *, person: Patient | None, state: str
) -> Filters:
    return Filters(tuple(persons), person, STATES.get(state))
