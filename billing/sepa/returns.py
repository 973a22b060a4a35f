"""What the bank sends back: a CSV that an agent types or exports, or the bank's own pain.002."""

import csv
import io
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from defusedxml import ElementTree

from castres_portal.base.errors import Refusal

HEADS = ("reference", "motif", "date")
BIGGEST = 2_000_000  # bytes


@dataclass(frozen=True)
class Return:
    """A debit that the bank refused or took back: our reference, its reason code, the day."""

    end_to_end: str
    code: str
    day: date


def read_returns(content: bytes, *, today: date) -> list[Return]:
    """Read a file of returns, CSV or pain.002; raise Refusal with the line that cannot be read."""
    if len(content) > BIGGEST:
        raise Refusal("Ce fichier dépasse 2 Mo : ce n’est pas un relevé de rejets.")
    if content.lstrip()[:1] == b"<":
        return list(_pain002(content, today))
    return list(_csv(content, today))


def write_returns(returns: Iterable[Return]) -> str:
    """Write returns as the CSV that ``read_returns`` reads: what an agent has seen is what she applies."""
    lines = [";".join(HEADS), *(f"{told.end_to_end};{told.code};{told.day:%d/%m/%Y}" for told in returns)]
    return "\n".join(lines)


def _csv(content: bytes, today: date) -> Iterator[Return]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    rows = csv.DictReader(io.StringIO(text), delimiter=";")
    rows.fieldnames = [_plain(name) for name in rows.fieldnames or []]
    if not set(HEADS) <= set(rows.fieldnames):
        raise Refusal(
            "Le fichier doit avoir les colonnes « reference », « motif » et « date », séparées par des points-virgules."
        )
    for number, row in enumerate(rows, start=2):
        if any((value or "").strip() for value in row.values() if isinstance(value, str)):
            yield _row(row, number, today)


def _plain(name: str) -> str:
    return name.strip().lower().replace("é", "e")


def _row(row: dict[str, str], number: int, today: date) -> Return:
    code = (row["motif"] or "").strip().upper()
    if len(code) != 4 or not code.isalnum():
        raise Refusal(f"Ligne {number} : le motif « {code} » n’est pas un code de rejet, comme AM04.")
    try:
        day = date(*time.strptime((row["date"] or "").strip(), "%d/%m/%Y")[:3])
    except ValueError as bad:
        raise Refusal(f"Ligne {number} : écrivez la date comme ceci : 15/12/2026.") from bad
    if day > today:
        raise Refusal(f"Ligne {number} : la date est à venir.")
    return Return((row["reference"] or "").strip(), code, day)


def _pain002(content: bytes, today: date) -> Iterator[Return]:
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError) as bad:
        raise Refusal("Ce fichier XML ne se lit pas : est-ce bien un pain.002 ?") from bad
    if not root.tag.endswith("}Document") or "pain.002" not in root.tag:
        raise Refusal("Ce fichier XML n’est pas un pain.002.")
    space = {"p": root.tag[1:].partition("}")[0]}
    for found in root.iterfind(".//p:TxInfAndSts", space):
        code = found.findtext("p:StsRsnInf/p:Rsn/p:Cd", "MS03", space).strip()
        yield Return(found.findtext("p:OrgnlEndToEndId", "", space).strip(), code, today)
