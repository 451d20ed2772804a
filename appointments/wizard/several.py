"""«Varias citas»: the basket, where, when, and the plans. Reading only; all is in the address."""

from dataclasses import replace

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import PatientRequest
from appointments import planning, words
from appointments.forms import AddForm
from appointments.planning import FEWEST, MOST, Basket, Found
from appointments.presenters import plans as presenter
from appointments.wizard import basket as baskets
from appointments.wizard import findings, flow, parts, several_ways
from appointments.wizard.asking import address, agreement_url
from appointments.wizard.basket import Entry, Several
from appointments.wizard.lookups import typed
from appointments.wizard.pages import SiteCard
from appointments.wizard.parts import Context, Row, Tile
from appointments.wizard.query import ANY_SITE
from appointments.wizard.several_path import (
    APART,
    BASKET,
    CITY,
    DATES,
    HOLD,
    PLANS,
    SITE,
    basket_of,
    before_plans,
    dates_form,
    onward,
    settle,
    with_basket,
)
from catalog.models import Modality
from portal.ui import fields

FOLDER = "appointments/several"
FULL = f"Puede pedir hasta {MOST} citas a la vez"


@require_safe
@with_basket
def basket(request: PatientRequest, several: Several) -> HttpResponse:
    """«¿Qué citas necesita?»: search, add, take out."""
    walk = several.asking.walk(until="busqueda")
    settled, missing = settle(several)
    context: Context = {
        "question": "¿Qué citas necesita?",
        "number": 4,
        "back_url": address("busqueda", several.asking.patient, walk.search),
        "summary": parts.summary(several.asking, walk),
        "rows": [_row(several, number) for number in range(len(several.entries))],
        "too_many": FULL if several.query.too_many else "",
        "full": "" if len(several.entries) < MOST else FULL,
        "nowhere": several.ready and missing == BASKET,
        "apart_url": several.url(APART),
        "next_url": onward(settled) if several.ready and missing != BASKET else "",
        "wanted": FEWEST - len(several.entries),
        "nav": "citas",
    }
    if not context["full"]:
        context |= _adding(request, several)
    return render(request, f"{FOLDER}/basket.html", context)


@require_safe
@with_basket
def city(request: PatientRequest, several: Several) -> HttpResponse:
    """Where all of it can be had."""
    if not several.in_person or not several.ready or len(several.cities()) < 2:
        return redirect(onward(several))
    shelf = several.asking.options.names.cities.by_code
    tiles = []
    for code in several.cities():
        there = replace(several, query=several.query.searching(city=code, site=""))
        sites = [one for one in there.sites() if one != ANY_SITE]
        hint = words.counted(len(sites), "sede", "sedes") + " con todo" if sites else ""
        tiles.append(Tile(onward(there), "pin", shelf[code].name, hint))
    context = common(several, "¿En qué ciudad?", 5, BASKET) | {
        "tiles": tiles,
        "wanted": f"sus {len(several.entries)} citas",
    }
    return render(request, "appointments/wizard/tiles.html", context)


@require_safe
@with_basket
def site(request: PatientRequest, several: Several) -> HttpResponse:
    """At which site, of those that have all of it; or at any of them."""
    settled, missing = settle(several)
    if missing in (BASKET, CITY) or not several.in_person:
        return redirect(settled.url(missing) if missing else onward(settled))
    codes = settled.sites()
    if len(codes) < 2:
        return redirect(onward(settled))
    names = settled.asking.options.names
    named = words.city(names.cities.by_code[settled.query.search.city])
    cards = [_card(settled, code) for code in codes if code != ANY_SITE]
    previous = CITY if len(settled.cities()) > 1 else BASKET
    context = common(settled, f"¿En qué sede de {named}?", 6, previous) | {
        "title": "¿En qué sede?",
        "cards": cards,
        "any_url": onward(_with(settled, site=ANY_SITE)),
        "any_hint": "Buscamos en todas. Puede que tenga que ir de una a otra.",
    }
    return render(request, "appointments/wizard/sites.html", context)


