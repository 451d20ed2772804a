"""The front page, and the image and the sound of a captcha. Anyone may see them."""

import re

from captcha.models import CaptchaStore
from captcha.views import captcha_image as library_image
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.ui import speech


@login_not_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "ui/index.html")


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for this by name where a page has no head of ours."""
    return redirect(static("favicon.svg"))


@login_not_required
@require_safe
def captcha_image(request: HttpRequest, key: str) -> HttpResponse:
    _letters(key)
    return library_image(request, key)


@login_not_required
@require_safe
def captcha_audio(request: HttpRequest, key: str) -> HttpResponse:
    if not speech.AVAILABLE:
        raise Http404
    return _in_range(request, speech.speak(_letters(key)))


def _letters(key: str) -> str:
    challenge: str | None = (
        CaptchaStore.objects.filter(hashkey=key, expiration__gt=timezone.now())
        .values_list("challenge", flat=True)
        .first()
    )
    if challenge is None:
        raise Http404
    return challenge


def _in_range(request: HttpRequest, content: bytes) -> HttpResponse:
    """Some players insist on asking for the sound in parts."""
    response = HttpResponse(content, content_type="audio/wav")
    response.headers["Accept-Ranges"] = "bytes"
    asked = re.fullmatch(
        r"bytes=([0-9]{1,9})-([0-9]{0,9})", request.headers.get("Range", "")
    )
    if asked is None:
        return response
    first = int(asked[1])
    last = min(int(asked[2] or len(content)), len(content) - 1)
    if first > last:
        response.status_code, response.content = 416, b""
        response.headers["Content-Range"] = f"bytes */{len(content)}"
        return response
    response.status_code, response.content = 206, content[first : last + 1]
    response.headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return response
