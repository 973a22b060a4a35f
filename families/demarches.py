"""« Nouvelle démarche »: all that can be done here, filled by the applications that own the pages, in their ready()."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode


class Section(StrEnum):
    """The headings of the page, in order."""

    SPACE = "Mon espace"
    CHILDREN = "Inscrire et réserver"
    FILE = "Mon dossier"
    MONEY = "Factures"
    DATA = "Mes données"
    CONTACT = "Nous écrire"


@dataclass(frozen=True)
class Demarche:
    """One thing that can be done: its name, what it is for, what to have at hand, and the name of the page's address.

    ``needs_account`` sends somebody who is not signed in to sign in first. ``signed_out_only`` hides it from who is.
    """

    slug: str
    section: Section
    label: str
    purpose: str
    url_name: str
    icon: str
    needs: tuple[str, ...] = ()
    needs_account: bool = True
    signed_out_only: bool = False
    position: int = 50

    def link(self, *, signed_in: bool) -> str:
        """Return where its button leads: its page, or signing in and then its page."""
        page = reverse(self.url_name)
        if self.needs_account and not signed_in:
            return f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': page})}"
        return page


_demarches: dict[str, Demarche] = {}


def register(*demarches: Demarche) -> None:
    """Make démarches known; raise ValueError when a slug is taken by another."""
    for demarche in demarches:
        if _demarches.get(demarche.slug, demarche) != demarche:
            raise ValueError(f"demarche registered twice: {demarche.slug}")
        _demarches[demarche.slug] = demarche


def by_section(*, signed_in: bool) -> list[tuple[Section, list[Demarche]]]:
    """Return the démarches that a person may see, under their headings, each heading in its order."""
    shown = sorted(_visible(_demarches.values(), signed_in), key=lambda row: (row.position, row.label))
    found = [(section, [row for row in shown if row.section == section]) for section in Section]
    return [(section, rows) for section, rows in found if rows]


def _visible(demarches: Iterable[Demarche], signed_in: bool) -> Iterable[Demarche]:
    return (row for row in demarches if not (row.signed_out_only and signed_in))
