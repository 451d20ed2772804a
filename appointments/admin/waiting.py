"""Who waits, for the clinic: what has a number and a day first, by the days that are left.

What is done goes through the domain; who comes too late reads what happened.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.admin.base import ReadOnly, Watched, write_down
from accounts.models import Patient, User
from appointments import filing, names, waiting_list, words
from appointments.errors import (
    BookingError,
    NotOffered,
    NotThisSite,
    NotWaiting,
    OfferPending,
    PaperMissing,
    PatientBusy,
    SlotTaken,
    TooManyAppointments,
)
from appointments.models import Offer, WaitingListEntry
from appointments.waiting_list.judging import Reason
from portal.ui import dates, workdays
from portal.ui.fields import legible

Status = WaitingListEntry.Status
Entries = QuerySet[WaitingListEntry]
LIST = "admin:appointments_waitinglistentry_changelist"
MOST_AT_ONCE = 100
# Read, to show those that serve; the nearest first.
TIMES_READ, TIMES_SHOWN = 200, 20
CONFLICT, UNPROCESSABLE = 409, 422
OTHER = "otra"
# «No hay agenda» is none of them (Res. 1552 de 2013).
REASONS = [
    (one, one)
    for one in (
        "Ya le asignamos la cita por teléfono",
        "Usted nos pidió cerrarla",
        "No prestamos ese servicio con su convenio: pregunte a su EPS dónde lo prestan",
        "No logramos comunicarnos con usted",
    )
] + [(OTHER, "Otra razón")]
# Most particular first.
WHY: dict[type[BookingError], str] = {
    waiting_list.Unreached: "no hay cómo avisarle: no tiene celular ni correo",
    NotThisSite: "no es de sus sedes, o su cargo no atiende la lista de espera",
    NotWaiting: "ya no espera: se le asignó una cita, se retiró o la cerraron",
    OfferPending: "ya tiene otra hora ofrecida y no ha respondido",
    SlotTaken: "esa hora ya no está libre",
    PatientBusy: "el paciente tiene otra cita a esa hora",
    TooManyAppointments: "el paciente ya tiene muchas citas pedidas",
    PaperMissing: "falta la orden médica o la autorización del paciente",
    NotOffered: "esa hora no le sirve, ya se la ofrecimos o no alcanza a responder",
}
PASSED_OVER: dict[str, str] = {
    Reason.AGREEMENT: "su convenio no servía",
    Reason.BUSY: "tenían otra cita a esa hora",
    Reason.HOURS: "no podían a esa hora",
    Reason.LIMITS: "ya tenían el máximo de citas",
    Reason.NOTICE: "pidieron que les avisáramos con más tiempo",
    Reason.NOT_OFFERED: "esa agenda no era para ellos",
    Reason.PAPERS: "les faltaba la orden o la autorización",
    Reason.UNREACHED: "no había cómo avisarles",
    Reason.LATE: "ya no alcanzaban a responder",
}


class CloseForm(forms.Form):
    """Why: the patient reads it."""

    razon = forms.ChoiceField(
        label="¿Por qué se cierra?",
        choices=REASONS,
        widget=forms.RadioSelect,
        error_messages={"required": "Escoja la razón"},
    )
    detalle = forms.CharField(
        label="Otra razón (la lee el paciente; no escriba datos de salud)",
        max_length=filing.REASON_LENGTH,
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


class StateFilter(admin.SimpleListFilter):
    """Who waits, unless something else is asked for."""

    title = "estado"
    parameter_name = "estado"
    EVERY = "todas"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        ended = [(one.value, str(one.label)) for one in Status if one != Status.WAITING]
        return [*ended, (self.EVERY, "Todas")]

    def choices(self, changelist: Any) -> Any:
        first, *rest = super().choices(changelist)
        yield {**first, "display": Status.WAITING.label}
        yield from rest

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        value = self.value()
        if value == self.EVERY:
            return queryset
        return queryset.filter(status=value or Status.WAITING)


class NumberFilter(admin.SimpleListFilter):
    title = "radicado"
    parameter_name = "radicado"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("si", "Con radicado"),
            ("no", "Sin radicado"),
            ("vencidas", "Vencidas"),
        ]

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        found: dict[str | None, Callable[[], Entries]] = {
            "si": lambda: queryset.filter(number__isnull=False),
            "no": lambda: queryset.filter(number=None),
            "vencidas": lambda: queryset.filter(
                status=Status.WAITING, answer_by__lt=timezone.localdate()
            ),
        }
        return found.get(self.value(), lambda: queryset)()


@admin.register(WaitingListEntry)
class WaitingListAdmin(Watched, ReadOnly):
    """The queue: first what must be answered, the least days on top; then who waits longest."""

    list_display = [
        "who",
        "number",
        "left",
        "offer_link",
        "procedure",
        "where",
        "state",
        "waits_since",
        "desired_day",
        "agreement",
    ]
    list_display_links = ["who", "number"]
    list_filter = [
        StateFilter,
        NumberFilter,
        "modality",
        ("city", admin.RelatedOnlyFieldListFilter),
        ("procedure__specialty", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["patient", "procedure", "agreement", "city"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["=number", "=patient__document_number"]
    search_help_text = "Radicado o número de documento, completos"
    actions = ("close", "offer")
    fields = (
        "number",
        "left",
        "who",
        "procedure",
        "agreement",
        "modality",
        "where",
        "practitioner",
        "days",
        "desired_day",
        "notice",
        "waits_since",
        "ahead",
        "state",
        "ended_because",
        "assigned",
        "offers",
    )

    def patient_of(self, row: WaitingListEntry) -> Patient:
        return row.patient

    def get_queryset(self, request: HttpRequest) -> Entries:
        """Of the sites and cities of who looks (ACC-07)."""
        user = request.user
        if not isinstance(user, User):
            return WaitingListEntry.objects.none()
        open_ones = Offer.objects.filter(entry=OuterRef("pk"), status=Offer.Status.OPEN)
        return (
            filing.attended_by(user)
            .annotate(offered=Exists(open_ones))
            .prefetch_related("sites")
            .order_by(F("answer_by").asc(nulls_last=True), "created_at", "pk")
        )

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return [F("answer_by").asc(nulls_last=True), "created_at", "pk"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.offer_view)
        name = "appointments_waitinglistentry_offer"
        return [path("<uuid:pk>/ofrecer/", view, name=name), *super().get_urls()]

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(filing.MAY_MANAGE)

    # --- What is shown ---------------------------------------------------------------

    @admin.display(description="paciente")
    def who(self, row: WaitingListEntry) -> str:
        return row.patient.full_name

    @admin.display(description="faltan (días hábiles)", ordering="answer_by")
    def left(self, row: WaitingListEntry) -> SafeString | str:
        if row.answer_by is None or row.status != Status.WAITING:
            return "–"
        left = days_left(row.answer_by, timezone.localdate())
        if left < 0:
            ago = words.counted(-left, "día hábil", "días hábiles")
            return format_html('<strong class="late">Vencida hace {}</strong>', ago)
        return str(left) if left else "Vence hoy"

    @admin.display(description="dónde")
    def where(self, row: WaitingListEntry) -> str:
        named = ", ".join(site.name for site in row.sites.all())
        return named or (row.city.name if row.city else "Cualquier parte")

    @admin.display(description="espera desde", ordering="created_at")
    def waits_since(self, row: WaitingListEntry) -> str:
        return dates.day_with_year(row.created_at)

    @admin.display(description="estado")
    def state(self, row: WaitingListEntry) -> str:
        if row.status == Status.WAITING and row.offered:  # type: ignore[attr-defined]
            return "Con una hora ofrecida"
        return row.get_status_display()

    @admin.display(description="ofrecer")
    def offer_link(self, row: WaitingListEntry) -> SafeString | str:
        if row.status != Status.WAITING or row.offered:  # type: ignore[attr-defined]
            return ""
        url = reverse("admin:appointments_waitinglistentry_offer", args=[row.pk])
        said = f"Ofrecer una hora a {row.patient.full_name}"
        return format_html(
            '<a href="{}" aria-label="{}">Ofrecer una hora</a>', url, said
        )

    @admin.display(description="días que le sirven")
    def days(self, row: WaitingListEntry) -> str:
        between = (
            f"Del {dates.day_with_year(row.first_day)} "
            f"al {dates.day_with_year(row.last_day)}"
        )
        part = row.get_part_display()
        days = ", ".join(dates.WEEKDAYS[n - 1] for n in sorted(row.iso_weekdays))
        return ". ".join(one for one in (between, part, days and f"Solo {days}") if one)

    @admin.display(description="aviso")
    def notice(self, row: WaitingListEntry) -> str:
        hours = words.counted(row.notice_minutes // 60, "hora", "horas")
        night = ", a cualquier hora" if row.may_wake else ""
        return f"Con {hours} de anticipación{night}"

    @admin.display(description="antes de esta persona esperan")
    def ahead(self, row: WaitingListEntry) -> str:
        if row.status != Status.WAITING:
            return "–"
        return str(waiting_list.ahead_of(row, on=timezone.localdate()))

    @admin.display(description="horas ofrecidas, y por qué a esta persona")
    def offers(self, row: WaitingListEntry) -> SafeString | str:
        rows = row.offers.select_related("appointment").order_by("-offered_at", "pk")
        said = [
            (
                dates.moment(one.appointment.start),
                one.get_status_display().lower(),
                in_words(one.explained),
            )
            for one in rows[:TIMES_SHOWN]
        ]
        if not said:
            return "Ninguna todavía"
        return format_html(
            "<ul>{}</ul>",
            format_html_join("", "<li>{}: {}. {}</li>", said),
        )

    # --- What is done ----------------------------------------------------------------

    @admin.action(description="Cerrar con un motivo", permissions=["manage"])
    def close(self, request: HttpRequest, queryset: Entries) -> HttpResponse | None:
        found = list(queryset[: MOST_AT_ONCE + 1])
        if len(found) > MOST_AT_ONCE:
            messages.error(request, f"Escoja máximo {MOST_AT_ONCE} a la vez.")
            return None
        sent = request.POST.get("confirmado") == "si"
        form = CloseForm(request.POST if sent else None)
        if not form.is_valid():
            return self._ask(request, found, form)
        _close(request, found, form.reason)
        return None

    @admin.action(description="Ofrecer una hora", permissions=["manage"])
    def offer(self, request: HttpRequest, queryset: Entries) -> HttpResponse | None:
        found = list(queryset[:2])
        if len(found) != 1:
            messages.error(request, "Escoja una sola persona para ofrecerle una hora.")
            return None
        return redirect("admin:appointments_waitinglistentry_offer", found[0].pk)

    def offer_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The nearest free times that serve them; one of them is kept for this person."""
        if not self.has_manage_permission(request):
            raise PermissionDenied
        entry = get_object_or_404(
            self.get_queryset(request).select_related(
                "patient", "procedure", "instead_of", "agreement", "city"
            ),
            pk=pk,
        )
        status = 200
        if request.method == "POST":
            status = _offer(request, entry)
            if status == 302:
                return redirect(LIST)
        else:
            write_down(request, "admin.waitinglistentry.viewed", entry, entry.patient)
        context = {
            **self.admin_site.each_context(request),
            "title": "Ofrecer una hora",
            "opts": self.opts,
            "entry": entry,
            "times": _times(request, entry),
        }
        template = "admin/appointments/waiting_offer.html"
        return TemplateResponse(request, template, context, status=status)

    def _ask(
        self, request: HttpRequest, found: Iterable[WaitingListEntry], form: CloseForm
    ) -> HttpResponse:
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": "¿Cerrar sin asignar cita?",
            "opts": self.opts,
            "entries": found,
            "form": form,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        status = UNPROCESSABLE if form.errors else 200
        template = "admin/appointments/waiting_close.html"
        return TemplateResponse(request, template, context, status=status)


