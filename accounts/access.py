"""Who may open a page: somebody signed in who is a patient."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User

P = ParamSpec("P")


class PatientRequest(HttpRequest):
    """What a view behind `patient_required` receives."""

    user: User


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
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    return guarded


def _work_account(request: HttpRequest) -> HttpResponse:
    """There is nothing for staff among the pages of patients, and there is a way out."""
    return render(request, "accounts/work_account.html", status=403)
