"""The page behind the link of an offer: «Aceptar esta cita», «No me sirve».

Public: the signed link is what lets in. It shows the day, the hour and the site, and
nothing else; for more, one signs in. Looking changes nothing, because programs that
protect mailboxes follow every link that they find.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import throttle
from accounts.errors import NotActing, TooOften
from accounts.policies import ANSWERS_FROM
from accounts.views.refusals import wait
from appointments import offer_answers, offer_links, words
from appointments.errors import BookingError, ConsentMissing, OfferOver
from appointments.models import Appointment
from appointments.offer_answers import Asked
from appointments.offer_links import Link
from appointments.presenters import waiting as presenter
from appointments.presenters.waiting import Said
from catalog.models import Modality
from portal.audit.origin import origin_of
from portal.ui import dates

FOLDER = "appointments/waiting"
SCOPE = "appointments.offer"
CONSENT = Said(
    "Falta un paso",
    "Para esta cita por videollamada debe leer y aceptar cómo se atiende así. "
    "Entre con su documento para hacerlo y aceptar la cita.",
)
OTHERWISE = Said(
    "No pudimos asignarle esa hora",
    "Entre con su documento para ver por qué y responder.",
)


def signed(
    view: Callable[[HttpRequest, str, Link], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """Only with a link that we signed; any other does not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        try:
            link = offer_links.read(token)
        except offer_links.BadLink:
            raise Http404 from None
        response = _look(view, request, token, link)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return guarded


@login_not_required
@require_safe
@signed
def offer(request: HttpRequest, token: str, link: Link) -> HttpResponse:
    """What is offered, and the two answers; once answered, what came of it."""
    now = timezone.now()
    asked = offer_answers.asked(link, now=now)
    if asked.is_open:
        return _page(request, "link.html", asked, token, now)
    if asked.is_accepted:
        return _page(request, "link_accepted.html", asked, token, now)
    if asked.is_declined:
        return _page(request, "link_declined.html", asked, token, now)
    raise OfferOver


@login_not_required
@require_POST
@signed
def accept(request: HttpRequest, token: str, link: Link) -> HttpResponse:
    """«Aceptar esta cita». Twice is once."""
    _count(request)
    offer_answers.accept(link, origin=origin_of(request), now=timezone.now())
    return redirect("appointments:offer_link", token)


@login_not_required
@require_POST
@signed
def decline(request: HttpRequest, token: str, link: Link) -> HttpResponse:
    """«No me sirve». Twice is once."""
    _count(request)
    offer_answers.decline(link, origin=origin_of(request), now=timezone.now())
    return redirect("appointments:offer_link", token)


def _look(
    view: Callable[[HttpRequest, str, Link], HttpResponse],
    request: HttpRequest,
    token: str,
    link: Link,
) -> HttpResponse:
    """One answer, and where each refusal leads."""
    try:
        return view(request, token, link)
    except (OfferOver, NotActing):
        return render(request, f"{FOLDER}/link_over.html", status=HTTPStatus.GONE)
    except BookingError as refusal:
        return _refused(request, link, refusal)
    except TooOften as refusal:
        messages.error(request, f"{wait(refusal.retry_at, timezone.now())}.")
        return redirect("appointments:offer_link", token)


def _refused(request: HttpRequest, link: Link, refusal: BookingError) -> HttpResponse:
    """Why, as far as a page that shows nothing of anybody can say; the rest inside."""
    missing = isinstance(refusal, ConsentMissing)
    asked = offer_answers.asked(link, now=timezone.now())
    context = {
        "said": CONSENT if missing else OTHERWISE,
        "onward_url": _entry(asked),
        "onward": "Entrar y responder",
    }
    status = HTTPStatus.CONFLICT
    return render(request, f"{FOLDER}/refused.html", context, status=status)


def _page(
    request: HttpRequest, template: str, asked: Asked, token: str, now: datetime
) -> HttpResponse:
    appointment = asked.appointment
    later = asked.offer.appointment.replaces if asked.is_open else None
    context = {
        "token": token,
        "must_enter": asked.must_enter,
        "when": words.at_start(dates.moment(appointment.start)),
        "before": words.at_start(dates.moment(later.start)) if later else "",
        "until": presenter.answer_before(asked.offer.expires_at, now),
        "virtual": appointment.modality == Modality.VIRTUAL,
        "site": appointment.site,
        "waits_for_the_clinic": asked.waits_for_the_clinic,
        "still_waits": asked.still_waits,
        "entry_url": _entry(asked),
        "appointment_url": _its_page(appointment),
    }
    return render(request, f"{FOLDER}/{template}", context)


def _entry(asked: Asked) -> str:
    return reverse("appointments:waiting_entry", args=[asked.offer.entry_id])


def _its_page(appointment: Appointment) -> str:
    return reverse("appointments:detail", args=[appointment.pk])


def _count(request: HttpRequest) -> None:
    """Lightly: a waiting room is one address for many people."""
    address = origin_of(request).address
    acts = throttle.from_address(SCOPE, address, ANSWERS_FROM)
    throttle.hit_all(acts=acts, now=timezone.now())