def days_left(until: date, today: date) -> int:
    """Business days from today until that day; negative when it is past."""
    first, last = min(until, today), max(until, today)
    between = range(1, (last - first).days + 1)
    count = sum(workdays.is_workday(first + timedelta(days=n)) for n in between)
    if until >= today:
        return count
    # A day past over a weekend is past too.
    return -max(count, 1)


def in_words(explained: dict[str, Any]) -> str:
    """Why this person: what `Offer.explained` says, without naming anybody, nor what
    puts somebody first."""
    if not explained:
        return ""
    said = []
    if explained.get("chosen"):
        said.append("La ofreció una persona de la clínica")
    if explained.get("priority"):
        said.append("Tiene atención preferencial por ley")
    if since := explained.get("waited_since"):
        said.append(f"Espera desde el {dates.day_with_year(date.fromisoformat(since))}")
    why = explained.get("why") or {}
    if why:
        counts = "; ".join(
            f"{n}: {PASSED_OVER.get(code, 'no les servía')}" for code, n in why.items()
        )
        people = words.counted(explained["before"], "persona", "personas")
        said.append(f"Antes estaban {people} ({counts})")
    elif not explained.get("chosen"):
        said.append("Nadie estaba antes")
    return f"{'. '.join(said)}."


def _close(
    request: HttpRequest, found: Iterable[WaitingListEntry], reason: str
) -> None:
    """Each in a transaction of its own: one that cannot be does not stop the others."""
    done = 0
    for one in found:
        try:
            filing.close(
                entry_id=one.pk,
                reason=reason,
                by=request.user,  # type: ignore[arg-type]
                now=timezone.now(),
            )
        except BookingError as refusal:
            messages.error(request, f"{_named(one)}: {_why(refusal)}.")
        else:
            done += 1
    if done:
        counted = words.counted(done, "solicitud", "solicitudes")
        messages.success(request, f"Cerramos {counted} y avisamos.")


