"""Orders and authorisations that wait for somebody to read them."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.admin.base import ReadOnly, Watched, write_down
from accounts.models import Patient
from appointments import orders
from appointments.errors import OrderNotWaiting
from appointments.models import ServiceRequest, ServiceRequestFile
from appointments.views.orders import to_save
from portal.audit.origin import origin_of

LONGEST_REASON = 200


@admin.register(ServiceRequest)
class ServiceRequestAdmin(Watched, ReadOnly):
    """Those to check first, by the day of their appointment; two actions decide."""

    list_display = [
        "patient",
        "procedure",
        "agreement",
        "order_date",
        "order_until",
        "authorization_number",
        "state",
        "declared_at",
    ]
    list_filter = ["state", "agreement"]
    list_select_related = ["patient", "procedure", "agreement"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["=patient__document_number", "=authorization_number"]
    search_help_text = "Número de documento o de autorización, completos"
    actions = ["mark_checked", "mark_rejected"]
    fields = [
        "patient",
        "procedure",
        "agreement",
        "order_number",
        "order_date",
        "order_until",
        "authorization_number",
        "authorization_date",
        "authorization_until",
        "what_was_sent",
        "declared_at",
        "state",
        "checked_by",
        "checked_at",
        "reason",
    ]

    def patient_of(self, row: ServiceRequest) -> Patient:
        return row.patient

    def get_queryset(self, request: HttpRequest) -> QuerySet[ServiceRequest]:
        """Reception sees those of its own sites' appointments (ACC-07)."""
        found = super().get_queryset(request)
        if request.user.is_superuser or not request.user.is_authenticated:
            return found
        mine = Q(appointments__site__in=request.user.sites.all())
        return found.filter(pk__in=ServiceRequest.objects.filter(mine).values("pk"))

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        waiting = Case(
            When(state=ServiceRequest.State.DECLARED, then=Value(0)),
            default=Value(1),
            output_field=IntegerField(),
        )
        return [waiting, "declared_at", "pk"]

    def get_urls(self) -> list[Any]:
        file = path(
            "archivo/<uuid:file_id>/",
            self.admin_site.admin_view(self.file),
            name="appointments_servicerequest_file",
        )
        return [file, *super().get_urls()]

    @admin.display(description="lo que mandó")
    def what_was_sent(self, order: ServiceRequest) -> SafeString | str:
        links = [
            (
                reverse("admin:appointments_servicerequest_file", args=[file.pk]),
                f"{file.uploaded_at:%Y-%m-%d} ({file.size // 1024} KB)",
            )
            for file in order.files.all()
        ]
        return format_html_join(", ", '<a href="{}">Descargar {}</a>', links) or "Nada"

    def file(self, request: HttpRequest, file_id: UUID) -> HttpResponse:
        """To save, never to show; of the orders that this person may see."""
        if not self.has_view_permission(request):
            raise Http404
        kept = (
            ServiceRequestFile.objects.filter(
                pk=file_id, service_request__in=self.get_queryset(request)
            )
            .select_related("service_request__patient")
            .first()
        )
        if kept is None:
            raise Http404
        write_down(request, "admin.order_file.read", kept, kept.service_request.patient)
        return to_save(kept)

    def has_check_permission(self, request: HttpRequest) -> bool:
        """Rows are read only; who may change them may decide about them."""
        return request.user.has_perm("appointments.change_servicerequest")

    @admin.action(description="Marcar revisada", permissions=["check"])
    def mark_checked(
        self, request: HttpRequest, queryset: QuerySet[ServiceRequest]
    ) -> None:
        self._decide(request, queryset, "revisadas")

    @admin.action(description="No sirve…", permissions=["check"])
    def mark_rejected(
        self, request: HttpRequest, queryset: QuerySet[ServiceRequest]
    ) -> TemplateResponse | None:
        """Asks for the reason first: the patient reads it."""
        reason = " ".join(request.POST.get("reason", "").split())
        if reason and len(reason) <= LONGEST_REASON:
            self._decide(request, queryset, "que no sirven", reason=reason)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Por qué no sirve",
            "opts": self.opts,
            "orders": queryset,
            "longest": LONGEST_REASON,
            "asked": "reason" in request.POST,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(
            request, "admin/appointments/servicerequest/reject.html", context
        )

    def _decide(
        self,
        request: HttpRequest,
        queryset: QuerySet[ServiceRequest],
        done: str,
        *,
        reason: str = "",
    ) -> None:
        count = 0
        for order in queryset:
            facts: dict[str, Any] = {
                "order_id": order.pk,
                "by": request.user,
                "origin": origin_of(request),
                "now": timezone.now(),
            }
            try:
                if reason:
                    orders.reject(reason=reason, **facts)
                else:
                    orders.check(**facts)
            except OrderNotWaiting:
                messages.warning(request, f"{order}: ya estaba decidida.")
            else:
                count += 1
        messages.success(request, f"Órdenes {done}: {count}.")
