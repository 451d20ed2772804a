"""Who asks, with which agreement, and how far they are: what every page of the wizard needs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts import coverages, people
from accounts.access import PatientRequest, patient_required
from accounts.models import Patient
from appointments import names
from appointments.wizard import flow
from appointments.wizard.options import Options
from appointments.wizard.query import Search
from catalog.models import Agreement

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Asking:
    patient: Patient
    search: Search
    options: Options
    now: datetime

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
        try:
            patient = people.acting_for(request.user, person)
        except Patient.DoesNotExist:
            raise Http404 from None
        now = timezone.now()
        search = Search.from_query(request.GET)
        agreement = names.current().agreements.get(search.agreement)
        if agreement is None or not coverages.usable(
            patient=patient, agreement=agreement, today=timezone.localdate(now)
        ):
            return redirect("appointments:new")
        asking = begin(patient=patient, agreement=agreement, search=search, now=now)
        return view(request, asking, *args, **kwargs)

    return patient_required(guarded)


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