def _offer(request: HttpRequest, entry: WaitingListEntry) -> int:
    """Keep the chosen time, and the status of the answer."""
    chosen = request.POST.get("cupo", "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) <= 16):
        messages.error(request, "Escoja una hora.")
        return UNPROCESSABLE
    try:
        offer = filing.assign(
            entry_id=entry.pk,
            slot_id=int(chosen),
            by=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
    except (NotWaiting, OfferPending) as late:
        messages.error(request, f"{_named(entry)}: {_why(late)}.")
        return 302
    except BookingError as refusal:
        messages.error(request, f"{_named(entry)}: {_why(refusal)}.")
        return CONFLICT
    messages.success(
        request,
        f"{_named(entry)}: le ofrecimos {dates.moment(offer.appointment.start)} "
        f"Se la guardamos hasta el {dates.moment(offer.expires_at)}",
    )
    return 302


def _times(request: HttpRequest, entry: WaitingListEntry) -> list[tuple[int, str]]:
    """Of the sites of who looks."""
    if entry.status != Status.WAITING:
        return []
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - the admin is for staff
    mine = set(user.sites.values_list("pk", flat=True))
    sites = names.current().sites.by_id
    found = waiting_list.fitting(entry, now=timezone.now(), limit=TIMES_READ)
    shown: list[tuple[int, str]] = []
    for time in found:
        if len(shown) == TIMES_SHOWN:
            break
        if user.is_superuser or time.site_id in mine:
            where = words.site_named(sites[time.site_id])
            shown.append((time.slot_id, f"{dates.moment(time.start)}, {where}"))
    return shown


def _named(entry: WaitingListEntry) -> str:
    return entry.number or entry.patient.full_name


def _why(refusal: BookingError) -> str:
    found = (said for kind, said in WHY.items() if isinstance(refusal, kind))
    return next(found, "no se pudo")
