"""Who asks, with which agreement, and how far they are: what every page of the wizard needs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts import coverages, people
from accounts.access import PatientRequest, patient_required
from accounts.models import Patient
from appointments import cancellation, names
from appointments.models import Appointment
from appointments.wizard import flow
from appointments.wizard.options import Options
from appointments.wizard.query import Search
from catalog.models import Agreement

P = ParamSpec("P")
AGREEMENT_OVER = (
    "El convenio de esta cita ya no sirve para cambiarla por internet. Su cita sigue "
    "como estaba. Para cambiarla, llame al {phone}."
)


@dataclass(frozen=True, slots=True)
class Asking:
    patient: Patient
    search: Search
    options: Options
    now: datetime
    # The appointment that gets another hour, if that is what this is about.
    changing: Appointment | None = None

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    def walk(self, until: str | None = None) -> flow.Walk:
        return flow.walk(self.search, self.options, until=until)


def usable_agreements(patient: Patient, today: date) -> dict[str, coverages.Choice]:
    """By code, those that this person can book with now."""
    choices = coverages.choices(patient=patient, today=today)
    return {choice.agreement.code: choice for choice in choices if choice.usable}


def default_agreement(patient: Patient, today: date) -> Agreement | None:
    """The one in use; or the only one, once an affiliation says that it is."""
    usable = usable_agreements(patient, today)
    preferred = next(
        (
            choice.agreement
            for choice in usable.values()
            if choice.agreement.pk == patient.preferred_agreement_id
        ),
        None,
    )
    if preferred is not None:
        return preferred
    choices = list(usable.values())
    alone = len(choices) == 1 and choices[0].coverage is not None
    return choices[0].agreement if alone else None


def for_person(
    view: Callable[Concatenate[PatientRequest, Asking, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Give the view who asks; a stranger's token is a 404, no agreement asks for one."""

    @wraps(view)
    def guarded(
        request: PatientRequest, person: UUID, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        now = timezone.now()
        today = timezone.localdate(now)
        patient = acting_for(request, person)
        search = Search.from_query(request.GET)
        changing = _changing(search, patient)
        if changing is not None and not _may_go_on(request, changing, now):
            return redirect("appointments:change", changing.pk)
        agreement = names.current().agreements.get(search.agreement)
        if agreement is None or not coverages.usable(
            patient=patient, agreement=agreement, today=today
        ):
            return _without_agreement(request, patient, changing)
        asking = begin(patient=patient, agreement=agreement, search=search, now=now)
        asking = replace(asking, changing=changing)
        return view(request, asking, *args, **kwargs)

    return patient_required(guarded)


def acting_for(request: PatientRequest, person: UUID) -> Patient:
    """Whom the address names, if this account acts for them now (ACC-03); shown on the page."""
    try:
        patient = people.acting_for(request.user, person, on=timezone.localdate())
    except Patient.DoesNotExist:
        raise Http404 from None
    request.active_person = patient
    return patient


def agreement_url(patient: Patient) -> str:
    """Where this person's agreement is changed, in the middle of the wizard."""
    return reverse("appointments:agreement_of", args=[patient.token])


def _changing(search: Search, patient: Patient) -> Appointment | None:
    """The appointment in the address, of this same person: anybody else's is a 404 (ACC-01)."""
    if not search.replaces:
        return None
    try:
        return Appointment.objects.of(patient).for_page().get(pk=search.replaces)
    except (Appointment.DoesNotExist, ValidationError):
        raise Http404 from None


def _may_go_on(request: PatientRequest, changing: Appointment, now: datetime) -> bool:
    """Reading stops at the page that says why; writing asks the domain."""
    if request.method == "POST":
        return True
    return cancellation.may_change_now(changing, now=now)


def _without_agreement(
    request: PatientRequest, patient: Patient, changing: Appointment | None
) -> HttpResponse:
    """A new appointment begins again with another one; one that stands is not left for it."""
    if changing is None:
        return redirect("appointments:start", patient.token)
    phone = changing.site.phone or settings.ORGANISATION["phone"]
    messages.error(request, AGREEMENT_OVER.format(phone=phone))
    return redirect("appointments:detail", changing.pk)


def begin(
    *, patient: Patient, agreement: Agreement, search: Search, now: datetime
) -> Asking:
    options = Options(patient, agreement, timezone.localdate(now))
    return Asking(patient, search, options, now)


def address(name: str, patient: Patient, search: Search, **extra: str) -> str:
    """A page of the wizard with its search: `name` is a question's slug, or one of flow.NAMES."""
    pairs = [*search.pairs(), *((key, value) for key, value in extra.items() if value)]
    if name in flow.NAMES:
        url = reverse(f"appointments:{flow.NAMES[name]}", args=[patient.token])
    else:
        url = reverse("appointments:question", args=[patient.token, name])
    return f"{url}?{urlencode(pairs)}" if pairs else url


def onward(asking: Asking, search: Search) -> str:
    """The next page after this search: the first open question, or the dates."""
    walked = flow.walk(search, asking.options)
    name = walked.open.slug if walked.open else flow.DATES
    return address(name, asking.patient, walked.search)
