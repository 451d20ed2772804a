"""The forgotten password, page by page, and the changed one."""

import secrets
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import password_reset, passwords
from accounts.access import PatientRequest, patient_required
from accounts.errors import (
    AccountError,
    CodeRefused,
    PasswordWrong,
    ResetOver,
    TooOften,
    TooSoon,
)
from accounts.forms.codes import ChannelForm, CodeForm
from accounts.forms.password import (
    PLACES,
    ChangePasswordForm,
    ForgottenForm,
    NewPasswordForm,
)
from accounts.views import words
from accounts.views.codes import code_page, resend_in, say_another_went
from accounts.views.refusals import INVALID, LIMITED, put_on, sending
from portal.audit.origin import origin_of

STATE, PROOF = "reset", "reset_proof"
SENT_BY = {
    "sms": "por mensaje de texto al celular que registró",
    "whatsapp": "por WhatsApp al celular que registró",
    "email": "al correo que registró",
}
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@login_not_required
@get_or_post
def forgotten(request: HttpRequest) -> HttpResponse:
    """«Continuar»: the same answer for every document (ENU-01)."""
    form = ForgottenForm(_posted(request), request=request)
    if form.is_bound and form.is_valid():
        request.session[STATE] = {
            "kind": form.cleaned_data["tipo"],
            "number": form.cleaned_data["numero"],
            "binding": secrets.token_hex(16),
        }
        return redirect("accounts:forgotten_channel")
    return _page(request, "accounts/forgotten.html", form)


@login_not_required
@get_or_post
def channel(request: HttpRequest) -> HttpResponse:
    """«Enviar»: by which channel, without saying which this person has (ENU-04)."""
    state = request.session.get(STATE)
    if state is None:
        return redirect("accounts:forgotten")
    form = ChannelForm(
        _posted(request),
        choices=[PLACES[one] for one in password_reset.offered()],
        question="¿Dónde quiere recibir el código?",
        explanation="Si ese documento tiene cuenta, le llega un código de 6 números.",
    )
    if not (form.is_bound and form.is_valid()):
        return _page(request, "accounts/forgotten_channel.html", form)
    chosen, now = form.cleaned_data["canal"], timezone.now()
    try:
        _send(request, {**state, "channel": chosen}, now=now)
    except TooOften as refusal:
        if not (isinstance(refusal, TooSoon) and state.get("channel") == chosen):
            form.add_error("canal", sending(refusal, now))
            return _page(request, "accounts/forgotten_channel.html", form, LIMITED)
    return redirect("accounts:forgotten_code")


@login_not_required
@get_or_post
def code(request: HttpRequest) -> HttpResponse:
    """«Continuar»: the six digits."""
    state = request.session.get(STATE)
    if state is None or "channel" not in state:
        return _without_state(request)
    form = CodeForm(_posted(request))
    if not (form.is_bound and form.is_valid()):
        return _code_page(request, form, state)
    now = timezone.now()
    try:
        proof = password_reset.confirm(
            binding=state["binding"],
            code=form.cleaned_data["codigo"],
            origin=origin_of(request),
            now=now,
        )
    except CodeRefused as refusal:
        return _code_page(request, form, state, put_on(form, refusal, now))
    del request.session[STATE]
    request.session.cycle_key()
    request.session[PROOF] = {**asdict(proof), "at": proof.at.isoformat()}
    return redirect("accounts:forgotten_password")


@login_not_required
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """«Enviar otro código», by the same channel."""
    state, now = request.session.get(STATE), timezone.now()
    if state is None or "channel" not in state:
        return redirect("accounts:forgotten")
    try:
        _send(request, state, now=now)
    except TooOften as refusal:
        messages.error(request, f"{sending(refusal, now)}.")
    else:
        say_another_went(request)
    return redirect("accounts:forgotten_code")


@sensitive_post_parameters("nueva")
@login_not_required
@get_or_post
def new_password(request: HttpRequest) -> HttpResponse:
    """«Guardar contraseña»: only after the code, and not for long."""
    kept = request.session.get(PROOF)
    if kept is None:
        return redirect("accounts:forgotten")
    form = NewPasswordForm(_posted(request))
    if not (form.is_bound and form.is_valid()):
        return _page(request, "accounts/new_password.html", form)
    now = timezone.now()
    try:
        password_reset.finish(
            proof=_proof(kept),
            new=form.cleaned_data["nueva"],
            origin=origin_of(request),
            now=now,
        )
    except ResetOver:
        request.session.flush()
        messages.warning(request, "Se acabó el tiempo. Pida otro código.")
        return redirect("accounts:forgotten")
    except AccountError as refusal:
        status = words.put_on(form, "nueva", refusal, now=now)
        return _page(request, "accounts/new_password.html", form, status)
    request.session.flush()
    messages.success(request, "Listo. Entre con su contraseña nueva.")
    return redirect("accounts:sign_in")


@sensitive_post_parameters("actual", "nueva")
@patient_required
@get_or_post
def change(request: PatientRequest) -> HttpResponse:
    """Another password for who is inside and knows the one of now (AUT-04)."""
    form = ChangePasswordForm(_posted(request))
    if not (form.is_bound and form.is_valid()):
        return _page(request, "accounts/change_password.html", form, nav="datos")
    now = timezone.now()
    try:
        passwords.change(
            user=request.user,
            current=form.cleaned_data["actual"],
            new=form.cleaned_data["nueva"],
            keep=request.session.session_key or "",
            origin=origin_of(request),
            now=now,
        )
    except AccountError as refusal:
        about_now = isinstance(refusal, PasswordWrong | TooOften)
        field = "actual" if about_now else "nueva"
        status = words.put_on(form, field, refusal, now=now)
        return _page(
            request, "accounts/change_password.html", form, status, nav="datos"
        )
    update_session_auth_hash(request, request.user)
    messages.success(
        request,
        "Listo, su contraseña cambió. Cerramos su sesión en los demás aparatos.",
    )
    return redirect("accounts:my_data")


def _without_state(request: HttpRequest) -> HttpResponse:
    """Pressed twice: the first press took the code, and its session knows what follows."""
    if request.method == "POST":
        return redirect("accounts:forgotten_code")
    if PROOF in request.session:
        return redirect("accounts:forgotten_password")
    return redirect("accounts:forgotten")


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _page(
    request: HttpRequest, template: str, form: Any, status: int = 200, *, nav: str = ""
) -> HttpResponse:
    if form.is_bound and status == 200:
        status = INVALID
    context = {"form": form, "nav": nav or "ingresar"}
    return render(request, template, context, status=status)


def _code_page(
    request: HttpRequest, form: CodeForm, state: dict[str, str], status: int = 200
) -> HttpResponse:
    context = {
        "nav": "ingresar",
        "sent_by": SENT_BY[state["channel"]],
        "only_if_known": True,
        "resend_in": resend_in(password_reset.sent(state["binding"])),
        "again": "accounts:forgotten_again",
        "other_way": "accounts:forgotten_channel",
    }
    return code_page(request, form, context, status)


def _send(request: HttpRequest, state: dict[str, str], *, now: datetime) -> None:
    password_reset.send_code(
        kind=state["kind"],
        number=state["number"],
        binding=state["binding"],
        channel=state["channel"],
        origin=origin_of(request),
        now=now,
    )
    request.session[STATE] = state


def _proof(kept: dict[str, Any]) -> password_reset.Proof:
    return password_reset.Proof(
        user_id=kept["user_id"],
        stamp=kept["stamp"],
        at=datetime.fromisoformat(kept["at"]),
    )
