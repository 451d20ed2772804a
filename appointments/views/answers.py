"""The page behind the link of a reminder: «Confirmo», «Cambiar», «No puedo ir».

Public: the signed link is what lets in. It shows the day, the hour and the site, and
nothing else; for more, one signs in. Looking changes nothing, because programs that
protect mailboxes follow every link that they find.
"""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts import throttle
from accounts.errors import TooOften
from accounts.policies import ANSWERS_FROM
from accounts.views.refusals import wait
from appointments import answer_links, reminder_answers
from appointments.answer_links import Link
from appointments.errors import AlreadyBegun, AnswerOver, NotStanding
from appointments.reminder_answers import Asked
from catalog.models import Modality
from portal.audit.origin import origin_of

GONE = 410
OVER = (AnswerOver, AlreadyBegun, NotStanding)
COMES = "Gracias. Ya sabemos que usted va."
FREED = "Gracias por avisar: otra persona podrá usar esa hora."
SCOPE = "appointments.answer"


def signed(
    view: Callable[[HttpRequest, str, Link], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """Only with a link that we signed; any other does not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        try:
            link = answer_links.read(token)
        except answer_links.BadLink:
            raise Http404 from None
        response = _look(view, request, token, link)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return guarded


@login_not_required
@require_safe
@signed
def answer(request: HttpRequest, token: str, link: Link) -> HttpResponse:
    """What was asked, and the three answers."""
    return _page(request, "appointments/answer.html", token, link)


@login_not_required
@require_POST
@signed
def come(request: HttpRequest, token: str, link: Link) -> HttpResponse:
    """«Confirmo que voy». Twice is once."""
    _count(request)
    reminder_answers.come(link, origin=origin_of(request), now=timezone.now())
    messages.success(request, COMES)
    return redirect("appointments:answer", token)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@signed
def cannot_go(request: HttpRequest, token: str, link: Link) -> HttpResponse:
    """«No puedo ir», once more asked: it cannot be undone."""
    if request.method != "POST":
        return _page(request, "appointments/answer_cannot_go.html", token, link)
    _count(request)
    reminder_answers.cannot_go(link, origin=origin_of(request), now=timezone.now())
    messages.success(request, FREED)
    return redirect("appointments:answer", token)


def _look(
    view: Callable[[HttpRequest, str, Link], HttpResponse],
    request: HttpRequest,
    token: str,
    link: Link,
) -> HttpResponse:
    """One answer, and where each refusal leads."""
    try:
        return view(request, token, link)
    except OVER:
        return render(request, "appointments/answer_over.html", status=GONE)
    except TooOften as refusal:
        messages.error(request, f"{wait(refusal.retry_at, timezone.now())}.")
        return redirect("appointments:answer", token)


def _page(request: HttpRequest, template: str, token: str, link: Link) -> HttpResponse:
    asked = reminder_answers.asked(link, now=timezone.now())
    if asked.is_cancelled:
        return render(request, "appointments/answer_cancelled.html")
    if not asked.is_open:
        raise AnswerOver
    return render(request, template, _context(asked, token))


def _context(asked: Asked, token: str) -> dict[str, object]:
    appointment = asked.appointment
    return {
        "token": token,
        "pk": appointment.pk,
        "start": timezone.localtime(appointment.start),
        "virtual": appointment.modality == Modality.VIRTUAL,
        "site": appointment.site,
        "comes": appointment.attendance_confirmed_at is not None,
    }


def _count(request: HttpRequest) -> None:
    """Lightly: a waiting room is one address for many people."""
    address = origin_of(request).address
    acts = throttle.from_address(SCOPE, address, ANSWERS_FROM)
    throttle.hit_all(acts=acts, now=timezone.now())
