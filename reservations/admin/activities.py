"""Activities with their rule said in plain French, their formulas, their places; centres."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.forms import PaginationInlineFormSet

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin
from reservations.forms.activities import ActivityForm, HoursForm
from reservations.models import AbsenceRule, Activity, ActivityFormula, ActivitySite, Enrolment, Site
from reservations.queries.activity_words import rule_in_words
from reservations.queries.planning import policy_of
from reservations.rules.decide import notice
from reservations.rules.formulas import Formula
from reservations.wakes import wake_waiting_list


class FormulaFormSet(PaginationInlineFormSet):
    """Formulas that agree with the activity."""

    def clean(self) -> None:
        """Refuse a formula without a meal in an activity whose every booking is one."""
        super().clean()
        if any(self.errors) or not self.instance.is_meal:
            return
        for form in self.forms:
            formula = form.instance.formula
            if formula and not self._should_delete_form(form) and not Formula(formula).with_meal:
                raise ValidationError(
                    f"« {Formula(formula).label} » n’a pas de repas, alors que l’activité en sert un à tous\u00a0: "
                    "décochez « repas servi à tous », ou retirez la formule."
                )


class FormulaInline(TabularInline):
    """What families choose among on a day."""

    model = ActivityFormula
    form = HoursForm
    formset = FormulaFormSet
    extra = 0
    fields = ("formula", "opens_at", "closes_at", "position")


class SiteInline(TabularInline):
    """Where an activity runs: a school, for its pupils, or a centre, for any child."""

    model = ActivitySite
    form = HoursForm
    extra = 0
    fields = ("school", "venue", "opens_at", "closes_at", "places")
    autocomplete_fields = ("school", "venue")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[ActivitySite]:
        """Bring the places along."""
        return super().get_queryset(request).select_related("activity", "school", "venue")


@admin.register(Activity)
class ActivityAdmin(PortalAdmin):
    """An activity, whom it takes, when it runs, its deadlines; its whole rule said in sentences."""

    form = ActivityForm
    list_display = ("name", "days", "season", "short_rule", "enrolling", "is_open")
    list_filter = ("is_open", "season", "enrolling")
    search_fields = ("name", "slug")
    search_help_text = "Nom de l’activité"
    prepopulated_fields = {"slug": ("name",)}
    inlines = (FormulaInline, SiteInline)
    readonly_fields = ("rule", "absences")
    fieldsets = (
        ("Ce que cela veut dire", {"fields": ("rule",)}),
        (
            None,
            {
                "fields": (
                    ("name", "slug"),
                    "description",
                    ("unit", "position"),
                    ("icon", "is_open"),
                    ("is_meal", "regulation"),
                )
            },
        ),
        (
            "Jours et saison",
            {"fields": ("season", ("on_monday", "on_tuesday", "on_wednesday"), ("on_thursday", "on_friday"))},
        ),
        (
            "Délai d’ajout",
            {
                "fields": (("add_kind", "add_hour"), ("add_days", "add_working"), "add_weekday"),
                "description": "Sans heure, toute la dernière journée compte\u00a0; avec une heure, celle de l’horloge de Paris.",
            },
        ),
        (
            "Délai d’annulation",
            {"fields": (("cancel_kind", "cancel_hour"), ("cancel_days", "cancel_working"), "cancel_weekday")},
        ),
        (
            "Qui peut s’inscrire, et comment",
            {
                "fields": (("age_from", "age_to"), "levels", "enrolling", "required_documents"),
                "description": "L’âge et le niveau sont ceux du premier jour de l’inscription.",
            },
        ),
        ("Quand un jour est complet", {"fields": (("has_waiting_list", "offer_hours"), "resells_late_days")}),
        ("Absences", {"fields": ("absences",)}),
        ("Pointage", {"fields": ("attendance_hours",)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Activity | None = None) -> Any:
        """Say nothing yet of an activity that has not been saved."""
        return self.fieldsets if obj else [row for row in self.fieldsets if row[0] != "Ce que cela veut dire"]

    @display(description="La règle enregistrée, en clair")
    def rule(self, activity: Activity) -> str | SafeString:
        """Say the rule as it is saved, whatever is being typed."""
        if not activity.pk:
            return "Enregistrez pour lire la règle."
        saved = Activity.objects.get(pk=activity.pk)
        sentences = rule_in_words(saved, today=clock.today())
        return format_html_join("", '<p class="mb-2">{}</p>', ((sentence,) for sentence in sentences))

    @display(description="Jours")
    def days(self, activity: Activity) -> str:
        """Return the weekdays."""
        return activity.weekdays_label

    @display(description="Délais")
    def short_rule(self, activity: Activity) -> str:
        """Say the deadlines in one sentence."""
        return notice(policy_of(activity))

    @display(description="Règle d’absence")
    def absences(self, activity: Activity) -> str | SafeString:
        """Lead to the rule of absences."""
        if not activity.pk:
            return "Enregistrez d’abord l’activité."
        rule = AbsenceRule.objects.filter(activity=activity).first()
        if rule is None:
            url = f"{reverse('admin:reservations_absencerule_add')}?activity={activity.pk}"
            return format_html(
                'Aucune\u00a0: les familles n’annoncent pas d’absence. <a class="underline" href="{}">En écrire une</a>',
                url,
            )
        words = "Les familles peuvent annoncer une absence." if rule.is_allowed else "Les absences ne s’annoncent pas."
        url = reverse("admin:reservations_absencerule_change", args=[rule.pk])
        return format_html('{} <a class="underline" href="{}">Voir la règle</a>', words, url)

    def has_delete_permission(self, request: HttpRequest, obj: Activity | None = None) -> bool:
        """An activity in which a child is enrolled stays; it can be closed."""
        used = obj is not None and Enrolment.objects.filter(activity=obj).exists()
        return not used and super().has_delete_permission(request, obj)


@admin.register(Site)
class SiteAdmin(PortalAdmin):
    """Centres of loisirs, maisons de quartier: places that are no school."""

    list_display = ("name", "street", "city", "phone", "uses")
    search_fields = ("name", "street")
    search_help_text = "Nom ou adresse"
    fieldsets = ((None, {"fields": ("name", ("street", "phone"), ("postcode", "city"))}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        """Count what runs there."""
        return super().get_queryset(request).annotate(activities=Count("activity_sites"))

    @display(description="Activités", ordering="activities")
    def uses(self, site: Site) -> int:
        """Return how many activities run there."""
        return site.activities  # type: ignore[attr-defined]

    def has_delete_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        """A centre where an activity runs stays."""
        used = obj is not None and ActivitySite.objects.filter(venue=obj).exists()
        return not used and super().has_delete_permission(request, obj)


@admin.register(ActivitySite)
class ActivitySiteAdmin(PortalAdmin):
    """An activity in one school or in one centre."""

    form = HoursForm
    list_display = ("place", "activity", "opens_at", "closes_at", "places_shown")
    list_filter = ("activity", "school__kind")
    list_select_related = ("school", "venue", "activity")
    search_fields = ("school__name", "venue__name", "activity__name")
    search_help_text = "École, lieu d’accueil ou activité"
    autocomplete_fields = ("school", "venue", "activity")
    fields = ("activity", ("school", "venue"), ("opens_at", "closes_at"), "places")

    @display(description="Lieu", ordering="school__name")
    def place(self, site: ActivitySite) -> str:
        """Return the school or the centre."""
        return site.place_name

    @display(description="Places par jour", ordering="places")
    def places_shown(self, site: ActivitySite) -> str:
        """Return the places, or that they are not counted."""
        return "sans limite" if site.places is None else str(site.places)

    def save_model(self, request: HttpRequest, obj: ActivitySite, form: ModelForm, change: bool) -> None:
        """Save the site; places added go to who waits."""
        super().save_model(request, obj, form, change)
        wake_waiting_list()

    def has_delete_permission(self, request: HttpRequest, obj: ActivitySite | None = None) -> bool:
        """A site in which a child is enrolled stays."""
        used = obj is not None and Enrolment.objects.filter(site=obj).exists()
        return not used and super().has_delete_permission(request, obj)
