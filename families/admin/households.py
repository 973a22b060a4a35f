"""Families and guardians: one page to open a whole file, one to hand over a code."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.admin import StackedInline, TabularInline
from unfold.decorators import action, display

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyInline, person_shown
from castres_portal.base.errors import Refusal
from castres_portal.base.french import moment, plain_day
from families import counter, quotient_changes
from families.admin.counter import counter_page
from families.admin.forms import (
    CustodyForm,
    CustodyFormSet,
    GuardianFormSet,
    QuotientForm,
    QuotientFormSet,
    changed_from,
)
from families.admin.hand_over import hand_over_code
from families.admin.links import links_of
from families.admin.rights import RightsHistoryInline, limit_rights_page, rights_words
from families.models import (
    ActivationCode,
    AuthorisedAdult,
    Child,
    Custody,
    Family,
    FamilyContact,
    Guardian,
    QuotientRecord,
)
from families.queries.certification import campaign_on, uncertified
from families.quotient_changes import QuotientChange
from families.services.files import next_family_numbers

LIVE_CODES = Prefetch(
    "activation_codes",
    ActivationCode.objects.filter(used_at=None, revoked_at=None),
    to_attr="live_codes",
)


def space_of(guardian: Guardian) -> str:
    """Say where a guardian stands: her space is open, a code is on its way, or nothing yet."""
    if guardian.user_id:
        return f"Ouvert le {moment(guardian.attached_at)}" if guardian.attached_at else "Ouvert"
    live = getattr(guardian, "live_codes", None)
    code = (
        (live[0] if live else None)
        if live is not None
        else guardian.activation_codes.filter(used_at=None, revoked_at=None).first()
    )
    if code is None:
        return "Aucun code en cours"
    if code.expires_at <= clock.now():
        return f"Code expiré le {plain_day(code.expires_at)}"
    return f"Code remis par {code.get_channel_display().lower()}, jusqu’au {plain_day(code.expires_at)}"


class GuardianInline(StackedInline):
    """The guardians of a household."""

    model = Guardian
    formset = GuardianFormSet
    extra = 0
    readonly_fields = ("space", "rights_shown")
    gives_codes = limits_rights = False
    show_change_link = True
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("title", "pays"),
                    ("first_name", "last_name"),
                    "email",
                    ("phone", "second_phone"),
                    ("space", "rights_shown"),
                )
            },
        ),
    )

    def get_extra(self, request: HttpRequest, obj: Family | None = None, **kwargs: Any) -> int:
        """Offer a blank row where there is nobody yet."""
        return 0 if obj else 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[Guardian]:
        """Bring the codes that still work; keep what this agent may do, for the links (an inline lives one request)."""
        self.gives_codes = request.user.has_perm("families.add_activationcode")
        self.limits_rights = request.user.has_perm("families.change_guardian")
        return super().get_queryset(request).prefetch_related(LIVE_CODES)

    @display(description="Espace personnel")
    def space(self, guardian: Guardian) -> str:
        """Say where she stands, with the way to her code."""
        if not guardian.pk:
            return "Enregistrez d’abord : le code se remet ensuite."
        if not self.gives_codes:
            return space_of(guardian)
        link = reverse("admin:families_guardian_code", args=[guardian.pk])
        return format_html('{} – <a href="{}" class="underline">code d’activation</a>', space_of(guardian), link)

    @display(description="Droits sur ce dossier")
    def rights_shown(self, guardian: Guardian) -> str:
        """Say what she may do, with the way to limit it."""
        if not guardian.pk:
            return "–"
        if not self.limits_rights:
            return rights_words(guardian)
        link = reverse("admin:families_guardian_rights", args=[guardian.pk])
        return format_html('{} – <a href="{}" class="underline">limiter les droits</a>', rights_words(guardian), link)


class CustodyInline(StackedInline):
    """The children of a household and when they live there."""

    model = Custody
    form = CustodyForm
    formset = CustodyFormSet
    extra = 0
    autocomplete_fields = ("child",)
    verbose_name = "enfant du foyer"
    verbose_name_plural = "enfants du foyer"
    fieldsets = (
        (None, {"fields": ("child", ("first_name", "last_name"), ("birth_date", "level"), ("school", "class_name"))}),
        (None, {"fields": (("rhythm", "first_monday"), ("starts_on", "ends_on"))}),
    )

    def get_extra(self, request: HttpRequest, obj: Family | None = None, **kwargs: Any) -> int:
        """Offer a blank row where there is nobody yet."""
        return 0 if obj else 1

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the boxes of a new child out for who may only read."""
        if self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return ((None, {"fields": ("child", ("rhythm", "first_monday"), ("starts_on", "ends_on"))}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Custody]:
        """Bring the children along."""
        return super().get_queryset(request).select_related("child__school", "family")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Begin a new stay today."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name == "starts_on":
            field.initial = clock.today
        return field


class QuotientInline(TabularInline):
    """The quotients of a household, period by period."""

    model = QuotientRecord
    form = QuotientForm
    formset = QuotientFormSet
    extra = 0
    fields = ("value", "month", "source", "starts_on", "ends_on", "proof")

    def get_formset(self, request: HttpRequest, obj: Family | None = None, **kwargs: Any) -> Any:
        """Say beside the quotients why they could not be saved, if so."""
        formset = super().get_formset(request, obj, **kwargs)
        formset.refusal = getattr(request, "quotient_refusal", "")
        return formset


class AdultInline(StackedInline):
    """Who may, and who must not, collect the children. A line is closed by its end, never erased."""

    model = AuthorisedAdult
    extra = 0
    can_delete = False
    readonly_fields = ("added_by", "removed_at")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("right", "link"),
                    ("first_name", "last_name"),
                    "phone",
                    "children",
                    ("starts_on", "ends_on"),
                    ("added_by", "removed_at"),
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuthorisedAdult]:
        """Bring who added each."""
        return super().get_queryset(request).select_related("added_by").prefetch_related("children")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the children of this household only."""
        family = (request.resolver_match.kwargs if request.resolver_match else {}).get("object_id")
        kwargs["queryset"] = (
            Child.objects.filter(custodies__family=family).distinct() if family else Child.objects.none()
        )
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class ContactInline(TabularInline):
    """Whom to call when the guardians do not answer."""

    model = FamilyContact
    extra = 0
    fields = ("position", "first_name", "last_name", "phone", "link", "child")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the children of this household only."""
        if db_field.name == "child":
            family = (request.resolver_match.kwargs if request.resolver_match else {}).get("object_id")
            kwargs["queryset"] = (
                Child.objects.filter(custodies__family=family).distinct() if family else Child.objects.none()
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class CertificationFilter(admin.SimpleListFilter):
    """Who has certified the file for the school year that is asked."""

    title = "certification de l’année"
    parameter_name = "certification"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the two states."""
        return [("faite", "Faite"), ("afaire", "À faire")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Family]) -> QuerySet[Family]:
        """Keep the households of the state chosen."""
        today = clock.today()
        campaign = campaign_on(today)
        if campaign is None or self.value() not in ("faite", "afaire"):
            return queryset
        if self.value() == "afaire":
            return queryset.filter(pk__in=uncertified(campaign, today=today).values("pk"))
        return queryset.filter(certifications__school_year=campaign.year)


@admin.register(Family)
class FamilyAdmin(PortalAdmin):
    """A household's file, whole: address, guardians, children, quotients."""

    list_display = ("number", "name", "guardians_shown", "children_shown", "city")
    list_display_links = ("number", "name")
    list_filter = (CertificationFilter, "city", "created_at")
    search_fields = (
        "number",
        "name",
        "guardians__last_name",
        "guardians__first_name",
        "guardians__email",
        "custodies__child__last_name",
        "custodies__child__first_name",
    )
    search_help_text = "Numéro, nom du foyer, responsable, enfant ou adresse électronique"
    change_form_before_template = "families/admin/family_links.html"
    inlines = (GuardianInline, CustodyInline, AdultInline, ContactInline, QuotientInline)
    readonly_fields = ("number", "created_at")
    fieldsets = (
        (None, {"fields": (("number", "created_at"), "name")}),
        ("Adresse du foyer", {"fields": ("street", "street_more", ("postcode", "city"))}),
    )
    add_fieldsets = (
        (None, {"fields": ("name",)}),
        ("Adresse du foyer", {"fields": ("street", "street_more", ("postcode", "city"))}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Family]:
        """Bring the people of the list in two more queries."""
        people = Prefetch("guardians", Guardian.objects.order_by("-pays", "last_name"))
        stays = Prefetch("custodies", Custody.objects.select_related("child"))
        return super().get_queryset(request).prefetch_related(people, stays)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show above the file the ways to the household's requests, papers, bookings and invoices."""
        family = Family(pk=int(object_id)) if object_id.isdecimal() else None
        links = links_of(family, request) if family else []
        if family and request.user.has_perm(counter.PERMISSION):
            links = [("Au guichet", reverse("admin:families_family_counter", args=[object_id])), *links]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "family_links": links})

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save all of the file or nothing: what a quotient cannot change now is said on the page, with all that was typed."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refusal as refusal:
            request.quotient_refusal = refusal.message  # type: ignore[attr-defined]  # read by the quotients' formset
            return super().changeform_view(request, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """Give the counter its address."""
        page = path("<int:pk>/guichet/", self.admin_site.admin_view(self.counter), name="families_family_counter")
        return [page, *super().get_urls()]

    def counter(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the page that opens the household's own pages for an agent."""
        return counter_page(self, request, pk)

    def save_model(self, request: HttpRequest, obj: Family, form: Any, change: bool) -> None:
        """Give a new file its number."""
        if not obj.number:
            obj.number = next_family_numbers()[0]
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Date the people that an agent adds; tell who counted with the quotients that she has just changed."""
        for row in formset.forms:
            if isinstance(row.instance, AuthorisedAdult) and row.instance.added_at is None:
                row.instance.added_at = clock.now()
        super().save_formset(request, form, formset, change)
        if formset.model is QuotientRecord and (days := changed_from(formset)):
            quotient_changes.tell(QuotientChange(form.instance, min(days), clock.now()))

    def has_delete_permission(self, request: HttpRequest, obj: Family | None = None) -> bool:
        """A file is kept: invoices and requests stand on it."""
        return False

    @display(description="Responsables")
    def guardians_shown(self, family: Family) -> str:
        """Return the names of the guardians, payer first."""
        return ", ".join(str(guardian) for guardian in family.guardians.all()) or "–"

    @display(description="Enfants")
    def children_shown(self, family: Family) -> str:
        """Return the first names of the children."""
        return ", ".join(sorted({stay.child.first_name for stay in family.custodies.all()})) or "–"


class CodeHistoryInline(ReadOnlyInline):
    """The codes that a guardian was given. The code itself is nowhere."""

    model = ActivationCode
    readonly_fields = ("agent",)
    agent = person_shown("created_by", "Créé par")
    fields = ("created_at", "channel", "agent", "expires_at", "used_at", "revoked_at", "revoked_reason")
    verbose_name_plural = "codes remis"


class SpaceFilter(admin.SimpleListFilter):
    """Whose space is open."""

    title = "espace"
    parameter_name = "espace"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the three states."""
        return [("ouvert", "Ouvert"), ("code", "Code en cours"), ("aucun", "Ni espace ni code")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Guardian]) -> QuerySet[Guardian]:
        """Keep the guardians of the state chosen."""
        live = Q(activation_codes__used_at=None, activation_codes__revoked_at=None, activation_codes__isnull=False)
        with_code = Guardian.objects.filter(live, activation_codes__expires_at__gt=clock.now(), user=None).values("pk")
        return {
            "ouvert": lambda: queryset.filter(user__isnull=False),
            "code": lambda: queryset.filter(pk__in=with_code),
            "aucun": lambda: queryset.filter(user=None).exclude(pk__in=with_code),
        }.get(self.value() or "", lambda: queryset)()


@admin.register(Guardian)
class GuardianAdmin(PortalAdmin):
    """One guardian: who she is, her space, the codes that she was given."""

    list_display = ("name_shown", "family", "email", "phone", "space", "rights_shown")
    list_filter = (SpaceFilter, "rights", "pays")
    search_fields = ("last_name", "first_name", "email", "family__number", "family__name")
    search_help_text = "Nom, adresse électronique, numéro ou nom du foyer"
    autocomplete_fields = ("family",)
    inlines = (RightsHistoryInline, CodeHistoryInline)
    actions_detail = ("code", "limit")
    readonly_fields = ("space", "account", "attached_at", "rights_shown")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "family",
                    ("title", "pays"),
                    ("first_name", "last_name"),
                    ("email", "contact_by"),
                    ("phone", "second_phone"),
                )
            },
        ),
        ("Espace personnel", {"fields": ("space", ("account", "attached_at"), "rights_shown")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Guardian]:
        """Bring the household, the account and the codes that still work."""
        return super().get_queryset(request).select_related("family", "user").prefetch_related(LIVE_CODES)

    def get_readonly_fields(self, request: HttpRequest, obj: Guardian | None = None) -> Any:
        """A guardian stays in her household."""
        return (*super().get_readonly_fields(request, obj), *(("family",) if obj else ()))

    def get_urls(self) -> list[URLPattern]:
        """Give the page of the code a short name, which the family's page links to."""
        code = path("<int:object_id>/code/", self.admin_site.admin_view(self.code), name="families_guardian_code")
        rights = path(
            "<int:object_id>/droits/", self.admin_site.admin_view(self.limit), name="families_guardian_rights"
        )
        return [code, rights, *super().get_urls()]

    @display(description="Responsable", ordering="last_name")
    def name_shown(self, guardian: Guardian) -> str:
        """Return title and name."""
        return str(guardian)

    @display(description="Compte")
    def account(self, guardian: Guardian) -> str:
        """Return the address by which she signs in; no link, agents may not open accounts."""
        return guardian.user.email if guardian.user else "–"

    @display(description="Espace personnel")
    def space(self, guardian: Guardian) -> str:
        """Say where she stands."""
        return space_of(guardian) if guardian.pk else "–"

    # A method, not « families.add_activationcode »: unfold's check would ask the database, before there is one.
    def has_hand_over_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Say whether this agent gives codes."""
        return request.user.has_perm("families.add_activationcode")

    @action(description="Code d’activation", icon="key", permissions=["hand_over"], url_path="code")
    def code(self, request: HttpRequest, object_id: str) -> Any:
        """Show the page that hands over, renews or revokes a code."""
        return hand_over_code(self, request, int(object_id))

    @display(description="Droits", ordering="rights")
    def rights_shown(self, guardian: Guardian) -> str:
        """Say what she may do with the household's file."""
        return rights_words(guardian) if guardian.pk else "–"

    def has_limit_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Say whether this agent limits rights."""
        return request.user.has_perm("families.change_guardian")

    @action(description="Limiter les droits", icon="lock_person", permissions=["limit"], url_path="droits")
    def limit(self, request: HttpRequest, object_id: str) -> Any:
        """Show the page that limits what a guardian may do, or gives it back."""
        return limit_rights_page(self, request, int(object_id))
