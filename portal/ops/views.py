"""For the machines that watch this one."""

from dataclasses import asdict

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.ops import health


@login_not_required
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers. Nothing else is asked, so that a slow database does not
    make a supervisor kill healthy processes."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Send traffic here, or not."""
    report = health.look(now=timezone.now())
    return JsonResponse(asdict(report), status=200 if report.ready else 503)