@require_safe
@with_basket
def dates(request: PatientRequest, several: Several) -> HttpResponse:
    """When they can come."""
    settled, missing = settle(several)
    if missing:
        return redirect(settled.url(missing))
    bare = _with(settled, **dict.fromkeys(("when", "first_day", "last_day"), ""))
    bare = _with(bare, parts=(), weekdays=())
    question = (
        "¿Cuándo puede venir?" if settled.in_person else "¿Cuándo quiere las citas?"
    )
    context = common(settled, question, 7, _place(settled)) | {
        "form": dates_form(settled),
        "agenda_url": settled.url(PLANS).partition("?")[0],
        "hidden": bare.query.pairs(),
        "submit": "Ver planes",
    }
    return render(request, "appointments/wizard/dates.html", context)


@require_safe
@with_basket
def plans(request: PatientRequest, several: Several) -> HttpResponse:
    """The best plans; or what would have one."""
    several, instead = before_plans(several)
    if instead:
        return redirect(instead)
    wanted = basket_of(several)
    found = planning.plans(wanted, now=several.asking.now)
    context: Context = {
        "back_url": several.url(DATES),
        "apart_url": several.url(APART),
        "nav": "citas",
    }
    if not found.plans:
        context |= several_ways.page(several, wanted, found)
        return render(request, f"{FOLDER}/no_plan.html", context)
    context |= {
        "page": presenter.page(found, setting(several, wanted, found)),
        "hold_url": several.url(HOLD),
    }
    return render(request, f"{FOLDER}/plans.html", context)


@require_safe
@with_basket
def apart(request: PatientRequest, several: Several) -> HttpResponse:
    """Each item in its ordinary agenda; the basket stays in this address."""
    if not several.entries:
        return redirect(several.url(BASKET))
    tiles = []
    for entry in several.entries:
        url = agreement_url(entry.patient)
        if entry.options is not None:
            asking, search = several.ordinary(entry)
            url = address(flow.AGENDA, asking.patient, search)
        tiles.append(Tile(url, "calendar", label(several, entry), about(entry)))
    context = {
        "tiles": tiles,
        "back_url": several.url(BASKET),
        "plans_url": several.url(PLANS) if several.ready else "",
        "nav": "citas",
    }
    return render(request, f"{FOLDER}/apart.html", context)


def setting(several: Several, wanted: Basket, found: Found) -> presenter.Setting:
    """What the words of the plans need."""
    sites = frozenset(
        time.site_id
        for plan in found.plans
        for part, time in plan.times
        if wanted.parts[part].modality == Modality.IN_PERSON
    )
    today = several.asking.today
    return presenter.Setting(
        names=several.asking.options.names,
        parts=wanted.parts,
        fasting=planning.fasting(wanted.parts),
        by_request=[
            frozenset(
                one.id
                for one in planning.schedules_of(part, wanted, today=today)
                if one.by_request
            )
            for part in wanted.parts
        ],
        travel=planning.travel_minutes(sites),
        default_travel=settings.TRAVEL_MINUTES,
        opener=several.asking.patient,
        now=several.asking.now,
    )


def label(several: Several, entry: Entry) -> str:
    """«Cardiología», or «Cardiología, para Mateo» where it is for several."""
    text = entry.service
    if several.is_family or entry.patient.pk != several.asking.patient.pk:
        text = f"{text}, para {entry.patient.given_names}"
    return text


def about(entry: Entry) -> str:
    """«Consulta de primera vez, presencial, con la Dra. Peña.»"""
    said = [entry.procedure.get_visit_display()] if entry.procedure.visit else []
    said.append(str(Modality(entry.item.modality).label))
    said += [f"con {entry.practitioner}"] if entry.practitioner else []
    text = ", ".join([said[0], *(words.inside(one) for one in said[1:])])
    return words.stopped(text)


