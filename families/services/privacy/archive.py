"""The archive of a person's data: one zip, written piece by piece, whatever the size of what it holds.

For each household a folder; in it each section as JSON, for machines, and as a page, for people; then its files.
"""

import json
import shutil
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.models import User
from castres_portal.base.french import euros, moment
from families.data_export import Row, Section, all_sections
from families.models import Guardian
from families.queries.data_export import mask_for
from families.queries.households import guardianships_of
from families.rules.masking import Masker

IN_MEMORY = 1_000_000
HERE = "rows-stand-here"  # where the rows go in the page, which is written around them


def write_archive(target: IO[bytes], *, user: User, at: datetime) -> None:
    """Write into ``target`` all that a person may have of her own data; at no time is more than a row or a block in memory."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        folders = []
        for guardian in guardianships_of(user):
            folder = f"foyer-{guardian.family.number}"
            pages = [(section, f"{folder}/{section.slug}.html") for section in all_sections()]
            mask = mask_for(guardian)
            for section in all_sections():
                _write_section(archive, folder, section, guardian, mask, at)
            folders.append((guardian.family.number, pages))
        _write_rows(archive, "compte", "Mon compte", [account_row(user)])
        context = {"user": user, "at": at, "folders": folders, "town": settings.TOWN}
        archive.writestr("index.html", render_to_string("families/export/index.html", context))


def account_row(user: User) -> Row:
    """Return what the account itself holds."""
    return {
        "adresse électronique": user.email,
        "civilité": user.title,
        "prénom": user.first_name,
        "nom": user.last_name,
        "compte créé le": user.date_joined,
        "connexion en cours depuis": user.signed_in_at,
        "connexion précédente": user.previous_signed_in_at,
    }


def _write_section(
    archive: zipfile.ZipFile, folder: str, section: Section, guardian: Guardian, mask: Masker, at: datetime
) -> None:
    rows = (_masked(row, mask) for row in section.rows(guardian, at))
    _write_rows(archive, f"{folder}/{section.slug}", section.title, rows)
    for item in section.files(guardian, at) if section.files else ():
        with item.open() as source, archive.open(f"{folder}/{section.slug}/{item.name}", "w") as copy:
            shutil.copyfileobj(source, copy, 64 * 1024)


def _write_rows(archive: zipfile.ZipFile, path: str, title: str, rows: Iterable[Row]) -> None:
    """Write rows as JSON straight away and as a page through a file beside: a zip takes one entry at a time."""
    with SpooledTemporaryFile(IN_MEMORY) as page:
        whole = render_to_string("families/export/page.html", {"title": title, "rows": HERE})
        head, _, foot = whole.partition(HERE)
        page.write(head.encode())
        with archive.open(f"{path}.json", "w") as file:
            count = 0
            for count, row in enumerate(rows, 1):
                file.write(b"[\n" if count == 1 else b",\n")
                file.write(json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode())
                page.write(_as_html(row).encode())
            file.write(b"\n]\n" if count else b"[]\n")
        if not count:
            page.write(b"<p>Rien dans cette partie.</p>")
        page.write(foot.encode())
        page.seek(0)
        with archive.open(f"{path}.html", "w") as copy:
            shutil.copyfileobj(page, copy, 64 * 1024)


def _masked(value: Any, mask: Masker) -> Any:
    """Leave other people out of every text of a row."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_masked(item, mask) for item in value]
    if isinstance(value, dict):
        return {key: _masked(item, mask) for key, item in value.items()}
    return value


def _as_html(row: Row) -> SafeString:
    lines = format_html_join("", "<dt>{}</dt><dd>{}</dd>", ((key, _said(value)) for key, value in row.items()))
    return format_html("<dl>{}</dl>", lines)


def _said(value: Any) -> str | SafeString:
    """Say a value as a person reads it."""
    if isinstance(value, list):
        return format_html_join("", "<div>{}</div>", ((_said(item),) for item in value))
    if isinstance(value, dict):
        return " ; ".join(f"{key} : {_said(item)}" for key, item in value.items())
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Decimal):
        return euros(value)
    if isinstance(value, bool):
        return "oui" if value else "non"
    return "" if value is None else str(value)
