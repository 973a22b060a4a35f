"""What each kind of agent may do."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission

from accounts.roles import AGENTS, CUISINE, PETITE_ENFANCE, REGISSEURS, ROLES, grant_roles
from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db

TABLE = [
    (AGENTS, "families.add_family", True),
    (AGENTS, "families.add_activationcode", True),
    (AGENTS, "families.delete_family", False),
    (AGENTS, "reservations.change_enrolment", True),
    (AGENTS, "billing.view_invoice", True),
    (AGENTS, "billing.add_billingrun", False),
    (AGENTS, "accounts.change_user", False),
    (REGISSEURS, "billing.add_billingrun", True),
    (REGISSEURS, "billing.view_payment", True),
    (REGISSEURS, "families.view_family", True),
    (REGISSEURS, "families.add_activationcode", False),
    (REGISSEURS, "reservations.view_booking", True),
    (REGISSEURS, "reservations.view_appointment", False),
    (PETITE_ENFANCE, "reservations.change_appointment", True),
    (PETITE_ENFANCE, "reservations.add_appointmentslot", True),
    (PETITE_ENFANCE, "reservations.view_booking", False),
    (PETITE_ENFANCE, "families.view_quotientrecord", False),
    (CUISINE, "reservations.view_siteday", True),
    (CUISINE, "families.view_child", False),
    (CUISINE, "billing.view_invoice", False),
]


def grant():
    for config in apps.get_app_configs():
        grant_roles(config)


@pytest.mark.parametrize(("role", "permission", "allowed"), TABLE)
def test_each_role_may_do_its_work_and_no_more(role, permission, allowed):
    grant()
    assert UserFactory(agent=True, role=role).has_perm(permission) is allowed


def test_roles_are_given_twice_without_harm_and_an_administrator_s_additions_stay():
    grant()
    before = {group.name: group.permissions.count() for group in Group.objects.all()}
    added = Permission.objects.get(codename="delete_school")
    Group.objects.get(name=CUISINE).permissions.add(added)
    grant()
    after = {group.name: group.permissions.count() for group in Group.objects.all()}
    assert set(after) == set(ROLES)
    assert after == {**before, CUISINE: before[CUISINE] + 1}


def test_every_permission_named_exists():
    grant()
    named = {name for names in ROLES.values() for name in names if not name.endswith("*")}
    known = {f"{p.content_type.app_label}.{p.codename}" for p in Permission.objects.select_related("content_type")}
    assert named - known == set()
