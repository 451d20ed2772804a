"""«¿Qué citas necesita?»: the basket, the search box that fills it, and taking out."""

from dataclasses import replace

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import PatientRequest
from accounts.models import Patient
from appointments import words
from appointments.forms import AddForm
from appointments.planning import FEWEST, MOST
from appointments.wizard import flow, parts
from appointments.wizard.asking import address, agreement_url
from appointments.wizard.lookups import typed
from appointments.wizard.parts import Context, Row
from appointments.wizard.together import basket as baskets
from appointments.wizard.together import findings
from appointments.wizard.together.basket import Several
from appointments.wizard.together.parts import about, label
from appointments.wizard.together.path import APART, BASKET, onward, settle, with_basket
from portal.ui import fields

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
        "summary": _so_far(several, walk),
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
    return render(request, "appointments/several/basket.html", context)


def _so_far(several: Several, walk: flow.Walk) -> list[Row]:
    """The answers before the basket; once it has something, changing them would lose it."""
    rows = parts.summary(several.asking, walk)
    if not several.entries:
        return rows
    return [row if row.label == "Convenio" else replace(row, url="") for row in rows]


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
        "found_count": words.counted(len(found.found), "resultado", "resultados"),
        "suggestion": found.suggestion,
        "suggestion_url": several.url(BASKET, q=found.suggestion, **extra)
        if found.suggestion
        else "",
    }


def _persons(
    request: PatientRequest, codes: dict[str, Patient]
) -> list[tuple[str, str]]:
    mine = request.user.patient_id
    return [
        fields.choice(code, "Para mí" if one.pk == mine else one.full_name)
        for code, one in codes.items()
    ]
