"""Steps 1 to 8 of the guide. The session holds which attempt this browser has, and no more."""

import uuid
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts import codes, consents, contacts, documents, registration
from accounts.errors import (
    AttemptOver,
    ChannelNotOffered,
    CodeRefused,
    PasswordTooEasy,
    PasswordTooShort,
    TooOften,
    TooSoon,
    TooYoung,
)
from accounts.forms.codes import ChannelForm, CodeForm, with_number
from accounts.forms.registration import PERMISSIONS, DetailsForm, WhoForm
from accounts.models import Challenge, LegalText, RegistrationAttempt
from accounts.views.refusals import INVALID, LIMITED, put_on, sending, wait
from portal.audit.origin import origin_of
from portal.messaging import channels
from portal.messaging.models import Channel

ATTEMPT = "registration"
TOO_YOUNG = (
    "Para menores de 14 años, regístrese el papá, la mamá o el acudiente. "
    "Para la cita del menor, llame al {phone}"
)
TOO_SHORT = "La contraseña debe tener mínimo 10 letras o números"
TOO_EASY = "Esa contraseña es muy fácil de adivinar. Use otra"
get_or_post = require_http_methods(["GET", "HEAD", "POST"])

View = Callable[[HttpRequest], HttpResponse]
AttemptView = Callable[[HttpRequest, RegistrationAttempt], HttpResponse]


def _with_attempt(view: AttemptView) -> View:
    """The page of somebody who is registering; who is not begins at the first one."""

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect("appointments:office")
        try:
            found = registration.attempt(
                attempt_id=_attempt_id(request), now=timezone.now()
            )
        except AttemptOver:
            return _without_attempt(request)
        return view(request, found)

    return wrapped


def _without_attempt(request: HttpRequest) -> HttpResponse:
    try:
        registration.finished(attempt_id=_attempt_id(request))
    except AttemptOver:
        return redirect("accounts:register")
    return redirect("accounts:register_done")


@login_not_required
@get_or_post
def who(request: HttpRequest) -> HttpResponse:
    """«Validar»: the same answer for every document (ENU-01)."""
    if request.user.is_authenticated:
        return redirect("appointments:office")
    now = timezone.now()
    today = timezone.localdate(now)
    if request.method != "POST":
        return _who_page(request, WhoForm(today=today, initial=_typed_before(request)))
    form = WhoForm(request.POST, today=today)
    if not form.is_valid():
        return _who_page(request, form, status=INVALID)
    try:
        begun = registration.begin(
            kind=form.cleaned_data["tipo"],
            number=form.cleaned_data["numero"],
            birth_date=form.cleaned_data["nac"],
            former=_attempt_id(request),
            origin=origin_of(request),
            now=now,
        )
    except TooYoung:
        form.add_error("nac", TOO_YOUNG.format(phone=settings.ORGANISATION["phone"]))
        return _who_page(request, form, status=INVALID)
    except TooOften as refusal:
        form.add_error(None, wait(refusal.retry_at, now))
        return _who_page(request, form, status=LIMITED)
    request.session.cycle_key()
    request.session[ATTEMPT] = str(begun.pk)
    return redirect("accounts:register_details")


@login_not_required
@get_or_post
@_with_attempt
def details(request: HttpRequest, found: RegistrationAttempt) -> HttpResponse:
    """«Registrar»: personal data, contact, password and permissions."""
    if request.method != "POST":
        form = _details_form(request, found, initial=_filled_before(found))
        return _details_page(request, found, form)
    form = _details_form(request, found, data=request.POST)
    if not form.is_valid():
        return _details_page(request, found, form, status=INVALID)
    now = timezone.now()
    try:
        registration.fill_in(
            attempt_id=found.pk,
            details=_details_of(form),
            origin=origin_of(request),
            now=now,
        )
    except PasswordTooShort:
        form.add_error("clave", TOO_SHORT)
    except PasswordTooEasy:
        form.add_error("clave", TOO_EASY)
    except TooOften as refusal:
        form.add_error(None, wait(refusal.retry_at, now))
        return _details_page(request, found, form, status=LIMITED)
    except AttemptOver:
        return _without_attempt(request)
    if form.errors:
        return _details_page(request, found, form, status=INVALID)
    return redirect("accounts:register_channel")


@login_not_required
@get_or_post
@_with_attempt
def channel(request: HttpRequest, found: RegistrationAttempt) -> HttpResponse:
    """«Enviar»: by which of the destinations that were typed."""
    if not found.password:
        return redirect("accounts:register_details")
    if request.method != "POST":
        return _channel_page(request, _channel_form(found))
    form = _channel_form(found, data=request.POST)
    if not form.is_valid():
        return _channel_page(request, form, status=INVALID)
    chosen, now = form.cleaned_data["canal"], timezone.now()
    try:
        registration.send_code(
            attempt_id=found.pk, channel=chosen, origin=origin_of(request), now=now
        )
    except TooOften as refusal:
        if _was_just_sent(refusal, found, chosen):
            return redirect("accounts:register_code")
        form.add_error("canal", sending(refusal, now))
        return _channel_page(request, form, status=LIMITED)
    return redirect("accounts:register_code")


