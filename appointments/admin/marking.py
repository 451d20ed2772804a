"""«Llegó», «Atendida», «No asistió», for many at once: asked first, told row by row."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from appointments import attendance
from appointments.errors import (
    BookingError,
    ForbiddenChange,
    NotOnItsDay,
    NotThisSite,
    NotYetBegun,
)
from appointments.models import Appointment

MOST_AT_ONCE = 100
WHY = {
    NotThisSite: "no es de sus sedes, o su cargo no marca asistencia",
    NotOnItsDay: "no es hoy",
    NotYetBegun: "todavía no es su hora",
    ForbiddenChange: "su estado ya no lo permite",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One of the three things that reception says of an appointment."""

    action: str
    question: str
    done: str
    act: Callable[..., Appointment]


ARRIVED = Mark("arrived", "¿Estos pacientes llegaron?", "En sede", attendance.arrive)
FULFILLED = Mark(
    "fulfilled", "¿Estas citas se hicieron?", "Atendida", attendance.fulfil
)
MISSED = Mark(
    "missed", "¿Estos pacientes no asistieron?", "No asistió", attendance.miss
)


class Marking(admin.ModelAdmin):
    """The three actions of a list of appointments. Each asks on a page of its own first."""

    actions: tuple[str, ...] = ("arrived", "fulfilled", "missed")

    def has_mark_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(attendance.MAY_MARK)

    @admin.action(description="Llegó a la sede", permissions=["mark"])
    def arrived(
        self, request: HttpRequest, queryset: QuerySet[Appointment]
    ) -> HttpResponse | None:
        return mark(self, request, queryset, ARRIVED)

    @admin.action(description="Atendida", permissions=["mark"])
    def fulfilled(
        self, request: HttpRequest, queryset: QuerySet[Appointment]
    ) -> HttpResponse | None:
        return mark(self, request, queryset, FULFILLED)

    @admin.action(description="No asistió", permissions=["mark"])
    def missed(
        self, request: HttpRequest, queryset: QuerySet[Appointment]
    ) -> HttpResponse | None:
        return mark(self, request, queryset, MISSED)


def mark(
    page: admin.ModelAdmin,
    request: HttpRequest,
    queryset: QuerySet[Appointment],
    what: Mark,
) -> HttpResponse | None:
    """Ask, or do it and say what became of each."""
    found = list(queryset.order_by("start", "pk")[: MOST_AT_ONCE + 1])
    if len(found) > MOST_AT_ONCE:
        messages.error(request, f"Escoja máximo {MOST_AT_ONCE} citas a la vez.")
        return None
    if request.POST.get("confirmado") != "si":
        return _ask(page, request, found, what)
    _do(request, found, what)
    return None


def _ask(
    page: admin.ModelAdmin,
    request: HttpRequest,
    found: Iterable[Appointment],
    what: Mark,
) -> HttpResponse:
    context: dict[str, Any] = {
        **page.admin_site.each_context(request),
        "title": what.question,
        "opts": page.opts,
        "appointments": found,
        "action": what.action,
        "state": what.done,
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/appointments/mark.html", context)


def _do(request: HttpRequest, found: Iterable[Appointment], what: Mark) -> None:
    """Each in a transaction of its own: one that cannot be does not stop the others."""
    done = []
    for one in found:
        try:
            what.act(appointment_id=one.pk, by=request.user, now=timezone.now())
        except BookingError as refusal:
            why = WHY.get(type(refusal), "no se pudo")
            messages.error(request, f"{one.reference}: {why}.")
        else:
            done.append(one.reference)
    if done:
        messages.success(request, f"{what.done}: {', '.join(done)}.")
