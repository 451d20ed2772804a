"""The authenticator app: set it up, keep the backup codes, turn it off."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import passwords, totp
from accounts.access import PatientRequest, patient_required
from accounts.errors import AccountError, CodeWrong, FactorAlreadyOn
from accounts.forms.account import AppSetUpForm, PasswordAgainForm
from accounts.views import words
from accounts.views.refusals import INVALID
from portal.audit.origin import origin_of

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@patient_required
@get_or_post
def status(request: PatientRequest) -> HttpResponse:
    """Whether the app is asked for; turning it off asks for the password."""
    if not totp.is_on(user=request.user):
        return render(request, "accounts/totp_about.html", {"nav": "datos"})
    form = PasswordAgainForm(request.POST if request.method == "POST" else None)
    if not (form.is_bound and form.is_valid()):
        return _page(request, "accounts/totp_on.html", form)
    now = timezone.now()
    try:
        passwords.prove(user=request.user, password=form.cleaned_data["clave"], now=now)
    except AccountError as refusal:
        answer = words.put_on(form, "clave", refusal, now=now)
        return _page(request, "accounts/totp_on.html", form, status=answer)
    totp.remove(
        user=request.user,
        keep=request.session.session_key or "",
        origin=origin_of(request),
        now=now,
    )
    messages.success(request, "Listo. Ahora le enviamos un código cada vez que entre.")
    return redirect("accounts:my_data")


@sensitive_post_parameters("clave", "codigo")
@patient_required
@get_or_post
def set_up(request: PatientRequest) -> HttpResponse:
    """The key for the app, and its first code. The backup codes are shown this once."""
    try:
        device = totp.begin(user=request.user)
    except FactorAlreadyOn:
        return redirect("accounts:totp")
    form = AppSetUpForm(request.POST if request.method == "POST" else None)
    if not (form.is_bound and form.is_valid()):
        return _set_up_page(request, form, device)
    now = timezone.now()
    try:
        passwords.prove(user=request.user, password=form.cleaned_data["clave"], now=now)
        codes = totp.confirm(
            user=request.user,
            token=form.cleaned_data["codigo"],
            keep=request.session.session_key or "",
            origin=origin_of(request),
            now=now,
        )
    except AccountError as refusal:
        field = "codigo" if isinstance(refusal, CodeWrong) else "clave"
        answer = words.put_on(form, field, refusal, now=now)
        return _set_up_page(request, form, device, status=answer)
    context = {"codes": codes, "nav": "datos"}
    return render(request, "accounts/totp_codes.html", context)


def _set_up_page(
    request: PatientRequest, form: Any, device: Any, *, status: int = 200
) -> HttpResponse:
    shown = totp.set_up(device)
    return _page(
        request,
        "accounts/totp_set_up.html",
        form,
        status=status,
        key=shown.key,
        link=shown.link,
        picture=mark_safe(shown.picture),  # noqa: S308 drawn by segno from our own link
    )


def _page(
    request: PatientRequest,
    template: str,
    form: Any,
    *,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    if form.is_bound and status == 200:
        status = INVALID
    context |= {"form": form, "nav": "datos"}
    return render(request, template, context, status=status)
