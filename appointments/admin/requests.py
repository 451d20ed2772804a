"""The requests that wait for an answer, the first due on top: accept, decline, propose.

What is done goes through the domain; who comes too late reads who was faster.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin.base import ReadOnly, Watched
from accounts.models import Patient
from appointments import alternatives, answering, names, requests, words
from appointments.admin.appointments import EventInline
from appointments.availability import FreeTime
from appointments.errors import (
    AlreadyDecided,
    AuthorizationMissing,
    BookingError,
    CannotPropose,
    NotOffered,
    NotThisSite,
    OrderMissing,
    OrderOutOfDate,
    OtherAge,
    PatientBusy,
    SlotTaken,
)
from appointments.models import Appointment, AppointmentRequest
from portal.ui import dates
from portal.ui.fields import legible

Status = Appointment.Status
LIST = "admin:appointments_appointmentrequest_changelist"
MOST_AT_ONCE = 100
TIMES_SHOWN = 20
CONFLICT, UNPROCESSABLE = 409, 422
NOT_THEN = "El médico no puede atender a esa hora"
OTHER = "otra"
REASONS = [
    (NOT_THEN, NOT_THEN),
    (
        "Ese servicio no se presta a esa hora en esa sede",
        "Ese servicio no se presta a esa hora en esa sede",
    ),
    (
        "Falta la orden médica o la autorización",
        "Falta la orden médica o la autorización",
    ),
    (OTHER, "Otra razón"),
]
WHY = {
    NotThisSite: "no es de sus sedes, o su cargo no responde solicitudes",
    SlotTaken: "esa hora ya no está libre",
    NotOffered: "esa hora no se le puede proponer: no queda tiempo para que responda, "
    "o no es para este paciente",
    PatientBusy: "el paciente tiene otra cita a esa hora",
    OrderMissing: "falta la orden médica del paciente",
    AuthorizationMissing: "falta la autorización del paciente",
    OrderOutOfDate: "la orden o la autorización del paciente no llega hasta ese día",
    OtherAge: "ese día el paciente ya tiene otra edad, y el servicio no es para ella",
    CannotPropose: "es un cambio de hora: acéptelo o no lo acepte",
}
DECIDED = {
    Status.BOOKED: "ya la aceptó {who}",
    Status.DECLINED: "ya la respondió {who}, y no se aceptó",
    Status.CANCELLED: "ya la canceló {who}",
    Status.LAPSED: "ya se venció",
}


class ReasonForm(forms.Form):
    """Why not: the patient reads it on the page of the request."""

    razon = forms.ChoiceField(
        label="¿Por qué no?",
        choices=REASONS,
        initial=NOT_THEN,
        widget=forms.RadioSelect,
        error_messages={"required": "Escoja la razón"},
    )
    detalle = forms.CharField(
        label="Otra razón (la lee el paciente; no escriba datos de salud)",
        max_length=200,
        required=False,
        validators=[legible],
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("razon") == OTHER and not cleaned.get("detalle"):
            self.add_error("detalle", "Escriba la razón")
        return cleaned

    @property
    def reason(self) -> str:
        chosen: str = self.cleaned_data["razon"]
        return self.cleaned_data["detalle"] if chosen == OTHER else chosen


@dataclass(frozen=True, slots=True)
class Decision:
    """One of the answers to several requests at once."""

    action: str
    question: str
    told: str
    button: str
    done: str


ACCEPT = Decision(
    "accept",
    "¿Aceptar estas solicitudes?",
    "Quedan como citas confirmadas. A cada paciente le enviamos un mensaje.",
    "Sí, aceptar y avisar",
    "Aceptadas y avisadas",
)
DECLINE = Decision(
    "decline",
    "¿No aceptar estas solicitudes?",
    "Sus horas quedan libres. A cada paciente le enviamos otras horas con el mismo "
    "médico. Esto no se puede deshacer.",
    "Sí, no aceptar y avisar",
    "No aceptadas y avisadas",
)


@admin.register(AppointmentRequest)
class RequestAdmin(Watched, ReadOnly):
    """The queue. An answered request leaves it and stays among the appointments."""

    list_display = [
        "reference",
        "answer_by",
        "start",
        "patient",
        "procedure",
        "practitioner",
        "site",
        "other_time",
        "another",
    ]
    list_filter = ["modality", "site"]
    list_select_related = ["patient", "procedure", "practitioner", "site"]
    list_per_page = 50
    show_full_result_count = False
    ordering = ["answer_by", "pk"]
    exclude = ("search",)
    actions = ("accept", "decline")
    inlines = [EventInline]

    def patient_of(self, row: Appointment) -> Patient:
        return row.patient

    def get_queryset(self, request: HttpRequest) -> QuerySet[AppointmentRequest]:
        """Those that wait, at the sites of who looks (ACC-07)."""
        kept = Appointment.objects.filter(replaces=OuterRef("pk"), status=Status.HELD)
        found = super().get_queryset(request).filter(status=Status.PROPOSED)
        found = found.annotate(proposed=Subquery(kept.values("start")[:1]))
        if request.user.is_superuser or not request.user.is_authenticated:
            return found
        return found.filter(site__in=request.user.sites.all())

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.propose_view)
        name = "appointments_appointmentrequest_propose"
        return [path("<uuid:pk>/proponer/", view, name=name), *super().get_urls()]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(requests.MAY_DECIDE)

    @admin.display(description="hora propuesta")
    def other_time(self, row: Appointment) -> str:
        proposed = row.proposed  # type: ignore[attr-defined]
        return dates.moment(proposed) if proposed else ""

    @admin.display(description="otra hora")
    def another(self, row: Appointment) -> SafeString | str:
        if row.replaces_id is not None:
            return "Es un cambio de hora"
        url = reverse("admin:appointments_appointmentrequest_propose", args=[row.pk])
        said = f"Proponer otra hora para {row.reference}"
        return format_html('<a href="{}" aria-label="{}">Proponer</a>', url, said)

    @admin.action(description="Aceptar", permissions=["decide"])
    def accept(
        self, request: HttpRequest, queryset: QuerySet[Appointment]
    ) -> HttpResponse | None:
        found = _some(request, queryset)
        if not found or request.POST.get("confirmado") != "si":
            return _ask(self, request, found, ACCEPT) if found else None
        _do(request, found, ACCEPT, requests.accept)
        return None

    @admin.action(description="No aceptar", permissions=["decide"])
    def decline(
        self, request: HttpRequest, queryset: QuerySet[Appointment]
    ) -> HttpResponse | None:
        found = _some(request, queryset)
        if not found:
            return None
        sent = request.POST.get("confirmado") == "si"
        form = ReasonForm(request.POST if sent else None)
        if not form.is_valid():
            return _ask(self, request, found, DECLINE, form)
        _do(request, found, DECLINE, requests.decline, reason=form.reason)
        return None

    def propose_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The nearest free times of the same person; one of them is kept for the patient."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        asked = get_object_or_404(
            self.get_queryset(request).select_related(
                "patient",
                "procedure",
                "practitioner",
                "site",
                "schedule",
                "agreement",
            ),
            pk=pk,
        )
        status = 200
        if request.method == "POST":
            status = _propose(request, asked)
            if status == 302:
                return redirect(LIST)
        context = {
            **self.admin_site.each_context(request),
            "title": "Proponer otra hora",
            "opts": self.opts,
            "asked": asked,
            "times": _times(asked),
        }
        template = "admin/appointments/propose.html"
        return TemplateResponse(request, template, context, status=status)


def _some(request: HttpRequest, queryset: QuerySet[Appointment]) -> list[Appointment]:
    found = list(queryset.order_by("answer_by", "pk")[: MOST_AT_ONCE + 1])
    if len(found) > MOST_AT_ONCE:
        messages.error(request, f"Escoja máximo {MOST_AT_ONCE} solicitudes a la vez.")
        return []
    return found


def _ask(
    page: admin.ModelAdmin,
    request: HttpRequest,
    found: Iterable[Appointment],
    what: Decision,
    form: forms.Form | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        **page.admin_site.each_context(request),
        "title": what.question,
        "opts": page.opts,
        "appointments": found,
        "what": what,
        "form": form,
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    status = UNPROCESSABLE if form is not None and form.errors else 200
    template = "admin/appointments/decide.html"
    return TemplateResponse(request, template, context, status=status)


def _do(
    request: HttpRequest,
    found: Iterable[Appointment],
    what: Decision,
    act: Callable[..., Appointment],
    **facts: str,
) -> None:
    """Each in a transaction of its own: one that cannot be does not stop the others."""
    done = []
    for one in found:
        try:
            act(appointment_id=one.pk, by=request.user, now=timezone.now(), **facts)
        except BookingError as refusal:
            messages.error(request, f"{one.reference}: {words.stopped(_why(refusal))}")
        else:
            done.append(one.reference)
    if done:
        messages.success(request, f"{what.done}: {', '.join(done)}.")


def _propose(request: HttpRequest, asked: Appointment) -> int:
    """Keep the chosen time, and the status of the answer."""
    chosen = request.POST.get("cupo", "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) <= 16):
        messages.error(request, "Escoja una hora.")
        return UNPROCESSABLE
    try:
        kept = requests.propose(
            appointment_id=asked.pk,
            slot_id=int(chosen),
            by=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
    except AlreadyDecided as late:
        messages.error(request, f"{asked.reference}: {words.stopped(_why(late))}")
        return 302
    except BookingError as refusal:
        messages.error(request, f"{asked.reference}: {words.stopped(_why(refusal))}")
        return CONFLICT
    until = dates.moment(kept.hold_expires_at) if kept.hold_expires_at else ""
    messages.success(
        request,
        f"{asked.reference}: le propusimos {dates.moment(kept.start)} Se la guardamos "
        f"hasta el {until}",
    )
    return 302


def _times(asked: Appointment) -> list[tuple[int, str]]:
    now = timezone.now()
    if asked.replaces_id is not None:
        return []
    sites = names.current().sites.by_id
    found = alternatives.nearest(asked, now=now, limit=TIMES_SHOWN)
    return [
        (
            time.slot_id,
            f"{dates.moment(time.start)}, {words.site_named(sites[time.site_id])}",
        )
        for time in found
        if _in_time(time, now)
    ]


def _in_time(time: FreeTime, now: Any) -> bool:
    until = answering.proposed_until(start=time.start, now=now)
    return answering.may_propose(until=until, start=time.start, now=now)


def _why(refusal: BookingError) -> str:
    """What stood in the way; of a decision, whose it was and when."""
    if not isinstance(refusal, AlreadyDecided):
        return WHY.get(type(refusal), "no se pudo")
    said = DECIDED.get(Status(refusal.status), "ya tiene respuesta")
    said = said.format(who=refusal.by or "el paciente")
    return f"{said}, el {dates.moment(refusal.at)}" if refusal.at else said
