"""«Ya no tengo ese celular ni ese correo»: the desk's code, a new destination, a new password."""

import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import codes, contact_change, recovery
from accounts.errors import AccountError, CodeRefused, RecoveryRefused, TooOften
from accounts.forms.codes import CodeForm
from accounts.forms.password import NewPasswordForm
from accounts.forms.recovery import DeskCodeForm, NewEmailForm, NewPhoneForm
from accounts.views import words
from accounts.views.codes import code_page, say_another_went, sent_to
from accounts.views.refusals import INVALID, put_on, sending
from portal.audit.origin import origin_of
from portal.messaging import channels
from portal.messaging.models import Channel

STATE = "recovery"
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@sensitive_post_parameters("codigo")
@login_not_required
@get_or_post
def explain(request: HttpRequest) -> HttpResponse:
    """What to do, and the code that the desk handed over."""
    form = DeskCodeForm(_posted(request), request=request)
    if not (form.is_bound and form.is_valid()):
        return _page(request, "accounts/lost_contact.html", form)
    now = timezone.now()
    try:
        row = recovery.open_with(
            kind=form.cleaned_data["tipo"],
            number=form.cleaned_data["numero"],
            code=form.cleaned_data["codigo"],
            origin=origin_of(request),
            now=now,
        )
    except AccountError as refusal:
        status = words.put_on(form, "codigo", refusal, now=now)
        return _page(request, "accounts/lost_contact.html", form, status)
    request.session.flush()
    request.session[STATE] = {"id": row.pk, "binding": secrets.token_hex(16)}
    return redirect("accounts:lost_contact_new", _kinds()[0])


@login_not_required
@get_or_post
def new_contact(request: HttpRequest, what: str) -> HttpResponse:
    """The phone or e-mail of now; a code goes there."""
    state = request.session.get(STATE)
    if state is None or what not in _kinds():
        return redirect("accounts:lost_contact")
    form = (NewPhoneForm if what == "celular" else NewEmailForm)(_posted(request))
    if not (form.is_bound and form.is_valid()):
        return _new_page(request, form, what)
    now = timezone.now()
    try:
        _send(request, _channel(what), form.cleaned_data["destino"])
    except RecoveryRefused:
        return _over(request)
    except TooOften as refusal:
        status = words.put_on(form, "destino", refusal, now=now)
        return _new_page(request, form, what, status)
    return redirect("accounts:lost_contact_code")


@login_not_required
@get_or_post
def code(request: HttpRequest) -> HttpResponse:
    """The code that went to the new destination."""
    state = request.session.get(STATE)
    challenge = _sent(state)
    if state is None or challenge is None:
        return redirect("accounts:lost_contact")
    context = {
        "nav": "ingresar",
        "again": "accounts:lost_contact_again",
        "other_url": reverse("accounts:lost_contact_new", args=[_kinds()[0]]),
        "other_text": "Está mal escrito, o quiero usar otro",
        **sent_to(challenge),
    }
    form = CodeForm(_posted(request))
    if not (form.is_bound and form.is_valid()):
        return code_page(request, form, context)
    now = timezone.now()
    try:
        recovery.prove(
            recovery_id=state["id"],
            binding=state["binding"],
            code=form.cleaned_data["codigo"],
            now=now,
        )
    except RecoveryRefused:
        return _over(request)
    except CodeRefused as refusal:
        return code_page(request, form, context, put_on(form, refusal, now))
    request.session.cycle_key()
    return redirect("accounts:lost_contact_password")


@login_not_required
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """«Enviar otro código», to the same new destination."""
    challenge = _sent(request.session.get(STATE))
    if challenge is None:
        return redirect("accounts:lost_contact")
    try:
        _send(request, Channel(challenge.channel), challenge.destination)
    except RecoveryRefused:
        return _over(request)
    except TooOften as refusal:
        messages.error(request, f"{sending(refusal, timezone.now())}.")
    else:
        say_another_went(request)
    return redirect("accounts:lost_contact_code")


@sensitive_post_parameters("nueva")
@login_not_required
@get_or_post
def new_password(request: HttpRequest) -> HttpResponse:
    """The last step: the password, and the account is theirs again."""
    state = request.session.get(STATE)
    challenge = _sent(state)
    if state is None or challenge is None or challenge.used_at is None:
        return redirect("accounts:lost_contact")
    form = NewPasswordForm(_posted(request))
    if not (form.is_bound and form.is_valid()):
        return _page(request, "accounts/new_password.html", form)
    now = timezone.now()
    try:
        recovery.finish(
            recovery_id=state["id"],
            binding=state["binding"],
            new=form.cleaned_data["nueva"],
            origin=origin_of(request),
            now=now,
        )
    except RecoveryRefused:
        return _over(request)
    except AccountError as refusal:
        status = words.put_on(form, "nueva", refusal, now=now)
        return _page(request, "accounts/new_password.html", form, status)
    request.session.flush()
    messages.success(request, "Listo. Entre con su contraseña nueva.")
    return redirect("accounts:sign_in")


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _kinds() -> tuple[str, ...]:
    """What can be proved here: a phone where messages reach it, an e-mail where there is mail."""
    phone = ("celular",) if contact_change.phone_channel() else ()
    mail = Channel.EMAIL in channels.available(kind=codes.KIND)
    return phone + (("correo",) if mail else ())


def _channel(what: str) -> Channel:
    phone = contact_change.phone_channel()
    return phone if what == "celular" and phone else Channel.EMAIL


def _sent(state: dict[str, Any] | None) -> Any:
    if state is None:
        return None
    return codes.latest(purpose=recovery.PURPOSE, binding=state["binding"])


def _send(request: HttpRequest, channel: Channel, destination: str) -> None:
    state = request.session[STATE]
    recovery.send_code(
        recovery_id=state["id"],
        binding=state["binding"],
        channel=channel,
        destination=destination,
        origin=origin_of(request),
        now=timezone.now(),
    )


def _over(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    messages.warning(request, "El código de la sede ya no sirve. Pida otro en su sede.")
    return redirect("accounts:lost_contact")


def _new_page(
    request: HttpRequest, form: Any, what: str, status: int = 200
) -> HttpResponse:
    other = next((kind for kind in _kinds() if kind != what), "")
    return _page(
        request,
        "accounts/lost_contact_new.html",
        form,
        status,
        what=what,
        other=other,
    )


def _page(
    request: HttpRequest,
    template: str,
    form: Any,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    if form.is_bound and status == 200:
        status = INVALID
    context |= {"form": form, "nav": "ingresar"}
    return render(request, template, context, status=status)
