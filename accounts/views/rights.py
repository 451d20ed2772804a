"""The rights over one's own data: a copy, who looked, claims, closing the account."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import closing, data_claims, my_copy, people
from accounts.access import PatientRequest, patient_required
from accounts.errors import AccountError, StillExpected, TooManyClaims
from accounts.forms.rights import ClaimForm, CloseForm, CopyForm
from accounts.models import DataClaim, Patient
from accounts.presenters import rights as presented
from accounts.views import words
from accounts.views.refusals import INVALID
from portal.audit import reading
from portal.audit.origin import origin_of

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
SHOWN = 50


@sensitive_post_parameters("clave")
@patient_required
@get_or_post
def copy(request: PatientRequest) -> HttpResponse:
    """«Descargar mis datos», after the password (PRV-06)."""
    now = timezone.now()
    mine = people.represented(request.user, on=timezone.localdate(now))
    form = CopyForm(_posted(request), persons=mine)
    if not (form.is_bound and form.is_valid()):
        return _page(request, "accounts/copy.html", form)
    wanted = form.cleaned_data["formato"]
    try:
        sections = my_copy.make(
            user=request.user,
            patient=form.patient,
            password=form.cleaned_data["clave"],
            form=wanted,
            origin=origin_of(request),
            now=now,
        )
    except AccountError as refusal:
        status = words.put_on(form, "clave", refusal, now=now)
        return _page(request, "accounts/copy.html", form, status)
    return _download(request, sections, wanted)


def _download(
    request: PatientRequest, sections: list[my_copy.Section], wanted: str
) -> HttpResponse:
    if wanted == CopyForm.JSON:
        answer: HttpResponse = JsonResponse(
            presented.as_json(sections),
            json_dumps_params={"ensure_ascii": False, "indent": 2},
        )
    else:
        context = {"sections": presented.readable(sections), "now": timezone.now()}
        answer = render(request, "accounts/copy_to_read.html", context)
    answer["Content-Disposition"] = f'attachment; filename="mis-datos.{wanted}"'
    return answer


@patient_required
@require_safe
def who_looked(request: PatientRequest) -> HttpResponse:
    """Every access to one's data and every change, the latest first."""
    before = _moment(request.GET.get("antes", ""))
    found = reading.about(_me(request).token, before=before, limit=SHOWN + 1)
    shown = found[:SHOWN]
    context = {
        "looks": presented.looks(shown, me=request.user),
        "older": shown[-1].at.isoformat() if len(found) > SHOWN else "",
        "nav": "datos",
    }
    return render(request, "accounts/who_looked.html", context)


def _moment(text: str) -> datetime | None:
    """As our own link wrote it; what is no moment of any calendar is none."""
    try:
        found = parse_datetime(text[:40].replace(" ", "+"))
        return found.astimezone(UTC) if found and timezone.is_aware(found) else None
    except (ValueError, OverflowError):
        return None


@patient_required
@require_safe
def claims(request: PatientRequest) -> HttpResponse:
    found = [presented.claim_line(one) for one in data_claims.of(_me(request))[:SHOWN]]
    return render(request, "accounts/claims.html", {"claims": found, "nav": "datos"})


@patient_required
@require_safe
def claim(request: PatientRequest, claim_id: UUID) -> HttpResponse:
    mine = get_object_or_404(DataClaim, pk=claim_id, patient=_me(request))
    context = {"claim": presented.claim_line(mine), "nav": "datos"}
    return render(request, "accounts/claim.html", context)


@patient_required
@get_or_post
def new_claim(request: PatientRequest) -> HttpResponse:
    """What is asked, and by when it will be answered."""
    initial = {"clase": request.GET.get("clase", "")}
    form = ClaimForm(_posted(request), initial=initial)
    if not (form.is_bound and form.is_valid()):
        return _page(request, "accounts/new_claim.html", form)
    try:
        filed = data_claims.file(
            patient=_me(request),
            kind=form.cleaned_data["clase"],
            text=form.cleaned_data["texto"],
            by=request.user,
            origin=origin_of(request),
            now=timezone.now(),
        )
    except TooManyClaims:
        form.add_error("texto", "Ya tiene 5 en trámite. Espere la respuesta o llame")
        return _page(request, "accounts/new_claim.html", form)
    messages.success(request, f"Listo, quedó radicado con el número {filed.number}.")
    return redirect("accounts:claim", filed.pk)


@sensitive_post_parameters("clave")
@patient_required
@get_or_post
def close(request: PatientRequest) -> HttpResponse:
    """For good; what waits for its owner is cancelled first."""
    form, now = CloseForm(_posted(request)), timezone.now()
    context = {"waiting": closing.still_expected(_me(request), now=now)}
    if not (form.is_bound and form.is_valid()):
        return _page(request, "accounts/close.html", form, **context)
    try:
        closing.close(
            user=request.user,
            password=form.cleaned_data["clave"],
            origin=origin_of(request),
            now=now,
        )
    except StillExpected:
        return redirect("accounts:close")
    except AccountError as refusal:
        status = words.put_on(form, "clave", refusal, now=now)
        return _page(request, "accounts/close.html", form, status, **context)
    logout(request)
    messages.success(
        request, "Su cuenta quedó cerrada. Puede registrarse cuando quiera."
    )
    return redirect("ui:index")


def _me(request: PatientRequest) -> Patient:
    patient = request.user.patient
    assert patient is not None  # noqa: S101 - patient_required saw to it
    return patient


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _page(
    request: HttpRequest, template: str, form: Any, status: int = 200, **context: Any
) -> HttpResponse:
    if form.is_bound and status == 200:
        status = INVALID
    context |= {"form": form, "nav": "datos"}
    return render(request, template, context, status=status)