def _row(several: Several, number: int) -> Context:
    entry = several.entries[number]
    problem, mend_url = "", ""
    if entry.options is None:
        problem = f"{entry.patient.given_names} no tiene un convenio para usar ahora."
        mend_url = agreement_url(entry.patient)
    elif not entry.offered:
        problem = "Con su convenio ya no se puede pedir por internet. Quítela."
    return {
        "label": f"Cita {number + 1}",
        "text": label(several, entry),
        "about": about(entry),
        "problem": problem,
        "mend_url": mend_url,
        "remove_url": several.url_with(several.query.removing(number), BASKET),
    }


def _adding(request: PatientRequest, several: Several) -> Context:
    """The search box, and what it found for the person chosen."""
    codes = dict(baskets.for_whom(several.persons, several.asking.patient))
    code = request.GET.get("para", baskets.OPENER)
    if code not in codes:
        raise Http404
    text = typed(request.GET)
    sent = {"q": text, "para": code} if "q" in request.GET else None
    form = AddForm(sent, persons=_persons(request, codes), initial={"para": code})
    context: Context = {
        "form": form,
        "query": text,
        "hidden": several.query.pairs(),
    }
    if not text:
        return context
    patient = codes[code]
    options = baskets.options_of(several.asking, patient)
    if options is None:
        return context | {
            "unpaid": patient.given_names,
            "agreement_url": agreement_url(patient),
        }
    found = findings.find(several, options, person=code, query=text)
    extra = {} if code == baskets.OPENER else {"para": code}
    return context | {
        "found": [
            (one, several.url_with(several.query.adding(one.item), BASKET, **extra))
            for one in found.found
        ],
        "suggestion": found.suggestion,
        "suggestion_url": several.url(BASKET, q=found.suggestion, **extra)
        if found.suggestion
        else "",
    }


def _persons(request: PatientRequest, codes: dict) -> list[tuple[str, str]]:
    mine = request.user.patient_id
    return [
        fields.choice(code, "Para mí" if one.pk == mine else one.full_name)
        for code, one in codes.items()
    ]


def common(several: Several, question: str, number: int, back: str) -> Context:
    rows = [
        Row(f"Cita {n}", label(several, entry))
        for n, entry in enumerate(several.entries, start=1)
    ]
    return {
        "question": question,
        "number": number,
        "back_url": several.url(back),
        "summary": [*rows, *_where(several)],
        "summary_title": "Sus citas hasta ahora",
        "nav": "citas",
    }


def _where(several: Several) -> list[Row]:
    names, search = several.asking.options.names, several.query.search
    rows = []
    if city := names.cities.get(search.city):
        url = several.url(CITY) if len(several.cities()) > 1 else ""
        rows.append(Row("Ciudad", words.city(city), url))
        chosen = names.sites.get(search.site)
        if chosen is not None or search.site == ANY_SITE:
            text = words.site_in_a_row(chosen) if chosen else "Cualquier sede"
            url = several.url(SITE) if len(several.sites()) > 1 else ""
            rows.append(Row("Sede", text, url))
    return rows


def _place(several: Several) -> str:
    """Where «Volver» leads from the dates: the last question that was really asked."""
    if several.in_person and len(several.sites()) > 1:
        return SITE
    return CITY if several.in_person and len(several.cities()) > 1 else BASKET


def _card(several: Several, code: str) -> SiteCard:
    site = several.asking.options.names.sites.by_code[code]
    return SiteCard(
        url=onward(_with(several, site=code)),
        name=words.site_named(site),
        address=site.address,
        first="",
        note="Acceso sin escaleras." if site.step_free else "",
        map_url=words.map_url(site),
    )


def _with(several: Several, **answers: object) -> Several:
    return replace(several, query=several.query.searching(**answers))
