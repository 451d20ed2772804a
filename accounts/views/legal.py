"""The texts that anybody may read, in force and earlier."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import consents, legal
from accounts.models import LegalText


@login_not_required
@require_safe
def in_force(request: HttpRequest, kind: str) -> HttpResponse:
    try:
        text = consents.current(kind)
    except LegalText.DoesNotExist as unknown:
        raise Http404 from unknown
    return _page(request, text, latest=text.version)


@login_not_required
@require_safe
def version(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    text = get_object_or_404(LegalText, kind=kind, version=number)
    return _page(request, text, latest=consents.current(kind).version)


def _page(request: HttpRequest, text: LegalText, *, latest: int) -> HttpResponse:
    return render(
        request,
        "accounts/legal.html",
        {
            "text": text,
            "blocks": legal.blocks(text.body),
            "earlier": range(latest, 0, -1) if latest > 1 else (),
            "is_latest": text.version == latest,
        },
    )
