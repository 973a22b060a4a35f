"""The accounts in the agents' back office. No password, key or session is ever shown here."""

from typing import Any

from allauth.account import admin as _addresses  # noqa: F401  (the libraries' own pages are registered, then taken away)
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa import admin as _factors  # noqa: F401
from allauth.mfa.models import Authenticator
from allauth.usersessions import admin as _sessions  # noqa: F401
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import admin as _auth  # noqa: F401
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from accounts.franceconnect import admin as _franceconnect  # noqa: F401  (its page, and allauth's taken away)
from accounts.models import User
from accounts.queries.factors import STRONG
from accounts.services.sessions import end_sessions
from castres_portal.base.admin import PortalAdmin

# Left alone they would show secrets of the second factor, or let an address be declared confirmed by hand.
for _model in (EmailAddress, EmailConfirmation, Authenticator, UserSession, Group, User):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


class UserForm(forms.ModelForm):
    """An account as an administrator makes it: its owner chooses the password by « mot de passe oublié »."""

    class Meta:
        model = User
        fields = ("email", "title", "first_name", "last_name", "is_active", "is_staff", "is_superuser", "groups")

    def clean_email(self) -> str:
        """Store addresses in lower case, as sign-in reads them."""
        return self.cleaned_data["email"].lower()


@admin.register(User)
class UserAdmin(PortalAdmin):
    """Who may sign in. Parents' accounts are born from an activation code; agents' accounts are made here."""

    form = UserForm
    list_display = ("email", "full_name", "kind", "second_factor", "is_active", "signed_in_at")
    list_filter = ("is_staff", "is_active", "groups")
    search_fields = ("email", "first_name", "last_name")
    search_help_text = "Nom ou adresse électronique"
    ordering = ("email",)
    actions = ("forget_second_factor",)
    filter_horizontal = ("groups",)
    readonly_fields = ("date_joined", "signed_in_at")
    fieldsets = (
        (None, {"fields": ("email", ("title", "first_name", "last_name"), "is_active")}),
        ("Administration", {"fields": ("is_staff", "groups", "is_superuser")}),
        ("Connexions", {"fields": ("date_joined", "signed_in_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Say with each account whether a second factor protects it."""
        strong = Authenticator.objects.filter(user=OuterRef("pk"), type__in=STRONG)
        return super().get_queryset(request).annotate(has_factor=Exists(strong))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """An address changes by its owner, who proves that it is hers; rights are given by an administrator."""
        fixed = list(super().get_readonly_fields(request, obj))
        if obj is not None:
            fixed.append("email")
        if not request.user.is_superuser:
            fixed += ["is_staff", "groups", "is_superuser"]
        return fixed

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """An account is made inactive; what it did keeps its author."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Create an account without a password."""
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not change:
            messages.info(
                request, "Le compte est créé sans mot de passe : la personne en choisit un par « Mot de passe oublié »."
            )

    @display(description="Nom", ordering="last_name")
    def full_name(self, user: User) -> str:
        """Return the name, if any."""
        return user.get_full_name() or "–"

    @display(description="Compte", label={"Agent": "info", "Famille": "success"})
    def kind(self, user: User) -> str:
        """Return whose account it is."""
        return "Agent" if user.is_staff else "Famille"

    @display(description="Double authentification", boolean=True)
    def second_factor(self, user: User) -> bool:
        """Return whether an authenticator application or a passkey is active."""
        return bool(getattr(user, "has_factor", False))

    def has_forget_second_factor_permission(self, request: HttpRequest) -> bool:
        """Only an administrator undoes a second factor."""
        return bool(request.user.is_superuser)

    @admin.action(description="Oublier le second facteur (téléphone perdu)", permissions=["forget_second_factor"])
    def forget_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Take away the factors of people who lost their telephone; agents set a new one at their next visit."""
        Authenticator.objects.filter(user__in=queryset).delete()
        for user in queryset:
            end_sessions(user=user)
        messages.success(request, f"Second facteur retiré de {queryset.count()} compte(s).")


@admin.register(Group)
class GroupAdmin(PortalAdmin):
    """The roles of the agents."""

    search_fields = ("name",)
    search_help_text = "Nom du rôle"
    ordering = ("name",)
    filter_horizontal = ("permissions",)
