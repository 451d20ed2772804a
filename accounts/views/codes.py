"""The page on which a six-digit code is typed, for whatever it is."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts import contacts
from accounts.forms.codes import CodeForm
from accounts.models import Challenge
from accounts.views.refusals import INVALID
from portal.messaging.models import Channel

ANOTHER = "Le enviamos otro código. El anterior ya no sirve."
BY = {
    Channel.SMS: "por mensaje de texto al celular",
    Channel.WHATSAPP: "por WhatsApp al celular",
    Channel.EMAIL: "al correo",
}


def code_page(
    request: HttpRequest,
    form: CodeForm,
    context: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    """`context` says the addresses of the page, where the code went and when it did."""
    if form.is_bound and status == 200:
        status = INVALID
    return render(
        request, "accounts/code.html", {"form": form, **context}, status=status
    )


def sent_to(challenge: Challenge) -> dict[str, Any]:
    """«por mensaje de texto al celular 310 ••• ••78»."""
    return {
        "resend_in": resend_in(challenge),
        "sent_by": BY[Channel(challenge.channel)],
        "masked": contacts.masked(challenge.channel, challenge.destination),
    }


def resend_in(challenge: Challenge | None) -> int:
    """Seconds until another code may be asked for."""
    if challenge is None:
        return 0
    waited = timezone.now() - challenge.created_at
    return max(0, 60 - int(waited.total_seconds()))


def say_another_went(request: HttpRequest) -> None:
    messages.success(request, ANOTHER)
