"""The admin site of the agents."""

from unfold.sites import UnfoldAdminSite


class BackOffice(UnfoldAdminSite):
    """Unfold's site."""
