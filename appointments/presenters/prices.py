"""«Valor estimado», in words. Amounts are written as people write them: «$ 4.700»."""

from dataclasses import dataclass

from django.utils.timezone import localdate

from appointments import pricing
from appointments.models import Appointment
from appointments.pricing import Estimate, Kind
from portal.ui import dates

LABEL = "Valor estimado"
EXEMPT = (
    "No pagan, entre otros, las personas gestantes, quienes van por promoción y "
    "prevención, y quienes están en un programa de una enfermedad crónica o de alto "
    "costo. Si es su caso, dígalo en la sede."
)
UNSAID = (Kind.UNKNOWN, Kind.PLAN)
NAMES = {Kind.MODERADORA: "cuota moderadora", Kind.COPAGO: "copago"}


@dataclass(frozen=True, slots=True)
class Price:
    """A row of a page: what it says, why, and who does not pay."""

    words: str
    basis: str = ""
    exempt: str = ""
    label: str = LABEL
    known: bool = True


def price(appointment: Appointment) -> Price:
    """For one page: asks once for the affiliation."""
    paid_by_other = appointment.agreement.payer_id is not None
    coverage = (
        pricing.coverage_of(appointment.patient_id, appointment.agreement_id)
        if paid_by_other
        else None
    )
    return told(
        pricing.estimate(
            coverage=coverage,
            agreement=appointment.agreement,
            procedure=appointment.procedure,
            day=localdate(appointment.start),
        )
    )


def told(estimate: Estimate) -> Price:
    """An estimate in words."""
    words = _WORDS[estimate.kind](estimate)
    basis = f"Según {estimate.basis}." if estimate.year else ""
    if estimate.year:
        basis = f"{basis} Valores de {estimate.year}."
    exempt = EXEMPT if estimate.kind in NAMES else ""
    return Price(words, basis, exempt, known=estimate.kind not in UNSAID)


def pesos(amount: int) -> str:
    """«$ 52.800», never broken in two lines."""
    return f"${dates.NBSP}{amount:,}".replace(",", ".")


def _amount(estimate: Estimate) -> str:
    low, high = estimate.low, estimate.high
    if low is None or high is None:
        return ""
    if low == high:
        return pesos(low)
    return f"Entre {pesos(low)} y {pesos(high)}"


def _moderadora(estimate: Estimate) -> str:
    return f"{_amount(estimate)} de cuota moderadora"


def _copago(estimate: Estimate) -> str:
    amount = _amount(estimate)
    if amount:
        words = f"{amount} de copago"
    else:
        part = " % a ".join(estimate.percent.split(" a "))
        words = f"Copago del {part} % del valor del servicio"
        if estimate.high is not None:
            words += f", máximo {pesos(estimate.high)}"
    if estimate.only_beneficiary:
        words += ", si usted es beneficiario. Si es cotizante, no paga copago"
    return words


def _particular(estimate: Estimate) -> str:
    return (
        _amount(estimate)
        or "Usted paga el valor completo. Pregunte cuánto es en la sede"
    )


def _nothing(estimate: Estimate) -> str:
    if estimate.exemption:
        return f"No paga: {estimate.exemption}"
    return "No paga nada por esta cita"


def _plan(estimate: Estimate) -> str:
    return "Según su plan, puede que deba pagar un bono o un copago. Pregúntele a su entidad"


def _unknown(estimate: Estimate) -> str:
    return "Puede que deba pagar una cuota moderadora o un copago"


_WORDS = {
    Kind.MODERADORA: _moderadora,
    Kind.COPAGO: _copago,
    Kind.PARTICULAR: _particular,
    Kind.NOTHING: _nothing,
    Kind.PLAN: _plan,
    Kind.UNKNOWN: _unknown,
}
