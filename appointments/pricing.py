"""What the patient will pay, estimated from the year's tables. Never a promise.

The tables are read once per version of the catalogue: an estimate costs at most the
query that reads the patient's affiliation, and lists need none per row.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache

from accounts.models import Coverage
from appointments import policies
from catalog import version
from catalog.models import Agreement, FeeBand, FeeYear, Procedure, ProcedurePrice

LIVE = (Coverage.State.DECLARED, Coverage.State.VERIFIED)
BY_LAW = "Decreto 1652 de 2022"
Member, Regime, Kinds = Coverage.Member, FeeBand.Regime, Agreement.Kind
NOTHING_TO_PAY = (Kinds.ARL, Kinds.SOAT)


class Kind(StrEnum):
    """What is paid."""

    MODERADORA = "moderadora"
    COPAGO = "copago"
    PARTICULAR = "particular"
    NOTHING = "nothing"
    # By the payer's own contract or rules, which we do not have.
    PLAN = "plan"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """An amount in pesos, or from one to another, or only which part of it and its cap."""

    kind: Kind
    low: int | None = None
    high: int | None = None
    # A copago whose service has no known value: so much per cent, at most `high`.
    percent: str = ""
    exemption: str = ""
    # A holder pays no copago: true while nobody knows whether this is one.
    only_beneficiary: bool = False
    basis: str = ""
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Tables:
    """The years, newest first, and the prices by agreement, newest first."""

    years: tuple[FeeYear, ...]
    bands: dict[int, dict[tuple[str, str], FeeBand]]
    by_procedure: dict[tuple[int, int], tuple[ProcedurePrice, ...]]
    by_specialty: dict[tuple[int, int], tuple[ProcedurePrice, ...]]

    def year(self, day: date) -> FeeYear | None:
        """That year's; before staff write it, the latest one that there is."""
        return next((one for one in self.years if one.year <= day.year), None)

    def price(
        self, agreement: Agreement, procedure: Procedure, day: date
    ) -> int | None:
        """Its own, or else that of its whole specialty."""
        own = self.by_procedure.get((agreement.pk, procedure.pk), ())
        shared = self.by_specialty.get((agreement.pk, procedure.specialty_id or 0), ())
        begun = (one.amount for one in (*own, *shared) if one.valid_from <= day)
        return next(begun, None)


def coverage_of(patient_id: int, agreement_id: int) -> Coverage | None:
    """The affiliation that says what this person is to that payer."""
    return Coverage.objects.filter(
        patient=patient_id, agreement=agreement_id, state__in=LIVE
    ).first()


def estimate(
    *,
    coverage: Coverage | None,
    agreement: Agreement,
    procedure: Procedure,
    day: date,
) -> Estimate:
    """What this person pays for this on that day, as far as the clinic knows."""
    if agreement.kind == Kinds.PARTICULAR:
        return _particular(agreement, procedure, day)
    if agreement.kind in NOTHING_TO_PAY:
        return Estimate(kind=Kind.NOTHING, basis="Lo paga su aseguradora")
    if agreement.kind == Kinds.CONTRIBUTIVO:
        return _contributivo(coverage, agreement, procedure, day)
    if agreement.kind == Kinds.SUBSIDIADO:
        return _subsidiado(coverage, agreement, procedure, day)
    return Estimate(kind=Kind.PLAN)


def forget() -> None:
    """Drop what this process remembers: for tests, whose versions begin again."""
    _tables.cache_clear()


def _particular(agreement: Agreement, procedure: Procedure, day: date) -> Estimate:
    amount = tables().price(agreement, procedure, day)
    return Estimate(kind=Kind.PARTICULAR, low=amount, high=amount)


def _contributivo(
    coverage: Coverage | None, agreement: Agreement, procedure: Procedure, day: date
) -> Estimate:
    """Cuota moderadora for holder and beneficiary; copago for beneficiaries alone."""
    known = tables()
    year = known.year(day)
    fee = policies.fee_of(chosen=procedure.fee, code=procedure.code)
    free = _free(coverage, fee)
    if free is not None:
        return free
    bands = _bands(known, year, Regime.CONTRIBUTIVO, coverage)
    if year is None or not bands:
        return Estimate(kind=Kind.UNKNOWN)
    if fee == "moderadora":
        amounts = [one.moderadora for one in bands if one.moderadora is not None]
        if not amounts:
            return Estimate(kind=Kind.UNKNOWN)
        return Estimate(
            kind=Kind.MODERADORA,
            low=min(amounts),
            high=max(amounts),
            basis=year.legal_basis,
            year=year.year,
        )
    member = coverage.member_type if coverage else Member.UNKNOWN
    if member == Member.HOLDER:
        return Estimate(kind=Kind.NOTHING, basis=BY_LAW, year=year.year)
    price = known.price(agreement, procedure, day)
    return _copago(bands, price, year, unsure=member == Member.UNKNOWN)