@login_not_required
@get_or_post
@_with_attempt
def code(request: HttpRequest, found: RegistrationAttempt) -> HttpResponse:
    """«Continuar»: the six digits."""
    challenge = registration.sent(found)
    if challenge is None:
        return redirect("accounts:register_channel")
    if request.method != "POST":
        return _code_page(request, CodeForm(), challenge)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _code_page(request, form, challenge, status=INVALID)
    now = timezone.now()
    try:
        registration.confirm(
            attempt_id=found.pk,
            code=form.cleaned_data["codigo"],
            origin=origin_of(request),
            now=now,
        )
    except CodeRefused as refusal:
        return _code_page(request, form, challenge, status=put_on(form, refusal, now))
    except AttemptOver:
        return _without_attempt(request)
    return redirect("accounts:register_done")


@login_not_required
@require_POST
@_with_attempt
def again(request: HttpRequest, found: RegistrationAttempt) -> HttpResponse:
    """«Enviar otro código», by the same channel."""
    challenge, now = registration.sent(found), timezone.now()
    if challenge is None:
        return redirect("accounts:register_channel")
    try:
        registration.send_code(
            attempt_id=found.pk,
            channel=challenge.channel,
            origin=origin_of(request),
            now=now,
        )
    except ChannelNotOffered:
        return redirect("accounts:register_channel")
    except TooOften as refusal:
        messages.error(request, f"{sending(refusal, now)}.")
    else:
        messages.success(request, "Le enviamos otro código. El anterior ya no sirve.")
    return redirect("accounts:register_code")


@login_not_required
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """The same page for a new account and for a document that already had one."""
    try:
        found = registration.finished(attempt_id=_attempt_id(request))
    except AttemptOver:
        return redirect("accounts:register")
    return render(
        request,
        "accounts/register_done.html",
        {"given_names": found.given_names, "nav": "registro"},
    )


def _attempt_id(request: HttpRequest) -> uuid.UUID | None:
    kept = request.session.get(ATTEMPT)
    return uuid.UUID(kept) if kept else None


def _typed_before(request: HttpRequest) -> dict[str, object]:
    """Who comes back to correct the document finds it as it was."""
    try:
        found = registration.attempt(
            attempt_id=_attempt_id(request), now=timezone.now()
        )
    except AttemptOver:
        return {}
    return {
        "tipo": found.document_type,
        "numero": found.document_number,
        "nac": found.birth_date,
    }


def _who_page(request: HttpRequest, form: WhoForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "nav": "registro"}
    return render(request, "accounts/register.html", context, status=status)


def _details_form(
    request: HttpRequest, found: RegistrationAttempt, **options: object
) -> DetailsForm:
    return DetailsForm(
        request=request,
        texts={name: consents.current(kind) for name, kind in PERMISSIONS.items()},
        has_sms=Channel.SMS in channels.available(),
        has_password=bool(found.password),
        **options,
    )


def _filled_before(found: RegistrationAttempt) -> dict[str, object]:
    kinds = LegalText.objects.filter(pk__in=found.consents).values_list("kind")
    ticked = {kind for (kind,) in kinds}
    return {
        "nombres": found.given_names,
        "apellidos": found.family_names,
        "sexo": found.sex,
        "cel": found.phone,
        "correo": found.email,
        **{name: kind in ticked for name, kind in PERMISSIONS.items()},
    }


def _details_of(form: DetailsForm) -> registration.Details:
    data = form.cleaned_data
    return registration.Details(
        given_names=data["nombres"],
        family_names=data["apellidos"],
        sex=data["sexo"],
        phone=data["cel"],
        email=data["correo"],
        password=data["clave"],
        consents=form.accepted,
    )


def _details_page(
    request: HttpRequest,
    found: RegistrationAttempt,
    form: DetailsForm,
    status: int = 200,
) -> HttpResponse:
    kind = documents.FORMATS[documents.DocumentType(found.document_type)]
    context = {
        "form": form,
        "document": f"{kind.name} {found.document_number}",
        "birth_date": found.birth_date,
        "nav": "registro",
    }
    return render(request, "accounts/register_details.html", context, status=status)


def _channel_form(found: RegistrationAttempt, data: object = None) -> ChannelForm:
    offered = registration.offered(found)
    return ChannelForm(
        data,
        choices=[with_number(key, value) for key, value in offered.items()],
        question="¿Dónde quiere recibir el código?",
        explanation="Le enviaremos 6 números para confirmar que el celular o el correo es suyo.",
    )


def _channel_page(
    request: HttpRequest, form: ChannelForm, status: int = 200
) -> HttpResponse:
    context = {"form": form, "nav": "registro"}
    return render(request, "accounts/register_channel.html", context, status=status)


def _was_just_sent(refusal: TooOften, found: RegistrationAttempt, chosen: str) -> bool:
    """The same button pressed twice is one code."""
    last = registration.sent(found)
    return isinstance(refusal, TooSoon) and last is not None and last.channel == chosen


def _code_page(
    request: HttpRequest, form: CodeForm, challenge: Challenge, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "channel": challenge.channel,
        "masked": contacts.masked(challenge.channel, challenge.destination),
        "resend_in": codes.seconds_to_another(challenge, now=timezone.now()),
        "nav": "registro",
    }
    return render(request, "accounts/register_code.html", context, status=status)
