"""The catalogue as staff edit it: everything keeps its history, nothing is deleted."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from simple_history.admin import SimpleHistoryAdmin
from simple_history.utils import bulk_update_with_history

from catalog import instructions, version
from catalog.models import (
    Agreement,
    City,
    CoveredService,
    FeeBand,
    FeeYear,
    Instruction,
    InstructionSet,
    Payer,
    Practitioner,
    Precedence,
    Procedure,
    ProcedurePrice,
    ServiceCategory,
    Site,
    SiteService,
    Specialty,
    Synonym,
    TravelTime,
)


class CatalogAdmin(SimpleHistoryAdmin):
    """What every page of the catalogue does: bump the version, delete nothing."""

    list_per_page = 50
    show_full_result_count = False
    history_list_display = ["history_change_reason"]

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        version.bump()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SwitchedAdmin(CatalogAdmin):
    """What can be switched off, one by one or several at once."""

    actions = ["switch_on", "switch_off"]

    @admin.action(description="Activar lo escogido", permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset.filter(active=False), True, "activó")

    @admin.action(description="Desactivar lo escogido", permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset.filter(active=True), False, "desactivó")

    def _switch(
        self, request: HttpRequest, rows: QuerySet[Any], active: bool, verb: str
    ) -> None:
        switched = list(rows)
        for row in switched:
            row.active = active
        bulk_update_with_history(
            switched,
            self.model,
            ["active"],
            default_user=request.user,
            default_change_reason=f"Se {verb} en la lista",
            default_date=timezone.now(),
        )
        version.bump()
        self.message_user(request, f"Se {verb}: {len(switched)}.", messages.SUCCESS)


@admin.register(City)
class CityAdmin(SwitchedAdmin):
    list_display = ["code", "name", "department", "active"]
    list_display_links = ["code", "name"]
    list_filter = ["active", "department"]
    search_fields = ["code", "name", "department"]


class SiteServiceInline(admin.TabularInline):
    model = SiteService
    extra = 0


@admin.register(Site)
class SiteAdmin(SwitchedAdmin):
    list_display = ["code", "name", "city", "address", "phone", "active"]
    list_display_links = ["code", "name"]
    list_filter = ["active", "step_free", "position_is_exact"]
    list_select_related = ["city"]
    search_fields = ["code", "name", "address", "city__name"]
    raw_id_fields = ["city"]
    inlines = [SiteServiceInline]


@admin.register(ServiceCategory)
class ServiceCategoryAdmin(SwitchedAdmin):
    list_display = ["name", "code", "hint", "position", "active"]
    list_filter = ["active"]
    search_fields = ["code", "name", "hint"]


@admin.register(Specialty)
class SpecialtyAdmin(SwitchedAdmin):
    list_display = ["code", "name", "category", "sms_name", "popularity", "active"]
    list_display_links = ["code", "name"]
    list_filter = ["active", "category"]
    list_select_related = ["category"]
    search_fields = ["code", "name", "synonyms", "hint"]


@admin.register(Procedure)
class ProcedureAdmin(SwitchedAdmin):
    list_display = [
        "code",
        "name",
        "specialty",
        "visit",
        "minutes",
        "needs_order",
        "needs_review",
        "active",
    ]
    list_display_links = ["code", "name"]
    list_filter = [
        "active",
        "needs_review",
        "visit",
        "sex",
        "needs_order",
        "needs_authorization",
        "specialty__category",
        ("specialty", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["specialty"]
    search_fields = ["code", "name", "official_name", "synonyms"]
    official = ("official_name", "section", "chapter", "valid_from")
    fieldsets = [
        (
            "Lo que ve el paciente",
            {
                "fields": [
                    "name",
                    "what_is_it",
                    "synonyms",
                    "sms_name",
                    "specialty",
                    "visit",
                    "active",
                    "needs_review",
                ]
            },
        ),
        (
            "Para quién y cuánto dura",
            {
                "fields": [
                    "sex",
                    "youngest",
                    "oldest",
                    "minutes",
                    "arrive_minutes",
                    "needs_order",
                    "needs_authorization",
                    "fee",
                    "reminders",
                ]
            },
        ),
        ("Clasificación oficial (CUPS)", {"fields": ["code", *official]}),
    ]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Procedure | None = None
    ) -> tuple[str, ...]:
        """The official list says these; a row made by hand says them once."""
        return ("code", *self.official) if obj is not None and obj.in_file else ()


@admin.register(Synonym)
class SynonymAdmin(CatalogAdmin):
    list_display = ["word", "meaning"]
    search_fields = ["word", "meaning"]
    actions = ["forget"]

    @admin.action(description="Quitar lo escogido", permissions=["change"])
    def forget(self, request: HttpRequest, queryset: QuerySet[Synonym]) -> None:
        """A synonym belongs to nobody: this may go, and its history stays."""
        for synonym in queryset:
            synonym.delete()
        version.bump()


@admin.register(Payer)
class PayerAdmin(SwitchedAdmin):
    list_display = ["code", "name", "kind", "regime", "nit", "active"]
    list_display_links = ["code", "name"]
    list_filter = ["active", "kind", "regime"]
    search_fields = ["code", "name", "nit"]


class CoveredServiceInline(admin.TabularInline):
    model = CoveredService
    extra = 0
    raw_id_fields = ["procedure"]
    verbose_name_plural = "servicios cubiertos (una especialidad o un procedimiento)"


@admin.register(Agreement)
class AgreementAdmin(SwitchedAdmin):
    list_display = [
        "name",
        "kind",
        "payer",
        "books_unverified",
        "covers_everything",
        "valid_from",
        "valid_until",
        "active",
    ]
    list_filter = ["active", "kind", "books_unverified", "covers_everything"]
    list_select_related = ["payer"]
    search_fields = ["code", "name", "payer__name", "payer__code"]
    inlines = [CoveredServiceInline]


class FeeBandInline(admin.TabularInline):
    model = FeeBand
    extra = 0


@admin.register(FeeYear)
class FeeYearAdmin(CatalogAdmin):
    """Next year's values: a new row, or the price shown stays this year's."""

    list_display = ["year", "uvb", "legal_basis", "doubtful"]
    inlines = [FeeBandInline]


@admin.register(ProcedurePrice)
class ProcedurePriceAdmin(CatalogAdmin):
    """A price that changes is a new row with its day, so that old appointments keep theirs."""

    list_display = ["agreement", "procedure", "specialty", "amount", "valid_from"]
    list_filter = ["agreement"]
    list_select_related = ["agreement", "procedure", "specialty"]
    search_fields = ["procedure__code", "procedure__name", "specialty__name"]
    raw_id_fields = ["procedure"]


@admin.register(Practitioner)
class PractitionerAdmin(SwitchedAdmin):
    list_display = ["code", "title", "given_names", "family_names", "active"]
    list_display_links = ["code", "given_names", "family_names"]
    list_filter = ["active", ("specialties", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["code", "given_names", "family_names", "specialties__name"]
    filter_horizontal = ["specialties"]


class InstructionForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        says_hour = "{hora}" in cleaned.get("text", "")
        has_hour = cleaned.get("minutes_before") is not None
        if says_hour and not has_hour:
            self.add_error(
                "minutes_before",
                "El texto dice {hora}: escriba cuántos minutos antes de la cita es.",
            )
        if has_hour and not says_hour:
            self.add_error("text", "Escriba {hora} en el lugar de la hora.")
        return cleaned


class InstructionInline(admin.TabularInline):
    model = Instruction
    form = InstructionForm
    fields = ["position", "kind", "text", "minutes_before", "fasting"]
    extra = 0
    min_num = 1

    def get_formset(
        self, request: HttpRequest, obj: InstructionSet | None = None, **kwargs: Any
    ) -> Any:
        return super().get_formset(request, obj, validate_min=True, **kwargs)

    def get_extra(
        self, request: HttpRequest, obj: InstructionSet | None = None, **kwargs: Any
    ) -> int:
        return 0 if obj else max(3, len(_copied(request)))


@admin.register(InstructionSet)
class InstructionSetAdmin(admin.ModelAdmin):
    """What was published stays as somebody read it: a change is the next version."""

    list_display = ["__str__", "procedure", "specialty", "version", "published_at"]
    list_select_related = ["procedure", "specialty"]
    list_per_page = 50
    search_fields = [
        "procedure__code",
        "procedure__name",
        "specialty__name",
        "steps__text",
    ]
    list_filter = [("specialty", admin.RelatedOnlyFieldListFilter), "published_at"]
    ordering = ["-published_at", "-pk"]
    raw_id_fields = ["procedure"]
    inlines = [InstructionInline]

    def has_change_permission(
        self, request: HttpRequest, obj: InstructionSet | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: InstructionSet | None = None
    ) -> bool:
        return False

    def get_fields(
        self, request: HttpRequest, obj: InstructionSet | None = None
    ) -> Any:
        more = ["version", "published_at", "next_version"] if obj else []
        return ["procedure", "specialty", *more]

    @admin.display(description="Cambiar")
    def next_version(self, published: InstructionSet) -> str:
        address = reverse("admin:catalog_instructionset_add")
        return format_html(
            '<a href="{}?desde={}">Publicar una versión nueva a partir de esta</a>',
            address,
            published.pk,
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        earlier = _earlier(request)
        if earlier is None:
            return {}
        return {"procedure": earlier.procedure_id, "specialty": earlier.specialty_id}

    def get_formset_kwargs(
        self, request: HttpRequest, obj: InstructionSet, inline: Any, prefix: str
    ) -> dict[str, Any]:
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if request.method == "GET" and obj.pk is None:
            kwargs["initial"] = _copied(request)
        return kwargs

    def save_model(
        self, request: HttpRequest, obj: InstructionSet, form: Any, change: bool
    ) -> None:
        """Nothing yet: it is published with its steps."""

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        steps = [
            instructions.Step(line.text, line.kind, line.minutes_before, line.fasting)
            for formset in formsets
            for line in sorted(formset.save(commit=False), key=lambda s: s.position)
        ]
        wanted: InstructionSet = form.instance
        about = wanted.procedure or wanted.specialty
        assert about is not None  # noqa: S101 - the constraint was validated
        published = instructions.publish(about=about, steps=steps, now=timezone.now())
        wanted.pk, wanted.version = published.pk, published.version

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, Any]]:
        return [{"added": {}}]


def _earlier(request: HttpRequest) -> InstructionSet | None:
    """The version from which the next one is written."""
    asked = request.GET.get("desde", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 18):
        return None
    return InstructionSet.objects.prefetch_related("steps").filter(pk=asked).first()


def _copied(request: HttpRequest) -> list[dict[str, Any]]:
    earlier = _earlier(request)
    if earlier is None:
        return []
    fields = ("position", "kind", "text", "minutes_before", "fasting")
    return [{f: getattr(step, f) for f in fields} for step in earlier.steps.all()]


class RuleAdmin(admin.ModelAdmin):
    """What «Varias citas» reckons with. One that is wrong goes; the admin's log keeps it."""

    list_per_page = 50
    show_full_result_count = False

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        version.bump()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        version.bump()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        version.bump()


class PrecedenceForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        """What would come before itself, by way of others, could never be planned."""
        cleaned = super().clean() or {}
        first, then = cleaned.get("first"), cleaned.get("then")
        if first and then and first != then and self._leads(then.pk, first.pk):
            self.add_error(
                "then",
                "Ya está escrito, directamente o por otros, que esta va antes de la "
                "primera. Quite esa regla o cambie el orden.",
            )
        return cleaned

    def _leads(self, start: int, goal: int) -> bool:
        """Whether some chain of rules goes from one procedure to the other."""
        others = Precedence.objects.exclude(pk=self.instance.pk)
        after: dict[int, list[int]] = {}
        for first, then in others.values_list("first_id", "then_id"):
            after.setdefault(first, []).append(then)
        seen, waiting = {start}, [start]
        while waiting:
            for step in after.get(waiting.pop(), ()):
                if step not in seen:
                    seen.add(step)
                    waiting.append(step)
        return goal in seen


@admin.register(Precedence)
class PrecedenceAdmin(RuleAdmin):
    """«Primero el laboratorio»: what comes before what."""

    form = PrecedenceForm
    list_display = ["first", "then", "days"]
    list_select_related = ["first", "then"]
    search_fields = ["first__name", "first__code", "then__name", "then__code"]
    raw_id_fields = ["first", "then"]


class TravelTimeForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        """Either way is one row: the site with the smaller key first."""
        cleaned = super().clean() or {}
        site, other = cleaned.get("site"), cleaned.get("other")
        if site is None or other is None:
            return cleaned
        pair = sorted((site, other), key=lambda one: one.pk)
        cleaned["site"], cleaned["other"] = pair
        rows = TravelTime.objects.exclude(pk=self.instance.pk)
        if rows.filter(site__in=pair, other__in=pair).exists() and site != other:
            self.add_error("other", "El tiempo entre esas dos sedes ya está escrito.")
        return cleaned


@admin.register(TravelTime)
class TravelTimeAdmin(RuleAdmin):
    """Once for two sites, whichever is said first."""

    form = TravelTimeForm
    list_display = ["site", "other", "minutes"]
    list_select_related = ["site", "other"]
    search_fields = ["site__name", "other__name"]
