"""What each kind of agent may do: a group each, made after every migration, to which an administrator adds people.

A role names permissions as Django does (``families.view_child``); ``*`` stands for every model of an application. What an
administrator has granted besides is left alone.
"""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as present_apps
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db.models import Q

AGENTS = "Agents"
REGISSEURS = "Régisseurs"
CUISINE = "Cuisine"
CONFIDENTIAL = "Pièces confidentielles"
PETITE_ENFANCE = "Petite enfance"
ANIMATEURS = "Animateurs"

ROLES: dict[str, tuple[str, ...]] = {
    AGENTS: (
        "accounts.view_identitymismatch",
        "accounts.delete_identitymismatch",
        "families.view_*",
        "families.add_family",
        "families.change_family",
        "families.act_for_family",
        "families.add_guardian",
        "families.change_guardian",
        "families.delete_guardian",
        "families.add_child",
        "families.change_child",
        "families.add_custody",
        "families.change_custody",
        "families.delete_custody",
        "families.add_custodyexception",
        "families.change_custodyexception",
        "families.delete_custodyexception",
        "families.add_quotientrecord",
        "families.change_quotientrecord",
        "families.delete_quotientrecord",
        "families.add_authorisedadult",
        "families.change_authorisedadult",
        "families.add_familycontact",
        "families.change_familycontact",
        "families.delete_familycontact",
        "families.change_school",
        "families.change_familyrequest",
        "families.add_activationcode",
        "families.change_activationcode",
        "documents.view_*",
        "documents.add_*",
        "documents.change_*",
        "reservations.view_*",
        "reservations.add_*",
        "reservations.change_*",
        "reservations.delete_*",
        "billing.view_*",
        "billing.add_coverage",
        "billing.change_coverage",
        "billing.add_payingbody",
        "billing.change_payingbody",
        "post_office.view_email",
        "post_office.change_email",
        "auditlog.view_logentry",
        "portal.view_*",
        "portal.add_news",
        "portal.change_news",
        "portal.delete_news",
    ),
    REGISSEURS: (
        "families.view_family",
        "families.view_guardian",
        "families.view_child",
        "families.view_custody",
        "families.view_quotientrecord",
        "reservations.view_absencerule",
        "reservations.view_absencereason",
        "reservations.view_activity*",
        "reservations.view_booking*",
        "reservations.view_closedperiod",
        "reservations.view_enrolment",
        "reservations.view_receiptline",
        "reservations.view_schoolyear",
        "reservations.view_residence",
        "reservations.view_siteday",
        "reservations.view_tariff*",
        "billing.view_*",
        "billing.add_*",
        "billing.change_*",
        "billing.collect_money",
        "billing.reverse_money",
        "billing.close_till",
        "billing.hand_over_invoices",
        "post_office.view_email",
        "auditlog.view_logentry",
    ),
    # Added to another role for who must read judgments, vaccinations and PAI: the others do not see that they exist.
    CONFIDENTIAL: ("documents.read_sensitive_document",),
    CUISINE: (
        "families.view_school",
        "reservations.view_activity",
        "reservations.view_activitysite",
        "reservations.view_siteday",
        "reservations.view_kitchenorder",
        "reservations.view_kitchenextra",
        "reservations.add_kitchenextra",
        "reservations.view_menu",
        "reservations.add_menu",
        "reservations.change_menu",
        "reservations.delete_menu",
    ),
    PETITE_ENFANCE: (
        "families.view_family",
        "families.view_guardian",
        "families.view_child",
        "reservations.view_appointment*",
        "reservations.add_appointment*",
        "reservations.change_appointment*",
    ),
    # The sheets of the places that an agent has given to the account (« Affectations des animateurs »), and nothing else.
    ANIMATEURS: ("reservations.add_attendance",),
}


def grant_roles(app_config: AppConfig, using: str = "default", apps: Apps = present_apps, **kwargs: Any) -> None:
    """Give each role its permissions on one application; safe to run again (listens to ``post_migrate``)."""
    try:
        group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:  # migrated back to before the tables of auth
        return
    # Django's own listener may come after this one: the permissions must exist before they are given.
    create_permissions(app_config, verbosity=0, using=using, apps=apps)
    for role, names in ROLES.items():
        wanted = _matching(app_config.label, names)
        if wanted is not None:
            row, _ = group.objects.using(using).get_or_create(name=role)
            row.permissions.add(*permission.objects.using(using).filter(wanted))


def _matching(label: str, names: tuple[str, ...]) -> Q | None:
    """Return the filter of the permissions that ``names`` mean in one application, None when they mean none."""
    wanted = Q()
    for name in names:
        app, _, codename = name.partition(".")
        if app == label:
            start = codename.removesuffix("*")
            wanted |= Q(codename__startswith=start) if codename.endswith("*") else Q(codename=codename)
    return Q(content_type__app_label=label) & wanted if wanted else None
