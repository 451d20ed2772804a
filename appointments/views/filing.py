"""«Radicar solicitud»: a number and a day where there is no time to choose; and its page."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import people
from accounts.access import PatientRequest, patient_required
from appointments import agenda, filing, notifications, words
from appointments.errors import (
    BookingError,
    NothingToOffer,
    PersonInactive,
    TooManyWaiting,
)
from appointments.forms import FROM, WEEKDAYS
from appointments.models import Offer, WaitingListEntry
from appointments.presenters import filing as presenter
from appointments.presenters.notices import will_tell
from appointments.wizard import flow, orders, quest
from appointments.wizard.asking import Asking, address, for_person, onward
from appointments.wizard.query import ANY_SITE, Search
from catalog.models import Modality
from portal.ui import fields
from portal.ui.forms import PortalForm

CONFLICT, UNPROCESSABLE = 409, 422
WORDS: dict[type[BookingError], tuple[str, str]] = {
    TooManyWaiting: (
        "{who} ya espera varias citas",
        "Retire una de sus solicitudes o llámenos.",
    ),
    NothingToOffer: (
        "Ese servicio no se puede pedir con este convenio",
        "Escoja otro servicio u otro convenio, o llámenos.",
    ),
    PersonInactive: (
        "No se pueden pedir citas para esta persona",
        "Su registro está inactivo en la clínica. Llámenos para revisarlo.",
    ),
}


class FilingForm(PortalForm):
    """For when the person needs it, who wants to say it."""

    fecha = fields.DayField(
        label="¿Para qué fecha la necesita? (opcional)",
        hint="La sede la tiene en cuenta. No es la fecha de la cita.",
        required=False,
    )

    def __init__(self, *args: object, first: date, last: date, **options: object):
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.first, self.last = first, last
        limits = {"min": first.isoformat(), "max": last.isoformat()}
        self.fields["fecha"].widget.attrs |= limits

    def clean_fecha(self) -> date | None:
        day: date | None = self.cleaned_data["fecha"]
        if day is not None and not self.first <= day <= self.last:
            raise ValidationError("Escoja una fecha desde hoy y de los próximos meses")
        return day


@require_http_methods(["GET", "HEAD", "POST"])
@for_person
def file_request(request: PatientRequest, asking: Asking) -> HttpResponse:
    """What is asked for, what happens next and by when; and then its number."""
    walk = asking.walk()
    search = walk.search
    if walk.open is not None:
        return redirect(onward(asking, search))
    if wanting := orders.stop(asking, search):
        return redirect(wanting)
    if asking.changing is not None or not quest.dates_form(asking, search).is_valid():
        return redirect(address(flow.AGENDA, asking.patient, search))
    if elsewhere := _instead(asking, search):
        return redirect(elsewhere)
    sent = request.method == "POST"
    form = FilingForm(
        request.POST if sent else None,
        first=asking.today,
        last=filing.last_day_of(asking.today),
    )
    if sent and form.is_valid():
        return _file(request, asking, search, form.cleaned_data["fecha"])
    context = {
        "form": form,
        "said": quest.said(asking, search),
        "agreement": asking.options.agreement.name,
        "answer_by": filing.answer_day(asking.today, asking.options.agreement),
        "days": presenter.days_in_words(filing.days_for(asking.options.agreement)),
        "told_by": will_tell(notifications.reached(asking.patient)),
        "back_url": address(flow.AGENDA, asking.patient, search),
        "nav": "citas",
    }
    status = UNPROCESSABLE if form.errors else 200
    template = "appointments/filing/file.html"
    return render(request, template, context, status=status)


@require_safe
@patient_required
def filed_request(request: PatientRequest, entry_id: UUID) -> HttpResponse:
    """One address for the whole life of a filed request. A stranger's is a 404."""
    user, today = request.user, timezone.localdate()
    mine = WaitingListEntry.objects.filed().filter(
        patient__in=people.acts_for(user, on=today)
    )
    rows = mine.annotate(alone=people.is_alone(user, on=today)).select_related(
        "patient__user", "procedure__specialty", "agreement", "practitioner"
    )
    entry = get_object_or_404(
        rows.select_related("city", "assigned").prefetch_related("sites"), pk=entry_id
    )
    entry.patient.alone = entry.alone
    request.active_person = entry.patient
    open_ones = Offer.objects.filter(entry=entry, status=Offer.Status.OPEN)
    offered = open_ones.filter(expires_at__gt=timezone.now()).exists()
    told = notifications.reached(entry.patient)
    context = {
        "filed": presenter.filed(entry, offered=offered, today=today),
        "told_by": will_tell(told),
        "back_url": reverse("appointments:list"),
        "nav": "citas",
    }
    return render(request, "appointments/filing/filed.html", context)


def _file(
    request: PatientRequest, asking: Asking, search: Search, desired: date | None
) -> HttpResponse:
    """Pressed twice it is one request, and the same page."""
    try:
        entry = filing.file(
            _wanted(asking, search),
            desired_day=desired,
            by=request.user,
            now=asking.now,
        )
    except (TooManyWaiting, NothingToOffer, PersonInactive) as refusal:
        title, text = WORDS[type(refusal)]
        context = {
            "title": title.format(who=words.whom(asking.patient, request.user)),
            "text": text,
            "agenda_url": address(flow.DATES, asking.patient, search),
            "onward": "Volver a la búsqueda",
            "nav": "citas",
        }
        template = "appointments/wizard/refused.html"
        return render(request, template, context, status=CONFLICT)
    return redirect("appointments:filed_request", entry.pk)


def _instead(asking: Asking, search: Search) -> str:
    """What was filed for this service already; or the times, where there are any."""
    waiting = WaitingListEntry.objects.waiting().filed().of(asking.patient)
    already = waiting.filter(procedure=quest.procedure_of(asking, search)).first()
    if already is not None:
        return reverse("appointments:filed_request", args=[already.pk])
    form = quest.dates_form(asking, search)
    if not form.is_valid():
        return address(flow.DATES, asking.patient, search)
    found = agenda.read(quest.quest(asking, search, form), shown=None, page=1)
    return address(flow.AGENDA, asking.patient, search) if found else ""


def _wanted(asking: Asking, search: Search) -> filing.Wanted:
    """The search without its days: a request is for whenever there is a time."""
    names = asking.options.names
    virtual = search.modality == Modality.VIRTUAL
    chosen = search.site and search.site != ANY_SITE and not virtual
    who = search.only or search.practitioner
    weekdays = sorted(WEEKDAYS[code] for code in search.weekdays if code in WEEKDAYS)
    wanted = filing.Wanted(
        patient=asking.patient,
        agreement=asking.options.agreement,
        procedure=quest.procedure_of(asking, search),
        modality=search.modality,
        practitioner=names.practitioners.by_code[who] if who else None,
        city=None if virtual else names.cities.get(search.city),
        sites=[names.sites.by_code[search.site]] if chosen else [],
        first_day=asking.today,
        last_day=filing.last_day_of(asking.today),
        part=search.parts[0] if len(search.parts) == 1 else "",
        weekdays="".join(map(str, weekdays)) if len(weekdays) < len(WEEKDAYS) else "",
        search=search.querystring(),
    )
    return replace(wanted, first_day=_first_day(asking, search))


def _first_day(asking: Asking, search: Search) -> date:
    """«Desde el …» is what the person can do; any other choice of days only narrowed."""
    form = quest.dates_form(asking, search)
    if search.when != FROM or not form.is_valid():
        return asking.today
    return form.window(asking.now).first_day or asking.today
