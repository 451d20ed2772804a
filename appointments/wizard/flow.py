"""The order of the questions. The only place that knows it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from appointments.forms import FROM
from appointments.wizard.options import (
    BY_PRACTITIONER,
    BY_SPECIALTY,
    Options,
    OptionsOf,
)
from appointments.wizard.query import FILTERS, ON_THE_DAY, Search
from catalog.models import Modality


@dataclass(frozen=True, slots=True)
class Step:
    """A question: the answer it fills, its path, its place on the bar, its possible answers."""

    field: str
    slug: str
    number: int
    question: str
    label: str
    options: OptionsOf
    applies: Callable[[Search, Options], bool] = lambda search, options: True


def _by_practitioner(search: Search, options: Options) -> bool:
    return search.door == BY_PRACTITIONER


def _by_specialty(search: Search, options: Options) -> bool:
    return search.door in (BY_PRACTITIONER, BY_SPECIALTY)


def _has_visits(search: Search, options: Options) -> bool:
    return _by_specialty(search, options) and bool(options.visits(search))


def _by_procedure(search: Search, options: Options) -> bool:
    return not search.procedure


def _in_person(search: Search, options: Options) -> bool:
    return search.modality == Modality.IN_PERSON


STEPS = (
    Step("category", "tipo", 1, "¿Qué cita necesita?", "Tipo", Options.categories),
    Step(
        "modality",
        "modalidad",
        2,
        "¿Cómo quiere su cita?",
        "Modalidad",
        Options.modalities,
    ),
    Step("door", "busqueda", 3, "¿Cómo quiere buscar?", "", Options.doors),
    Step(
        "practitioner",
        "medico",
        4,
        "¿Con qué médico?",
        "Médico",
        Options.practitioners,
        _by_practitioner,
    ),
    Step(
        "specialty",
        "especialidad",
        4,
        "¿Qué especialidad necesita?",
        "Especialidad",
        Options.specialties,
        _by_specialty,
    ),
    Step(
        "procedure",
        "consulta",
        4,
        "¿Es su primera consulta o un control?",
        "Consulta",
        Options.consultations,
        _has_visits,
    ),
    Step(
        "procedure",
        "procedimiento",
        4,
        "¿Qué procedimiento necesita?",
        "Procedimiento",
        Options.procedure_codes,
        _by_procedure,
    ),
    Step("city", "ciudad", 5, "¿En qué ciudad?", "Ciudad", Options.cities, _in_person),
    Step("site", "sede", 6, "¿En qué sede?", "Sede", Options.sites, _in_person),
)
DATES, AGENDA, HOLD, ORDER = "fechas", "agenda", "apartar", "orden"
NAMES = {DATES: "dates", AGENDA: "agenda", HOLD: "hold", ORDER: "order"}
BY_SLUG = {step.slug: step for step in STEPS}


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that is behind us, and how many answers it had."""

    step: Step
    count: int

    @property
    def was_asked(self) -> bool:
        return self.count > 1


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a search goes: its good answers, and the first open question if there is one."""

    search: Search
    answers: tuple[Answer, ...]
    open: Step | None
    codes: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[Answer, ...]:
        return tuple(answer for answer in self.answers if answer.was_asked)

    @property
    def previous(self) -> Step | None:
        """Where «Volver» leads: the last question that was really asked."""
        return self.asked[-1].step if self.asked else None


def walk(search: Search, options: Options, *, until: str | None = None) -> Walk:
    """Take the answers in order as long as they are possible.

    What has one possible answer is not asked. With `until`, stop at that question
    even if it is answered, to show it.
    """
    good = Search(replaces=search.replaces, agreement=search.agreement)
    answers: list[Answer] = []
    for step in STEPS:
        if not step.applies(good, options):
            continue
        codes = step.options(options, good)
        wanted = getattr(search, step.field)
        known = wanted in codes
        if step.slug == until or (not known and len(codes) != 1):
            return Walk(good, tuple(answers), step, codes)
        code = wanted if known else codes[0]
        good = good.with_answer(step.field, code)
        answers.append(Answer(step, len(codes)))
    filters: dict[str, Any] = {name: getattr(search, name) for name in FILTERS}
    filters["order"] = search.order if search.order == ON_THE_DAY else ""
    if search.when != FROM:
        filters |= {"first_day": "", "last_day": ""}
    if search.only not in options.practitioners(good):
        filters["only"] = ""
    return Walk(replace(good, **filters), tuple(answers), None)


def after(step: Step, search: Search, options: Options) -> str:
    """The page that follows once this question is answered."""
    later = STEPS[STEPS.index(step) + 1 :]
    return next((s.slug for s in later if s.applies(search, options)), DATES)
