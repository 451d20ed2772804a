"""The questions, one per page. Everything is in the address; only choosing a time writes."""

from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import people
from accounts.access import PatientRequest, patient_required
from accounts.models import Patient
from appointments import agenda, booking, demand, loosening
from appointments.errors import BookingError, PaperMissing, SlotTaken
from appointments.forms import SOMEBODY_NEW, WhoForm
from appointments.presenters import agenda as presenter
from appointments.presenters import rules
from appointments.presenters.people import who_options
from appointments.wizard import (
    flow,
    orders,
    pages,
    parts,
    quest,
    refusals,
    unmet,
    ways_out,
)
from appointments.wizard.asking import (
    Asking,
    acting_for,
    address,
    begin,
    default_agreement,
    for_person,
    onward,
)
from appointments.wizard.query import Search
from catalog.models import Agreement, Modality


@require_safe
@patient_required
def new(request: PatientRequest) -> HttpResponse:
    """«Nueva cita»: for whom, if there is a choice; else straight to the first question."""
    persons = people.persons(request.user, on=timezone.localdate())
    if len(persons) > 1:
        return redirect("appointments:for_whom")
    return _begin(persons[0])


@require_safe
@patient_required
def for_whom(request: PatientRequest) -> HttpResponse:
    """«¿Para quién es la cita?», right after «Nueva cita»; the answer is in the address."""
    today = timezone.localdate()
    held = people.guardianships_of(request.user, on=today)
    me = request.user.patient
    assert me is not None  # noqa: S101 - patient_required saw to it
    chosen = request.GET.get("para")
    if chosen == SOMEBODY_NEW:
        return redirect("accounts:add_person")
    if chosen is not None:
        return _chosen(request, chosen, today)
    if not held:
        return redirect("appointments:new")
    context = {"form": WhoForm(options=who_options(me, held, today)), "nav": "citas"}
    return render(request, "appointments/wizard/for_whom.html", context)


@require_safe
@patient_required
def start(request: PatientRequest, person: UUID) -> HttpResponse:
    """The first question for this person, with the agreement that they use."""
    return _begin(acting_for(request, person))


def _chosen(request: PatientRequest, token: str, today: date) -> HttpResponse:
    try:
        patient = people.acting_for(request.user, token, on=today)
    except Patient.DoesNotExist:
        raise Http404 from None
    return redirect("appointments:start", patient.token)


def _begin(patient: Patient) -> HttpResponse:
    now = timezone.now()
    agreement = default_agreement(patient, timezone.localdate(now))
    if agreement is None:
        return redirect("appointments:agreement_of", patient.token)
    search = Search(agreement=agreement.code)
    asking = begin(patient=patient, agreement=agreement, search=search, now=now)
    return redirect(onward(asking, search))


@require_safe
@for_person
def question(request: HttpRequest, asking: Asking, slug: str) -> HttpResponse:
    """One question. Choosing an answer is a link to the next one."""
    walk = asking.walk(until=slug)
    if walk.open is None or walk.open.slug != slug or len(walk.codes) == 1:
        return redirect(onward(asking, walk.search))
    template, context = pages.page(asking, walk, request.GET)
    context["changing"] = rules.changing(asking.changing)
    return render(request, template, context)


@require_safe
@for_person
def dates(request: HttpRequest, asking: Asking) -> HttpResponse:
    """When can you come?"""
    walk = asking.walk()
    if walk.open is not None:
        return redirect(onward(asking, walk.search))
    if wanting := orders.stop(asking, walk.search):
        return redirect(wanting)
    search = walk.search
    form = quest.dates_form(asking, search)
    context = {
        "question": "¿Cuándo puede venir?",
        "number": 7,
        "back_url": parts.back_url(asking, walk),
        "summary": parts.late_summary(asking, walk),
        "nav": "citas",
        "form": form,
        "agenda_url": address(flow.AGENDA, asking.patient, Search()),
        "hidden": search.before("when").pairs(),
        "changing": rules.changing(asking.changing),
    }
    if search.modality == Modality.VIRTUAL:
        context["question"] = "¿Cuándo quiere la cita?"
    return render(request, "appointments/wizard/dates.html", context)


