"""The agents' back office: the portal's own sign-in, with a second factor."""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    default_site = "castres_portal.back_office.BackOffice"
