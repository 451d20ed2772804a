"""Steps 9 to 11 of the guide. What a half-signed browser may do is decided by `sign_in`."""

from collections.abc import Callable
from functools import wraps

from django.contrib import auth, messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as otp_login

from accounts import codes, contacts, known_device, sessions, sign_in
from accounts.errors import (
    ChannelNotOffered,
    CodeRefused,
    HalfSessionOver,
    LockedOut,
    PasswordRefused,
    TooOften,
    TooSoon,
)
from accounts.forms.codes import AppCodeForm, ChannelForm, CodeForm, spoken
from accounts.forms.sign_in import SignInForm, TermsForm
from accounts.models import User
from accounts.sign_in import Half, Stage
from accounts.views.refusals import INVALID, LIMITED, put_on, sending, wait
from portal.audit.origin import origin_of

HALF = "half_signed"
BACKEND = "django.contrib.auth.backends.ModelBackend"
REFUSED = "El documento o la contraseña no coinciden"
PAGES = {
    Stage.PASSWORD: "accounts:sign_in",
    Stage.CHANNEL: "accounts:sign_in_channel",
    Stage.CODE: "accounts:sign_in_code",
    Stage.TERMS: "accounts:sign_in_terms",
}
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


HalfView = Callable[[HttpRequest, Half, User], HttpResponse]


def _with_half(view: HalfView) -> Callable[[HttpRequest], HttpResponse]:
    """The page of somebody whose password was right; who is not begins with it."""

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        try:
            half = Half.from_kept(request.session.get(HALF))
            account = sign_in.account_of(half, now=timezone.now())
            return view(request, half, account)
        except HalfSessionOver:
            return _from_the_start(request)

    return wrapped


@login_not_required
@get_or_post
def password(request: HttpRequest) -> HttpResponse:
    """«Iniciar sesión»: document, password and captcha."""
    next_path = own_path(request.GET.get("next", ""))
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(next_path or "appointments:office")
        return _password_page(request, SignInForm(request=request))
    form = SignInForm(request.POST, request=request)
    if not form.is_valid():
        return _password_page(request, form, status=INVALID)
    try:
        half = sign_in.check_password(
            request=request,
            kind=form.cleaned_data["tipo"],
            number=form.cleaned_data["numero"],
            password=form.cleaned_data["clave"],
            origin=origin_of(request),
            next_path=next_path,
            now=timezone.now(),
        )
    except PasswordRefused:
        form.add_error("numero", REFUSED)
        return _password_page(request, form, status=INVALID, refused=True)
    except LockedOut:
        form.add_error(None, wait())
        return _password_page(request, form, status=LIMITED)
    _new_session(request)
    request.session[HALF] = half.kept()
    return redirect("accounts:sign_in_channel")


@login_not_required
@get_or_post
@_with_half
def channel(request: HttpRequest, half: Half, account: User) -> HttpResponse:
    """«Enviar»: which of this person's confirmed destinations, or their app."""
    if half.device:
        return _go_on(request, half)
    ways = sign_in.ways(account)
    if sign_in.APP in ways:
        return _ask_the_app(request, half)
    if request.method != "POST":
        return _channel_page(request, _channel_form(ways))
    form = _channel_form(ways, request.POST)
    if not form.is_valid():
        return _channel_page(request, form, status=INVALID)
    way, now = form.cleaned_data["canal"], timezone.now()
    try:
        half = sign_in.choose(half, way=way, origin=origin_of(request), now=now)
    except TooOften as refusal:
        if not (isinstance(refusal, TooSoon) and half.way == way):
            form.add_error("canal", sending(refusal, now))
            return _channel_page(request, form, status=LIMITED)
    request.session[HALF] = half.kept()
    return redirect("accounts:sign_in_code")


