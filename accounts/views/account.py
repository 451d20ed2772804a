"""«Mis datos»: what we know of this person, and how to change it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)
from django_otp import login as otp_login

from accounts import account, consents, contact_change, coverages, people, sessions
from accounts.access import PatientRequest, patient_required
from accounts.errors import AccountError, CodeRefused, PasswordWrong, TooOften
from accounts.forms.account import CoverageForm, EmailForm, PhoneForm
from accounts.forms.codes import CodeForm
from accounts.models import Challenge, LegalText, Patient, UserSession
from accounts.presenters import my_data as presented
from accounts.views import words
from accounts.views.codes import code_page, say_another_went, sent_to
from accounts.views.refusals import INVALID, put_on, sending
from portal.audit.origin import origin_of
from portal.messaging.models import Channel

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
FORMS = {"celular": PhoneForm, "correo": EmailForm}
# Where who came to declare an affiliation goes back to, by what the address says.
BOOKING, ENTERING = "cita", "entrar"


@patient_required
@require_safe
def my_data(request: PatientRequest) -> HttpResponse:
    seen = account.overview(user=request.user, today=timezone.localdate())
    context = {"rows": presented.rows(seen), "nav": "datos"}
    return render(request, "accounts/my_data.html", context)


@sensitive_post_parameters("clave")
@patient_required
@get_or_post
def change_contact(request: PatientRequest, what: str) -> HttpResponse:
    """«Celular nuevo» or «correo nuevo», with the password again (AUT-16)."""
    channel = _channel(what)
    form = FORMS[what](_posted(request))
    if not (form.is_bound and form.is_valid()):
        return _contact_page(request, form, what)
    now = timezone.now()
    try:
        challenge = contact_change.begin(
            user=request.user,
            password=form.cleaned_data["clave"],
            channel=channel,
            destination=form.cleaned_data["destino"],
            session_key=request.session.session_key or "",
            origin=origin_of(request),
            now=now,
        )
    except AccountError as refusal:
        field = "clave" if isinstance(refusal, PasswordWrong) else "destino"
        status = words.put_on(form, field, refusal, now=now)
        return _contact_page(request, form, what, status)
    return redirect("accounts:change_contact_code", what, challenge.pk)


@patient_required
@get_or_post
def change_contact_code(
    request: PatientRequest, what: str, challenge_id: UUID
) -> HttpResponse:
    """The code that went to the new phone or e-mail."""
    challenge = _waiting(request, what, challenge_id)
    form = CodeForm(_posted(request))
    if not (form.is_bound and form.is_valid()):
        return _code_page(request, form, what, challenge)
    now = timezone.now()
    try:
        device = contact_change.confirm(
            user=request.user,
            challenge_id=challenge.pk,
            session_key=request.session.session_key or "",
            code=form.cleaned_data["codigo"],
            origin=origin_of(request),
            now=now,
        )
    except CodeRefused as refusal:
        return _code_page(request, form, what, challenge, put_on(form, refusal, now))
    otp_login(request, device)
    messages.success(request, f"Listo, su {what} cambió.")
    return redirect("accounts:my_data")


@patient_required
@require_POST
def change_contact_again(
    request: PatientRequest, what: str, challenge_id: UUID
) -> HttpResponse:
    """«Enviar otro código», to the same new destination."""
    challenge, now = _waiting(request, what, challenge_id), timezone.now()
    try:
        challenge = contact_change.again(
            user=request.user,
            challenge_id=challenge.pk,
            session_key=request.session.session_key or "",
            origin=origin_of(request),
            now=now,
        )
    except TooOften as refusal:
        messages.error(request, f"{sending(refusal, now)}.")
    else:
        say_another_went(request)
    return redirect("accounts:change_contact_code", what, challenge.pk)


@patient_required
@require_safe
def my_coverages(request: PatientRequest, person: UUID | None = None) -> HttpResponse:
    """Of oneself, or of somebody this account acts for."""
    patient = _whose(request, person)
    context = {
        "coverages": coverages.declared_by(patient),
        "of_another": person is not None,
        "declare_url": _coverage_url("declare_", person),
        "nav": "datos",
    }
    return render(request, "accounts/coverages.html", context)


@patient_required
@get_or_post
def declare_coverage(
    request: PatientRequest, person: UUID | None = None
) -> HttpResponse:
    """«No veo mi convenio»: which one, and the number there; the clinic verifies it."""
    patient, now = _whose(request, person), timezone.now()
    offered = coverages.offered(timezone.localdate(now))
    form = CoverageForm(_posted(request), offered=offered)
    if not (form.is_bound and form.is_valid()):
        return _coverage_page(request, form, person)
    try:
        coverages.declare(
            patient=patient,
            agreement=form.agreement,
            member_number=form.cleaned_data["afiliacion"],
            by=request.user,
            origin=origin_of(request),
            now=now,
        )
    except AccountError as refusal:
        status = words.put_on(form, "convenio", refusal, now=now)
        return _coverage_page(request, form, person, status)
    messages.success(request, "Listo, guardamos su convenio. La clínica lo verifica.")
    return redirect(_after_declaring(patient, person, _onward(request)))


@patient_required
@require_safe
def my_sessions(request: PatientRequest) -> HttpResponse:
    found = sessions.alive(user=request.user, now=timezone.now())
    context = {
        "browsers": presented.browsers(found, here=request.session.session_key),
        "nav": "datos",
    }
    return render(request, "accounts/sessions.html", context)


@patient_required
@require_POST
def end_session(request: PatientRequest, session_id: int) -> HttpResponse:
    try:
        sessions.end(
            user=request.user,
            session_id=session_id,
            origin=origin_of(request),
            now=timezone.now(),
        )
    except UserSession.DoesNotExist as stranger:
        raise Http404 from stranger
    messages.success(request, "Cerramos esa sesión.")
    return redirect("accounts:sessions")


@patient_required
@require_POST
def end_other_sessions(request: PatientRequest) -> HttpResponse:
    sessions.end_others(
        user=request.user,
        keep=request.session.session_key or "",
        origin=origin_of(request),
        now=timezone.now(),
    )
    messages.success(request, "Cerramos su sesión en los demás aparatos.")
    return redirect("accounts:sessions")


@patient_required
@require_safe
def my_consents(request: PatientRequest) -> HttpResponse:
    """What was accepted, in the words of then, and the one permission that is optional."""
    patient = _me(request)
    context = {
        "given": consents.accepted(patient),
        "wants_messages": patient.wants_messages,
        "nav": "datos",
    }
    return render(request, "accounts/consents.html", context)


@patient_required
@require_POST
def want_messages(request: PatientRequest) -> HttpResponse:
    consents.give(
        patient=_me(request),
        kind=LegalText.Kind.MESSAGES,
        by=request.user,
        origin=origin_of(request),
        now=timezone.now(),
    )
    messages.success(request, "Listo, puede recibir otros mensajes.")
    return redirect("accounts:consents")


@patient_required
@require_POST
def stop_messages(request: PatientRequest) -> HttpResponse:
    consents.withdraw(
        patient=_me(request),
        kind=LegalText.Kind.MESSAGES,
        by=request.user,
        origin=origin_of(request),
        now=timezone.now(),
    )
    messages.success(request, "Listo, ya no le enviamos otros mensajes.")
    return redirect("accounts:consents")


def _me(request: PatientRequest) -> Any:
    return request.user.patient


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _channel(what: str) -> Channel:
    """The channel that proves this kind of contact here; a 404 where there is none."""
    if what == "correo":
        return Channel.EMAIL
    channel = contact_change.phone_channel() if what == "celular" else None
    if channel is None:
        raise Http404
    return channel


def _waiting(request: PatientRequest, what: str, challenge_id: UUID) -> Challenge:
    try:
        challenge = contact_change.waiting(
            user=request.user,
            challenge_id=challenge_id,
            session_key=request.session.session_key or "",
        )
    except Challenge.DoesNotExist as stranger:
        raise Http404 from stranger
    if (challenge.channel == Channel.EMAIL) != (what == "correo"):
        raise Http404
    return challenge


def _contact_page(
    request: PatientRequest, form: Any, what: str, status: int = 200
) -> HttpResponse:
    if form.is_bound and status == 200:
        status = INVALID
    context = {"form": form, "what": what, "nav": "datos"}
    return render(request, "accounts/change_contact.html", context, status=status)


def _code_page(
    request: PatientRequest,
    form: CodeForm,
    what: str,
    challenge: Challenge,
    status: int = 200,
) -> HttpResponse:
    context = {
        "nav": "datos",
        "again_url": reverse(
            "accounts:change_contact_again", args=[what, challenge.pk]
        ),
        "other_url": reverse("accounts:change_contact", args=[what]),
        "other_text": f"El {what} está mal escrito",
        **sent_to(challenge),
    }
    return code_page(request, form, context, status)


def _coverage_page(
    request: PatientRequest,
    form: CoverageForm,
    person: UUID | None,
    status: int = 200,
) -> HttpResponse:
    if form.is_bound and status == 200:
        status = INVALID
    onward = _onward(request)
    context = {
        "form": form,
        "onward": onward,
        "back_url": _after_declaring(_whose(request, person), person, onward),
        "of_another": person is not None,
        "nav": "datos",
    }
    return render(request, "accounts/declare_coverage.html", context, status=status)


def _whose(request: PatientRequest, person: UUID | None) -> Patient:
    """The owner of the account, or somebody they act for; a stranger's token is a 404."""
    if person is None:
        return _me(request)
    try:
        found = people.acting_for(request.user, person, on=timezone.localdate())
    except Patient.DoesNotExist:
        raise Http404 from None
    request.active_person = found
    return found


def _coverage_url(prefix: str, person: UUID | None) -> str:
    if person is None:
        name = "declare_coverage" if prefix else "coverages"
        return reverse(f"accounts:{name}")
    name = "declare_person_coverage" if prefix else "person_coverages"
    return reverse(f"accounts:{name}", args=[person])


def _onward(request: PatientRequest) -> str:
    """Whoever came in the middle of asking for an appointment goes back there."""
    sent = request.POST.get("seguir", request.GET.get("seguir", ""))
    return sent if sent in (BOOKING, ENTERING) else ""


def _after_declaring(patient: Patient, person: UUID | None, onward: str) -> str:
    if onward == BOOKING:
        return reverse("appointments:agreement_of", args=[patient.token])
    if onward == ENTERING:
        return reverse("appointments:agreement")
    return _coverage_url("", person)
