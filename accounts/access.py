"""Who may open a page: somebody signed in who is a patient."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.errors import NotActing
from accounts.models import Patient, User

P = ParamSpec("P")


class PatientRequest(HttpRequest):
    """What a view behind `patient_required` receives."""

    user: User
    # For whom this page is, once the view found them: shown on it (ACC-03).
    active_person: Patient


def patient_required(
    view: Callable[Concatenate[PatientRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Only for accounts of a patient: others sign in first, staff are told where to go."""

    @wraps(view)
    def guarded(
        request: HttpRequest, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if request.user.patient_id is None:
            return _work_account(request)
        try:
            return view(request, *args, **kwargs)  # type: ignore[arg-type]
        except NotActing:
            # It ended while the page was open: from now on it is a stranger's (ACC-03).
            raise Http404 from None

    return guarded


def _work_account(request: HttpRequest) -> HttpResponse:
    """There is nothing for staff among the pages of patients, and there is a way out."""
    return render(request, "accounts/work_account.html", status=403)