def _subsidiado(
    coverage: Coverage | None, agreement: Agreement, procedure: Procedure, day: date
) -> Estimate:
    """No cuota moderadora; a copago where staff wrote one."""
    known = tables()
    year = known.year(day)
    fee = policies.fee_of(chosen=procedure.fee, code=procedure.code)
    free = _free(coverage, fee)
    if free is not None:
        return free
    if fee == "moderadora":
        return Estimate(kind=Kind.NOTHING, basis=BY_LAW)
    bands = _bands(known, year, Regime.SUBSIDIADO, None)
    if year is None or not bands:
        return Estimate(kind=Kind.UNKNOWN)
    return _copago(bands, known.price(agreement, procedure, day), year, unsure=False)


def _free(coverage: Coverage | None, fee: str) -> Estimate | None:
    """Who is exempt, and what nobody pays."""
    if coverage is not None and coverage.fee_exemption:
        return Estimate(
            kind=Kind.NOTHING, exemption=coverage.fee_exemption, basis=BY_LAW
        )
    if fee == "none":
        return Estimate(kind=Kind.NOTHING, basis=BY_LAW)
    return None


def _copago(
    bands: list[FeeBand], price: int | None, year: FeeYear, *, unsure: bool
) -> Estimate:
    known = [one for one in bands if one.copago_percent is not None]
    if not known:
        return Estimate(kind=Kind.UNKNOWN)
    parts = [one.copago_percent or 0 for one in known]
    caps = [one.copago_event for one in known if one.copago_event is not None]
    copago = Estimate(
        kind=Kind.COPAGO,
        only_beneficiary=unsure,
        basis=year.legal_basis,
        year=year.year,
    )
    if price is None:
        said = [_percent(part) for part in sorted({min(parts), max(parts)})]
        high = max(caps) if len(caps) == len(known) else None
        return replace(copago, percent=" a ".join(said), high=high)
    amounts = [
        policies.copago(amount=price, percent=one.copago_percent, cap=one.copago_event)
        for one in known
        if one.copago_percent is not None
    ]
    return replace(copago, low=min(amounts), high=max(amounts))


def _percent(part: object) -> str:
    return f"{part}".removesuffix(".0").replace(".", ",")


def _bands(
    known: Tables, year: FeeYear | None, regime: str, coverage: Coverage | None
) -> list[FeeBand]:
    """The one of this person's income; all of them while nobody knows it."""
    if year is None:
        return []
    rows = known.bands.get(year.pk, {})
    level = coverage.income_level if coverage else ""
    own = rows.get((regime, level))
    if own is not None:
        return [own]
    return [band for (of, _), band in rows.items() if of == regime]


def tables() -> Tables:
    """The tables as the catalogue stands now."""
    return _tables(version.current())


@lru_cache(maxsize=1)
def _tables(now_version: int) -> Tables:
    bands: dict[int, dict[tuple[str, str], FeeBand]] = {}
    years: dict[int, FeeYear] = {}
    for band in FeeBand.objects.select_related("fee_year"):
        years[band.fee_year_id] = band.fee_year
        bands.setdefault(band.fee_year_id, {})[(band.regime, band.level)] = band
    prices = list(ProcedurePrice.objects.order_by("-valid_from", "pk"))
    return Tables(
        years=tuple(sorted(years.values(), key=lambda one: -one.year)),
        bands=bands,
        by_procedure=_by(prices, "procedure_id"),
        by_specialty=_by(prices, "specialty_id"),
    )


def _by(
    prices: Iterable[ProcedurePrice], name: str
) -> dict[tuple[int, int], tuple[ProcedurePrice, ...]]:
    found: dict[tuple[int, int], list[ProcedurePrice]] = {}
    for price in prices:
        if getattr(price, name):
            key = (price.agreement_id, getattr(price, name))
            found.setdefault(key, []).append(price)
    return {key: tuple(rows) for key, rows in found.items()}