@require_safe
@for_person
def see_agenda(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Days and times; the first one on top."""
    walk = asking.walk()
    if walk.open is not None:
        return redirect(onward(asking, walk.search))
    if wanting := orders.stop(asking, walk.search):
        return redirect(wanting)
    search = walk.search
    form = quest.dates_form(asking, search)
    if not form.is_valid():
        return redirect(address(flow.DATES, asking.patient, search))
    wanted = quest.quest(asking, search, form)
    found = agenda.read(
        wanted,
        shown=_day(request.GET.get("ver")),
        page=_page(request.GET.get("pagina")),
    )
    if found is None:
        return _empty(request, asking, search, wanted)
    first_day, sooner = found.first.day, []
    if loosening.is_far(first_day, wanted.window):
        unmet.note(request, asking, search, demand.LATE)
        better = ways_out.ways(asking, search, wanted, first_day=first_day)
        sooner = ways_out.sooner_tiles(asking, better)
    context = {
        "agenda": presenter.page(
            found,
            quest.setting(asking, search, opened=request.GET.get("mas", "")),
            said=quest.said(asking, search),
        ),
        "back_url": address(flow.DATES, asking.patient, search),
        "change_url": address(flow.DATES, asking.patient, search),
        "hold_url": address(flow.HOLD, asking.patient, search),
        "sooner": sooner,
        "waiting_url": ways_out.waiting_url(asking, search),
        "changing": rules.changing(asking.changing),
        "nav": "citas",
    }
    return render(request, "appointments/wizard/agenda.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_person
def hold(request: PatientRequest, asking: Asking) -> HttpResponse:
    """Keep the chosen time for ten minutes. Read again, it is the agenda."""
    walk = asking.walk()
    if walk.open is not None:
        return redirect(onward(asking, walk.search))
    slot_id = _slot(request.POST.get("cupo"))
    readable = quest.dates_form(asking, walk.search).is_valid()
    if request.method != "POST" or slot_id is None or not readable:
        return redirect(address(flow.AGENDA, asking.patient, walk.search))
    try:
        quest.check_sought(asking, walk.search, slot_id)
        appointment = booking.hold(
            slot_id=slot_id,
            procedure=quest.procedure_of(asking, walk.search),
            patient=asking.patient,
            agreement=asking.options.agreement,
            by=request.user,
            search=walk.search.querystring(),
            now=asking.now,
            replaces=asking.changing,
            brings_papers=orders.are_promised(asking, walk.search),
        )
    except SlotTaken:
        return refusals.taken(request, asking, walk.search, slot_id)
    except PaperMissing:
        return redirect(orders.wanting_for(asking, walk.search, slot_id))
    except BookingError as refusal:
        return refusals.refused(request, asking, walk.search, refusal)
    return redirect("appointments:instructions", appointment.pk)


def _empty(
    request: HttpRequest, asking: Asking, search: Search, wanted: agenda.Quest
) -> HttpResponse:
    unmet.note(request, asking, search, demand.EMPTY)
    context = {
        "sought": quest.sought(asking, search),
        "tiles": ways_out.tiles(asking, search, wanted),
        "back_url": address(flow.DATES, asking.patient, search),
        "change_url": address(flow.DATES, asking.patient, search),
        "by_payer": asking.options.agreement.kind
        in (Agreement.Kind.CONTRIBUTIVO, Agreement.Kind.SUBSIDIADO),
        "changing": rules.changing(asking.changing),
        "nav": "citas",
    }
    return render(request, "appointments/wizard/agenda_empty.html", context)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _page(text: str | None) -> int:
    return (
        int(text) if text and text.isascii() and text.isdigit() and len(text) < 4 else 1
    )


def _slot(text: str | None) -> int | None:
    """The id in a button of ours; sixteen digits are more than any of them has."""
    if text and text.isascii() and text.isdigit() and len(text) <= 16:
        return int(text)
    return None
