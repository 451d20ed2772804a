"""What one person can answer to each question: only what can really be booked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from accounts.models import Patient
from appointments import history, names, offer, policies
from appointments.wizard.query import ANY_SITE, Search
from catalog.models import Agreement, Modality, Procedure

BY_PRACTITIONER, BY_SPECIALTY, BY_PROCEDURE = "medico", "especialidad", "procedimiento"


@dataclass(frozen=True)
class Options:
    """The catalogue as it is open to this patient with this agreement."""

    patient: Patient
    agreement: Agreement
    today: date

    @cached_property
    def names(self) -> names.Names:
        return names.current()

    @cached_property
    def who(self) -> offer.Criteria:
        """Who asks; where there are controls, with the specialties that know them."""
        anybody = offer.Criteria(
            agreement_id=self.agreement.pk,
            age_years=policies.age_on(self.today, birth_date=self.patient.birth_date),
            sex=self.patient.sex,
        )
        asked = offer.specialties_with_controls(anybody)
        if not asked:
            return anybody
        attended = history.attended_specialties(self.patient)
        return replace(anybody, attended=attended & asked)

    def criteria(self, search: Search) -> offer.Criteria:
        """The answers so far, as the reader of the agenda asks them."""
        site = "" if search.site == ANY_SITE else search.site
        shelves = self.names
        return replace(
            self.who,
            modality=search.modality or None,
            category_id=shelves.categories.id_of(search.category),
            specialty_id=shelves.specialties.id_of(search.specialty),
            practitioner_id=shelves.practitioners.id_of(search.practitioner),
            procedure_id=shelves.procedures.id_of(search.procedure),
            city_id=shelves.cities.id_of(search.city),
            site_id=shelves.sites.id_of(site),
        )

    def procedures(self, search: Search) -> list[Procedure]:
        found = offer.procedures(self.criteria(search))
        return self.names.procedures.among(found)

    def visits(self, search: Search) -> list[Procedure]:
        """The consultations among what can be booked; «control» for who came before."""
        return [p for p in self.procedures(search) if p.visit]

    def categories(self, search: Search) -> tuple[str, ...]:
        ids = offer.categories(self.criteria(search))
        return _codes(self.names.categories.among(ids))

    def modalities(self, search: Search) -> tuple[str, ...]:
        found = offer.modalities(self.criteria(search))
        return tuple(m.value for m in Modality if m.value in found)

    def doors(self, search: Search) -> tuple[str, ...]:
        """Where there is no consultation (laboratory) one can only ask for a procedure."""
        offered = self.procedures(search)
        if not offered:
            return ()
        if any(procedure.visit for procedure in offered):
            return (BY_PRACTITIONER, BY_SPECIALTY, BY_PROCEDURE)
        return (BY_PROCEDURE,)

    def practitioners(self, search: Search) -> tuple[str, ...]:
        ids = offer.practitioners(self.criteria(search))
        return _codes(self.names.practitioners.among(ids))

    def specialties(self, search: Search) -> tuple[str, ...]:
        """Those with a consultation; of a chosen practitioner, all of theirs."""
        criteria = self.criteria(search)
        if search.door == BY_PRACTITIONER:
            ids = offer.specialties(criteria)
        else:
            ids = frozenset(
                p.specialty_id for p in self.visits(search) if p.specialty_id
            )
        return _codes(self.names.specialties.among(ids))

    def consultations(self, search: Search) -> tuple[str, ...]:
        return _codes(self.visits(search))

    def procedure_codes(self, search: Search) -> tuple[str, ...]:
        return _codes(self.procedures(search))

    def cities(self, search: Search) -> tuple[str, ...]:
        ids = offer.cities(self.criteria(search))
        return _codes(self.names.cities.among(ids))

    def sites(self, search: Search) -> tuple[str, ...]:
        """Each site; with several, «any of them» first."""
        ids = offer.sites(self.criteria(search))
        codes = _codes(self.names.sites.among(ids))
        return (ANY_SITE, *codes) if len(codes) > 1 else codes


def _codes(rows: list) -> tuple[str, ...]:
    return tuple(row.code for row in rows)


OptionsOf = Callable[[Options, Search], tuple[str, ...]]
