"""From a household's file to what else the portal holds of it: other applications give their lists to the page."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from families.models import Family


@dataclass(frozen=True)
class FamilyLink:
    """A list of the back office that can be cut down to one household; ``query`` undoes its own default filter."""

    label: str
    application: str
    model: str
    query: str = ""


@dataclass(frozen=True)
class FamilyPage:
    """A page of the back office about one household (its key is the address's only argument), and who may open it."""

    label: str
    url_name: str
    permission: str


_links: list[FamilyLink] = []
_pages: list[FamilyPage] = []


def add_family_links(*links: FamilyLink) -> None:
    """Show these lists on the page of every household."""
    _links.extend(links)


def add_family_pages(*pages: FamilyPage) -> None:
    """Show the way to these pages on the page of every household, before the lists."""
    _pages.extend(pages)


def links_of(family: Family, request: HttpRequest) -> list[tuple[str, str]]:
    """Return label and address of the pages that this agent may open, then of the lists cut down to the household."""
    pages = [
        (page.label, reverse(page.url_name, args=[family.pk]))
        for page in _pages
        if request.user.has_perm(page.permission)
    ]
    return pages + [
        (
            link.label,
            f"{reverse(f'admin:{link.application}_{link.model}_changelist')}?family__id__exact={family.pk}{link.query}",
        )
        for link in _links
        if request.user.has_perm(f"{link.application}.view_{link.model}")
    ]


add_family_links(
    FamilyLink("Demandes", "families", "familyrequest"),
    FamilyLink("Certifications", "families", "certification"),
    FamilyLink("Consultations", "families", "reading"),
)
