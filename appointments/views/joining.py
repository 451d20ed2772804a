"""«Anótese en la lista de espera»: from a search, or for a sooner time than the one that one has."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import PatientRequest, patient_required
from accounts.models import Patient
from appointments import waiting_list, words
from appointments.errors import BookingError
from appointments.forms import NOTICES, PARTS, WEEKDAYS, WaitingForm
from appointments.models import Appointment, WaitingListEntry
from appointments.presenters import waiting as presenter
from appointments.views.own import own, search_of
from appointments.waiting_list import Wanted
from appointments.wizard import flow, orders, quest
from appointments.wizard.asking import Asking, address, for_person, onward
from appointments.wizard.options import Options
from appointments.wizard.query import ANY_SITE, Search
from catalog.models import Agreement, Modality, Practitioner, Procedure, Site

CONFLICT = 409
# Nobody waits longer: who still needs it then asks anew. And what is proposed for a start.
LONGEST, USUAL = timedelta(days=180), timedelta(days=60)
BACKWARDS = {number: code for code, number in WEEKDAYS.items()}
# The wishes of the form; the rest of a search is remembered with the place.
OWN_FILTERS = ("when", "first_day", "last_day", "parts", "weekdays")
JOINED = "Quedó en la lista de espera. Le avisamos si se libera una cita."
CHANGED = "Guardamos los cambios. Usted conserva su lugar en la lista de espera."


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """What is waited for; the form asks the rest."""

    patient: Patient
    agreement: Agreement
    procedure: Procedure
    modality: str
    search: Search
    # Where it may be: one that was chosen, or those to choose from.
    sites: tuple[Site, ...]
    practitioner: Practitioner | None
    first_day: date
    last_day: date
    proposed_day: date
    back_url: str
    now: datetime
    later: Appointment | None = None

    @property
    def any_site(self) -> bool:
        return len(self.sites) > 1


@require_http_methods(["GET", "HEAD", "POST"])
@for_person
def join(request: PatientRequest, asking: Asking) -> HttpResponse:
    """For what was searched; a search that is not finished goes on with its questions."""
    walk = asking.walk()
    if walk.open is not None:
        return redirect(onward(asking, walk.search))
    if wanting := orders.stop(asking, walk.search):
        return redirect(wanting)
    if asking.changing is not None:
        return redirect("appointments:join_for_sooner", asking.changing.pk)
    return _page(request, _of_search(asking, walk.search))


@require_http_methods(["GET", "HEAD", "POST"])
@patient_required
def join_for_sooner(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """«Avíseme si hay antes»: an offer that is accepted takes the place of this one."""
    later, now = own(request, appointment_id), timezone.now()
    if later.status != Appointment.Status.BOOKED or later.start <= now:
        return redirect("appointments:detail", later.pk)
    return _page(request, _of_appointment(later, now))


def _of_search(asking: Asking, search: Search) -> Joining:
    form = quest.dates_form(asking, search)
    window = form.window(asking.now) if form.is_valid() else None
    today = asking.today
    first = max(window.first_day or today, today) if window else today
    asked_until = window.last_day if window and search.last_day else None
    last = today + LONGEST
    return Joining(
        patient=asking.patient,
        agreement=asking.options.agreement,
        procedure=quest.procedure_of(asking, search),
        modality=search.modality,
        search=search,
        sites=_sites(asking.options, search),
        practitioner=_practitioner(asking.options, search),
        first_day=min(first, last),
        last_day=last,
        proposed_day=min(asked_until or max(first, today + USUAL), last),
        back_url=address(flow.AGENDA, asking.patient, search),
        now=asking.now,
    )


def _of_appointment(later: Appointment, now: datetime) -> Joining:
    search, today = search_of(later), timezone.localdate(now)
    options = Options(later.patient, later.agreement, today)
    day = timezone.localdate(later.start)
    return Joining(
        patient=later.patient,
        agreement=later.agreement,
        procedure=later.procedure,
        modality=later.modality,
        search=search,
        sites=_sites(options, search) or _its_site(later),
        practitioner=_practitioner(options, search),
        first_day=today,
        last_day=day,
        proposed_day=day,
        back_url=reverse("appointments:detail", args=[later.pk]),
        now=now,
        later=later,
    )


def _sites(options: Options, search: Search) -> tuple[Site, ...]:
    """The one that was asked for, or each where it is done; none for what has no place."""
    if search.modality == Modality.VIRTUAL:
        return ()
    shelf = options.names.sites
    if search.site and search.site != ANY_SITE:
        chosen = shelf.get(search.site)
        return (chosen,) if chosen else ()
    codes = options.sites(replace(search, site=""))
    return tuple(shelf.by_code[code] for code in codes if code != ANY_SITE)


def _its_site(later: Appointment) -> tuple[Site, ...]:
    return () if later.modality == Modality.VIRTUAL else (later.site,)


def _practitioner(options: Options, search: Search) -> Practitioner | None:
    return options.names.practitioners.get(search.only or search.practitioner)


# --- The page -------------------------------------------------------------------------


def _page(request: PatientRequest, joining: Joining) -> HttpResponse:
    known = WaitingListEntry.objects.waiting().of(joining.patient)
    entry = known.filter(procedure=joining.procedure).first()
    form = WaitingForm(
        request.POST if request.method == "POST" else None,
        initial=_initial(joining, entry),
        first=max(joining.first_day, timezone.localdate(joining.now)),
        last=joining.last_day,
        sites=_choices(joining),
    )
    if form.is_valid():
        return _join(request, joining, form, again=entry is not None)
    context = {
        "form": form,
        "asked": presenter.asked(
            procedure=joining.procedure,
            practitioner=joining.practitioner,
            sites=joining.sites,
            later=joining.later,
        ),
        "by_order": presenter.by_order(),
        "later": joining.later,
        "again": entry,
        "back_url": joining.back_url,
        "nav": "citas",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "appointments/waiting/join.html", context, status=status)


def _choices(joining: Joining) -> list[tuple[str, str]]:
    sites = joining.sites if joining.any_site else ()
    return [(site.code, words.site_named(site)) for site in sites]


def _initial(joining: Joining, entry: WaitingListEntry | None) -> dict[str, object]:
    """What they said before; else what the search says."""
    search = joining.search
    if entry is None:
        return {
            "hasta": joining.proposed_day,
            "jornada": list(search.parts) or list(PARTS),
            "dia": list(search.weekdays),
            "aviso": "1d",
        }
    today = timezone.localdate(joining.now)
    return {
        "hasta": min(max(entry.last_day, today), joining.last_day),
        "jornada": [entry.part] if entry.part else list(PARTS),
        "dia": [BACKWARDS[day] for day in entry.iso_weekdays if day in BACKWARDS],
        "sede": [site.code for site in entry.sites.all()],
        "aviso": _notice(entry.notice_minutes),
        "noche": entry.may_wake,
    }


def _notice(minutes: int) -> str:
    return next((code for code, one in NOTICES.items() if one >= minutes), "1d")


def _join(
    request: PatientRequest, joining: Joining, form: WaitingForm, *, again: bool
) -> HttpResponse:
    try:
        waiting_list.join(_wanted(joining, form), by=request.user, now=joining.now)
    except BookingError as refusal:
        said = presenter.refusal(refusal, joining.patient, request.user)
        context = {
            "said": said,
            "onward_url": joining.back_url,
            "onward": "Volver",
            "nav": "citas",
        }
        template = "appointments/waiting/refused.html"
        return render(request, template, context, status=CONFLICT)
    messages.success(request, CHANGED if again else JOINED)
    return redirect("appointments:list")


def _wanted(joining: Joining, form: WaitingForm) -> Wanted:
    data, sites = form.cleaned_data, joining.sites
    if joining.any_site:
        codes = data.get("sede") or ()
        sites = tuple(site for site in sites if site.code in codes)
    city = joining.sites[0].city if joining.sites else None
    return Wanted(
        patient=joining.patient,
        agreement=joining.agreement,
        procedure=joining.procedure,
        modality=joining.modality,
        practitioner=joining.practitioner,
        city=city,
        sites=sites,
        first_day=joining.first_day,
        last_day=data["hasta"],
        part=form.part,
        weekdays=form.weekdays,
        notice_minutes=form.notice_minutes,
        may_wake=data["noche"],
        instead_of=joining.later,
        search=joining.search.without(*OWN_FILTERS).querystring(),
    )
