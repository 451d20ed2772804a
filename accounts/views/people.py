"""«Personas a mi cargo»: who one acts for, adding somebody, and ending it.

What these pages say depends on what their owner typed, never on whom the clinic
knows, until somebody there has seen the papers (ENU-01, ACC-03).
"""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import consents, errors, guardianships, people
from accounts.access import PatientRequest, patient_required
from accounts.errors import AccountError, TooOften
from accounts.forms.people import PersonForm
from accounts.models import Guardianship, LegalText
from accounts.presenters import people as presented
from accounts.views.refusals import INVALID, LIMITED, wait
from portal.audit.origin import origin_of

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
SHOWN = 30
State = Guardianship.State
# Which question each refusal is about, and what to do next.
SAID: tuple[tuple[type[AccountError], str, str], ...] = (
    (
        errors.OneselfClaimed,
        "numero",
        "Ese es su propio documento. Escriba el de la otra persona",
    ),
    (
        errors.AlreadyAsked,
        "numero",
        "Ya pidió agregar este documento. Está en revisión",
    ),
    (errors.AlreadyActing, "numero", "Ya tiene a esta persona a su cargo"),
    (
        errors.ChildIsAdult,
        "relacion",
        "Ya es mayor de edad. Escoja otra opción, por ejemplo «Otra persona que cuido»",
    ),
    (
        errors.RepresentativeMustConsent,
        "autorizo",
        "Es menor de edad: marque esta casilla para autorizar sus datos",
    ),
    (
        errors.TooManyAsks,
        "numero",
        "Tiene varias personas en revisión. Espere a que las revisemos",
    ),
)


@patient_required
@require_safe
def mine(request: PatientRequest) -> HttpResponse:
    """Everybody this account asked to act for, with their state; and who acts for its owner."""
    today = timezone.localdate()
    context = {
        "lines": _lines(request, today),
        "actors": [
            presented.actor(row, today=today)
            for row in guardianships.over(request.user, on=today)
        ],
        "unidentified": request.user.identity_confirmed_at is None,
        "nav": "datos",
    }
    return render(request, "accounts/people.html", context)


@sensitive_post_parameters()
@patient_required
@get_or_post
def add(request: PatientRequest) -> HttpResponse:
    """«Agregue a una persona»: asked, and nobody looked up."""
    now = timezone.now()
    form = PersonForm(
        request.POST if request.method == "POST" else None,
        today=timezone.localdate(now),
        text=consents.current(LegalText.Kind.REPRESENTATIVE),
    )
    if not (form.is_bound and form.is_valid()):
        return _form(request, form, INVALID if form.is_bound else 200)
    try:
        guardianships.ask(
            by=request.user,
            claim=form.claim,
            consent_text=form.accepted,
            origin=origin_of(request),
            now=now,
        )
    except TooOften as refusal:
        form.add_error("numero", wait(refusal.retry_at, now))
        return _form(request, form, LIMITED)
    except AccountError as refusal:
        _put_on(form, refusal)
        return _form(request, form, INVALID)
    messages.success(request, "Listo, recibimos su solicitud. La clínica la revisa.")
    return redirect("accounts:people")


@patient_required
@get_or_post
def end(request: PatientRequest, guardianship_id: UUID) -> HttpResponse:
    """«Quitar», after asking; also the adult about whom it is may end it."""
    row = _ones_own(request, guardianship_id)
    if request.method == "POST":
        try:
            guardianships.end(
                guardianship_id=row.pk,
                by=request.user,
                reason="",
                origin=origin_of(request),
                now=timezone.now(),
            )
        except Guardianship.DoesNotExist:
            raise Http404 from None
        messages.success(request, "Listo, quedó terminado.")
        return redirect("accounts:people")
    is_mine = row.guardian_id == request.user.patient_id
    context = {
        "is_mine": is_mine,
        "waiting": row.state == State.ASKED,
        "name": presented.line(row, today=timezone.localdate(), in_force=True).name
        if is_mine
        else row.guardian.full_name,
        "nav": "datos",
    }
    return render(request, "accounts/end_person.html", context)


def _lines(request: PatientRequest, today: date) -> list[presented.Line]:
    in_force = {row.pk for row in people.guardianships_of(request.user, on=today)}
    return [
        presented.line(row, today=today, in_force=row.pk in in_force)
        for row in guardianships.asked_by(request.user)[:SHOWN]
    ]


def _ones_own(request: PatientRequest, guardianship_id: UUID) -> Guardianship:
    """What can still be ended, of this account or over its owner; a stranger's is a 404 (ACC-01)."""
    today = timezone.localdate()
    mine = [
        row for row in guardianships.asked_by(request.user) if row.state == State.ASKED
    ]
    held = people.guardianships_of(request.user, on=today)
    over = [
        row
        for row in guardianships.over(request.user, on=today)
        if presented.actor(row, today=today).may_end
    ]
    for row in (*mine, *held, *over):
        if row.pk == guardianship_id:
            return row
    raise Http404


def _put_on(form: PersonForm, refusal: AccountError) -> None:
    for kind, field, text in SAID:
        if isinstance(refusal, kind):
            form.add_error(field, text)
            return
    raise refusal


def _form(request: PatientRequest, form: PersonForm, status: int) -> HttpResponse:
    context = {"form": form, "nav": "datos"}
    return render(request, "accounts/add_person.html", context, status=status)
