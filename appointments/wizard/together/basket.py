"""«Varias citas» in the address bar: the basket, its people, and what each item is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.urls import reverse

from accounts import people, policies
from accounts.access import PatientRequest
from accounts.models import Patient
from appointments import offer, words
from appointments.planning import FEWEST, MOST, Basket, Part
from appointments.wizard.asking import Asking, default_agreement
from appointments.wizard.options import BY_PRACTITIONER, BY_PROCEDURE, Options
from appointments.wizard.query import ANY_SITE, FILTERS, Search
from catalog.models import Modality, Practitioner, Procedure

ITEM = "cita"
OPENER = "0"
# Procedure, modality, practitioner if one was chosen, and the opaque token of the person.
_ITEM = re.compile(
    r"([A-Za-z0-9]{1,6})\.(presencial|virtual)\.([A-Za-z0-9_-]{0,20})\.(0|[0-9a-f]{32})"
)
# What of an ordinary search the basket keeps.
KEPT = ("agreement", "category", "modality", "order", "city", "site", *FILTERS[:-1])


@dataclass(frozen=True, slots=True)
class Item:
    """One appointment as the address says it: `890201.presencial..0`."""

    procedure: str
    modality: str
    practitioner: str = ""
    person: str = OPENER

    @classmethod
    def parse(cls, text: str) -> Self | None:
        found = _ITEM.fullmatch(text)
        return cls(*found.groups()) if found else None

    @property
    def code(self) -> str:
        return ".".join((self.procedure, self.modality, self.practitioner, self.person))

    @property
    def same(self) -> tuple[str, str]:
        """Nobody needs the same thing twice on one day."""
        return self.procedure, self.person


@dataclass(frozen=True, slots=True)
class Query:
    """The whole basket: its items, and where and when as an ordinary search says it."""

    search: Search
    items: tuple[Item, ...] = ()
    # More were asked for than there can be.
    too_many: bool = False

    @classmethod
    def from_query(cls, query: QueryDict, search: Search) -> Self:
        """Without what no page of ours would have written."""
        known = {name: getattr(search, name) for name in KEPT}
        found: dict[tuple[str, str], Item] = {}
        for item in map(Item.parse, query.getlist(ITEM)[: 3 * MOST]):
            if item is not None:
                found.setdefault(item.same, item)
        items = tuple(found.values())
        return cls(Search(**known), items[:MOST], len(items) > MOST)

    def pairs(self) -> list[tuple[str, str]]:
        return [*((ITEM, item.code) for item in self.items), *self.search.pairs()]

    def querystring(self) -> str:
        return urlencode(self.pairs())

    def adding(self, item: Item) -> Self:
        return replace(self, items=(*self.items, item))

    def removing(self, number: int) -> Self:
        """Without that item. Where to go is asked again: more may be possible."""
        left = self.items[:number] + self.items[number + 1 :]
        return replace(self, items=left, too_many=False)

    def searching(self, **answers: object) -> Self:
        return replace(self, search=replace(self.search, **answers))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Entry:
    """An item with its rows. Without `options` the person has no agreement to use."""

    item: Item
    patient: Patient
    procedure: Procedure
    practitioner: Practitioner | None
    options: Options | None
    offered: bool

    @property
    def service(self) -> str:
        return words.service(self.procedure)

    @property
    def part(self) -> Part:
        assert self.options is not None  # noqa: S101 - asked only where all can be had
        return Part(
            self.patient,
            self.options.agreement,
            self.procedure,
            self.item.modality,
            self.practitioner.pk if self.practitioner else None,
            self.options.who.attended,
        )


@dataclass(frozen=True)
class Several:
    """Who asks, for which basket: what every page of «Varias citas» needs."""

    asking: Asking
    query: Query
    entries: tuple[Entry, ...]
    persons: tuple[Patient, ...]
    companion: Patient | None

    @cached_property
    def ready(self) -> bool:
        """There are from two to six items, and each can be asked for."""
        enough = len(self.entries) >= FEWEST and not self.query.too_many
        return enough and all(entry.offered for entry in self.entries)

    @cached_property
    def in_person(self) -> list[Entry]:
        return [e for e in self.entries if e.item.modality == Modality.IN_PERSON]

    @cached_property
    def is_family(self) -> bool:
        """Some item is for somebody else than the one the basket was opened for."""
        return len({entry.patient.pk for entry in self.entries}) > 1

    def cities(self) -> tuple[str, ...]:
        """Where all that is in person can be had."""
        found = [offer.cities(self.criteria(entry)) for entry in self.in_person]
        ids = frozenset.intersection(*found) if found else frozenset()
        return tuple(row.code for row in self.asking.options.names.cities.among(ids))

    def sites(self) -> tuple[str, ...]:
        """Those that have all of it, after «any of them» where there are several."""
        city = self.asking.options.names.cities.id_of(self.query.search.city)
        each = [
            offer.sites(replace(self.criteria(entry), city_id=city))
            for entry in self.in_person
        ]
        common = frozenset.intersection(*each) if each else frozenset()
        codes = [r.code for r in self.asking.options.names.sites.among(common)]
        alone = len(codes) == 1 and frozenset().union(*each) == common
        return tuple(codes) if alone else (ANY_SITE, *codes)

    def criteria(self, entry: Entry) -> offer.Criteria:
        """What an item asks, wherever it is."""
        assert entry.options is not None  # noqa: S101 - asked only where all can be had
        names = self.asking.options.names
        return replace(
            entry.options.who,
            procedure_id=entry.procedure.pk,
            modality=entry.item.modality,
            practitioner_id=names.practitioners.id_of(entry.item.practitioner),
        )

    def basket(self, window: object) -> Basket:
        names, search = self.asking.options.names, self.query.search
        return Basket(
            tuple(entry.part for entry in self.entries),
            window,  # type: ignore[arg-type]
            names.cities.id_of(search.city) if self.in_person else None,
            names.sites.id_of(search.site) if self.in_person else None,
            self.companion,
            self.query.querystring(),
            self._minors,
        )

    @property
    def _minors(self) -> frozenset[int]:
        """Whom the companion takes to whatever they have, in this basket or not."""
        today, account = self.asking.today, self.companion
        return frozenset(
            one.pk
            for one in self.persons
            if one != account and policies.is_minor(birth_date=one.birth_date, on=today)
        )

    def url(self, name: str, **extra: str) -> str:
        """A page of «Varias citas» with this basket."""
        return self.url_with(self.query, name, **extra)

    def url_with(self, query: Query, name: str, **extra: str) -> str:
        """A page of «Varias citas» with another basket."""
        address = reverse(f"appointments:{name}", args=[self.asking.patient.token])
        return f"{address}?{urlencode([*query.pairs(), *extra.items()])}"

    def ordinary(self, entry: Entry) -> tuple[Asking, Search]:
        """The same thing as one appointment alone, for the questions of its own."""
        assert entry.options is not None  # noqa: S101 - asked only where all can be had
        asking = replace(
            self.asking, patient=entry.patient, options=entry.options, changing=None
        )
        return asking, _alone(self, entry, entry.options)


def _alone(several: Several, entry: Entry, options: Options) -> Search:
    names, kept = options.names, several.query.search
    criteria = several.criteria(entry)
    category = names.categories.among(offer.categories(criteria))
    by_whom = entry.practitioner is not None
    specialty = ""
    if by_whom:
        specialties = names.specialties.among(offer.specialties(criteria))
        specialty = specialties[0].code if specialties else ""
    in_person = entry.item.modality == Modality.IN_PERSON
    return replace(
        kept,
        agreement=options.agreement.code,
        category=category[0].code if category else "",
        modality=entry.item.modality,
        door=BY_PRACTITIONER if by_whom else BY_PROCEDURE,
        practitioner=entry.item.practitioner,
        specialty=specialty,
        procedure=entry.item.procedure,
        city=kept.city if in_person else "",
        site=kept.site if in_person else "",
    )


def read(request: PatientRequest, asking: Asking) -> Several:
    """The basket in the address; a person that this account does not act for is a 404 (ACC-01)."""
    query = Query.from_query(request.GET, asking.search)
    persons = people.persons(request.user, on=asking.today)
    by_token = {one.token.hex: one for one in persons} | {OPENER: asking.patient}
    options: dict[int, Options | None] = {asking.patient.pk: asking.options}
    entries = []
    for item in query.items:
        entry = _entry(item, asking, by_token, options)
        if entry is not None:
            entries.append(entry)
    query = replace(query, items=tuple(entry.item for entry in entries))
    companion = next((p for p in persons if p.pk == request.user.patient_id), None)
    return Several(asking, query, tuple(entries), tuple(persons), companion)


def options_of(asking: Asking, patient: Patient) -> Options | None:
    """What somebody of the family can have, with the agreement that they use."""
    if patient.pk == asking.patient.pk:
        return asking.options
    agreement = default_agreement(patient, asking.today)
    return Options(patient, agreement, asking.today) if agreement else None


def _entry(
    item: Item,
    asking: Asking,
    persons: Mapping[str, Patient],
    options: dict[int, Options | None],
) -> Entry | None:
    patient = persons.get(item.person)
    if patient is None:
        raise Http404
    if patient.pk == asking.patient.pk:
        item = replace(item, person=OPENER)
    names = asking.options.names
    procedure = names.procedures.get(item.procedure)
    practitioner = names.practitioners.get(item.practitioner)
    if procedure is None or (item.practitioner and practitioner is None):
        return None
    if patient.pk not in options:
        options[patient.pk] = options_of(asking, patient)
    theirs = options[patient.pk]
    offered = theirs is not None and _is_offered(item, procedure, practitioner, theirs)
    return Entry(item, patient, procedure, practitioner, theirs, offered)


def _is_offered(
    item: Item,
    procedure: Procedure,
    practitioner: Practitioner | None,
    options: Options,
) -> bool:
    criteria = replace(
        options.who,
        procedure_id=procedure.pk,
        modality=item.modality,
        practitioner_id=practitioner.pk if practitioner else None,
    )
    return bool(offer.matching(criteria))


def for_whom(patients: Sequence[Patient], opener: Patient) -> list[tuple[str, Patient]]:
    """The persons that an item can be for, with the code that the address has for them."""
    first = [one for one in patients if one.pk == opener.pk]
    others = [one for one in patients if one.pk != opener.pk]
    return [
        *((OPENER, one) for one in first or [opener]),
        *((one.token.hex, one) for one in others),
    ]
