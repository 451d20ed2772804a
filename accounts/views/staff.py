"""The page behind an invitation: a member of the staff makes their password and their app."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import staff, totp
from accounts.errors import AccountError, CodeWrong, InvitationOver
from accounts.forms.staff import EnrolForm
from accounts.views import words
from accounts.views.refusals import INVALID
from portal.audit.origin import origin_of


@sensitive_post_parameters("nueva", "codigo")
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest, token: str) -> HttpResponse:
    try:
        waiting = staff.invited(token)
    except InvitationOver as over:
        raise Http404 from over
    form = EnrolForm(request.POST if request.method == "POST" else None)
    if not (form.is_bound and form.is_valid()):
        return _page(request, form, waiting)
    now = timezone.now()
    try:
        codes = staff.enrol(
            token=token,
            password=form.cleaned_data["nueva"],
            code=form.cleaned_data["codigo"],
            origin=origin_of(request),
            now=now,
        )
    except InvitationOver as over:
        raise Http404 from over
    except AccountError as refusal:
        field = "codigo" if isinstance(refusal, CodeWrong) else "nueva"
        status = words.put_on(form, field, refusal, now=now)
        return _page(request, form, waiting, status)
    return render(request, "accounts/staff_codes.html", {"codes": codes})


def _page(
    request: HttpRequest, form: EnrolForm, waiting: staff.Invited, status: int = 200
) -> HttpResponse:
    shown = totp.set_up(waiting.device)
    context: dict[str, Any] = {
        "form": form,
        "name": waiting.user.staff_name,
        "key": shown.key,
        "link": shown.link,
        "picture": mark_safe(shown.picture),  # noqa: S308 drawn by segno from our own link
    }
    if form.is_bound and status == 200:
        status = INVALID
    return render(request, "accounts/staff_enrol.html", context, status=status)
