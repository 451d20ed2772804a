"""«Varias citas»: where, when, the plans, and each one apart. Reading only; all is in the address."""

from dataclasses import replace

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import PatientRequest
from appointments import demand, planning, words
from appointments.planning import Basket, Found
from appointments.presenters import plans as presenter
from appointments.wizard import flow, unmet
from appointments.wizard.asking import address, agreement_url
from appointments.wizard.pages import SiteCard
from appointments.wizard.parts import Context, Tile
from appointments.wizard.query import ANY_SITE
from appointments.wizard.together import ways
from appointments.wizard.together.basket import Several
from appointments.wizard.together.parts import about, common, label
from appointments.wizard.together.path import (
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

FOLDER = "appointments/several"


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
    enough = planning.deadline()
    found = planning.plans(wanted, now=several.asking.now, enough=enough)
    context: Context = {
        "back_url": several.url(DATES),
        "apart_url": several.url(APART),
        "nav": "citas",
    }
    if not found.plans:
        _note(request, several, found)
        context |= ways.page(several, wanted, found, enough)
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


def _note(request: PatientRequest, several: Several, found: Found) -> None:
    """Each of them that has no time is counted as if it had been looked for alone."""
    for number in found.without:
        asking, search = several.ordinary(several.entries[number])
        unmet.note(request, asking, search, demand.EMPTY)


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