@login_not_required
@get_or_post
@_with_half
def code(request: HttpRequest, half: Half, account: User) -> HttpResponse:
    """«Ingresar»: the code, and inside."""
    if half.device or not half.way:
        return _go_on(request, half)
    form = _code_form(half, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _code_page(request, form, half)
    if not form.is_valid():
        return _code_page(request, form, half, status=INVALID)
    now = timezone.now()
    try:
        half = sign_in.check_code(
            half,
            code=form.cleaned_data["codigo"],
            origin=origin_of(request),
            now=now,
        )
    except CodeRefused as refusal:
        return _code_page(request, form, half, status=put_on(form, refusal, now))
    request.session.cycle_key()
    request.session[HALF] = half.kept()
    return _go_on(request, half)


@login_not_required
@require_POST
@_with_half
def again(request: HttpRequest, half: Half, account: User) -> HttpResponse:
    """«Enviar otro código», by the same channel."""
    if half.way == sign_in.APP:
        return redirect("accounts:sign_in_code")
    now = timezone.now()
    try:
        sign_in.choose(half, way=half.way, origin=origin_of(request), now=now)
    except ChannelNotOffered:
        return redirect("accounts:sign_in_channel")
    except TooOften as refusal:
        messages.error(request, f"{sending(refusal, now)}.")
    else:
        messages.success(request, "Le enviamos otro código. El anterior ya no sirve.")
    return redirect("accounts:sign_in_code")


@login_not_required
@get_or_post
@_with_half
def terms(request: HttpRequest, half: Half, account: User) -> HttpResponse:
    """Only when a text has a version in force that this person has not accepted."""
    texts = sign_in.pending_terms(account)
    if not half.device or not texts:
        return _go_on(request, half)
    form = TermsForm(request.POST if request.method == "POST" else None, texts=texts)
    if not form.is_valid():
        status = INVALID if form.is_bound else 200
        context = {"form": form, "nav": "ingresar"}
        return render(request, "accounts/sign_in_terms.html", context, status=status)
    sign_in.accept_terms(
        half, texts=texts, origin=origin_of(request), now=timezone.now()
    )
    return _go_on(request, half)


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: object = None
) -> HttpResponse:
    """What django-axes answers when it refuses: our own page, the admin's sign-in too."""
    if response is not None and response.status_code == LIMITED:
        return response
    context = {"wait": wait(), "nav": "ingresar"}
    return render(request, "accounts/sign_in_locked.html", context, status=LIMITED)


def own_path(target: str) -> str:
    """`next` when it is a path of ours, nothing otherwise (WEB-04)."""
    is_plain = target.isprintable() and "\\" not in target and len(target) <= 2000
    is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    if not (is_plain and is_ours and target.startswith("/")):
        return ""
    return target


def _from_the_start(request: HttpRequest) -> HttpResponse:
    """Nothing to go on with: never begun, too old, or already inside."""
    if request.session.pop(HALF, None):
        messages.info(request, "Pasó mucho tiempo. Escriba otra vez su contraseña.")
    return redirect("accounts:sign_in")


def _new_session(request: HttpRequest) -> None:
    """A new key after the password; whoever was inside before leaves first (SES-01, A25)."""
    if request.user.is_authenticated:
        sessions.forget(session_key=request.session.session_key or "")
        auth.logout(request)
    else:
        request.session.cycle_key()


def _go_on(request: HttpRequest, half: Half) -> HttpResponse:
    stage = sign_in.next_stage(half, now=timezone.now())
    if stage != Stage.DONE:
        return redirect(PAGES[stage])
    account, device = sign_in.finish(
        half, origin=origin_of(request), now=timezone.now()
    )
    request.session.flush()
    auth.login(request, account, backend=BACKEND)
    otp_login(request, device)
    response = redirect(half.next_path or "appointments:office")
    known_device.remember(response, username=account.username)
    return response


def _ask_the_app(request: HttpRequest, half: Half) -> HttpResponse:
    """Nothing is sent: the code is on the person's own telephone."""
    half = sign_in.choose(
        half, way=sign_in.APP, origin=origin_of(request), now=timezone.now()
    )
    request.session[HALF] = half.kept()
    return redirect("accounts:sign_in_code")


def _password_page(
    request: HttpRequest, form: SignInForm, status: int = 200, *, refused: bool = False
) -> HttpResponse:
    context = {"form": form, "refused": refused, "nav": "ingresar"}
    return render(request, "accounts/sign_in.html", context, status=status)


def _channel_form(ways: dict[str, str], data: object = None) -> ChannelForm:
    return ChannelForm(
        data,
        choices=[spoken(way, destination) for way, destination in ways.items()],
        question="¿Dónde quiere recibir el código de seguridad?",
        explanation="Es un número nuevo cada vez que entra. Así nadie más puede ver sus citas.",
    )


def _channel_page(
    request: HttpRequest, form: ChannelForm, status: int = 200
) -> HttpResponse:
    context = {"form": form, "nav": "ingresar"}
    return render(request, "accounts/sign_in_channel.html", context, status=status)


def _code_form(half: Half, data: object) -> CodeForm | AppCodeForm:
    return AppCodeForm(data) if half.way == sign_in.APP else CodeForm(data)


def _code_page(
    request: HttpRequest, form: CodeForm | AppCodeForm, half: Half, status: int = 200
) -> HttpResponse:
    challenge = None if half.way == sign_in.APP else sign_in.sent(half)
    context: dict[str, object] = {
        "form": form,
        "nav": "ingresar",
        "by_app": challenge is None,
    }
    if challenge is not None:
        context["channel"] = challenge.channel
        context["masked"] = contacts.masked(challenge.channel, challenge.destination)
        context["resend_in"] = codes.seconds_to_another(challenge, now=timezone.now())
    return render(request, "accounts/sign_in_code.html", context, status=status)
