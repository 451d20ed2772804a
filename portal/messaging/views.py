"""Short links, what Twilio tells, and the demo's messages."""

from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST, require_safe
from twilio.request_validator import RequestValidator

from portal.messaging import links, receipts
from portal.messaging.models import DemoMessage, OutgoingMessage, ShortLink

SHOWN = 50


@login_not_required
@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """From the short address of an SMS to the page it stands for."""
    if not (token.isascii() and token.isalnum()):
        raise Http404
    try:
        path = links.target(token=token, now=timezone.now())
    except ShortLink.DoesNotExist:
        raise Http404 from None
    return redirect(path)


@csrf_exempt
@login_not_required
@require_POST
def twilio_status(request: HttpRequest) -> HttpResponse:
    """A receipt signed by Twilio; anything else is turned away quietly."""
    if not settings.TWILIO_AUTH_TOKEN:
        raise Http404
    if not _is_signed(request):
        return HttpResponseForbidden()
    sid, code = request.POST.get("MessageSid", ""), request.POST.get("ErrorCode", "")
    if not (sid.isascii() and sid.isalnum() and len(sid) <= 64):
        raise Http404
    try:
        receipts.note(
            provider_id=sid,
            message_id=_uuid(request.GET.get("m", "")),
            status=request.POST.get("MessageStatus", ""),
            code=code if code.isascii() and code.isdigit() and len(code) < 10 else "",
            now=timezone.now(),
        )
    except OutgoingMessage.DoesNotExist:
        return HttpResponse(status=404)
    return HttpResponse(status=204)


@login_not_required
@require_GET
def demo_messages(request: HttpRequest) -> HttpResponse:
    """What the demo would have sent, newest first. It exists in the demo only."""
    if not settings.DEMO:
        raise Http404
    shown = DemoMessage.objects.all()[:SHOWN]
    return render(request, "messaging/demo_messages.html", {"demo_messages": shown})


def _is_signed(request: HttpRequest) -> bool:
    """Is the signature right for our public address, whatever the Host header says?"""
    base = urlsplit(settings.BASE_URL)
    url = f"{base.scheme}://{base.netloc}{request.get_full_path()}"
    return RequestValidator(settings.TWILIO_AUTH_TOKEN).validate(
        url, request.POST, request.headers.get("X-Twilio-Signature", "")
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
