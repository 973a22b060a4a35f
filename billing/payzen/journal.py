"""PayZen’s daily file, the « journal des transactions » (JT): one line for each transaction of a day, as the bank knew them.

Columns are read by their names, since the back office lets the shop choose and rename them. What is needed of them: order,
operation, status, amount and day. Amounts are cents unless they are written with decimals; days and times are UTC.
Source: PayZen, back office, « Description des journaux de reporting » (records TITRE, ENTETE, TRANSACTION).
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from billing.payzen.config import PRODUCTION, TEST
from billing.payzen.transactions import CREDIT, DEBIT, EURO, OUTCOMES, VERIFICATION
from castres_portal.base.errors import Refusal

BIGGEST = 20_000_000  # bytes
MOST_LINES = 100_000
DELIMITERS = ";\t,"
HEAD_WITHIN = 10  # lines before which the heads of the columns stand
TITLE, HEAD, END = "TITRE", "ENTETE", "FIN"
# Other files of the same back office, by the code that begins their lines.
OTHER_JOURNALS = {
    "OPERATION": "le journal des opérations",
    "MATCHING": "le journal de rapprochement bancaire",
    "DETAIL": "le journal des impayés",
}
COLUMNS = {
    "order": ("ORDER_ID", "COMMANDE", "REFERENCE_COMMANDE", "REFERENCE_DE_COMMANDE", "NUMERO_DE_COMMANDE"),
    "trans_id": ("TRANSACTION_ID", "TRANS_ID", "NUMERO_DE_TRANSACTION", "IDENTIFIANT_DE_LA_TRANSACTION"),
    "uuid": ("TRANSACTION_UUID", "TRANS_UUID", "UUID"),
    "operation": ("TRANSACTION_TYPE", "OPERATION_DIRECTION", "TYPE", "TYPE_D_OPERATION", "SENS"),
    "status": ("TRANSACTION_STATUS", "DETAILED_STATUS", "STATUS", "STATUT", "ETAT"),
    "amount": ("AMOUNT", "TRANSACTION_AMOUNT", "PAYMENT_AMOUNT", "MONTANT", "MONTANT_TOTAL"),
    "currency": ("CURRENCY", "CURRENCY_CODE", "TRANSACTION_CURRENCY", "DEVISE"),
    "day": ("PAYMENT_DATE", "TRANSACTION_DATE", "CREATION_DATE", "DATE_DU_PAIEMENT", "DATE_DE_CREATION", "DATE"),
    "time": ("PAYMENT_TIME", "TRANSACTION_TIME", "HEURE_DU_PAIEMENT", "HEURE"),
    "captured": ("CAPTURE_DATE", "REMITTANCE_DATE", "PRESENTATION_DATE", "DATE_REMISE", "DATE_DE_REMISE"),
    "sequence": ("SEQUENCE_NUMBER", "PAYMENT_SEQ", "SEQUENCE", "NUMERO_D_ECHEANCE"),
    "site": ("SHOP_ID", "SITE_ID", "BOUTIQUE"),
    "mode": ("CTX_MODE", "CONTEXT_MODE", "MODE"),
}
NEEDED = {
    "order": "commande (ORDER_ID)",
    "operation": "type (TRANSACTION_TYPE)",
    "status": "statut (TRANSACTION_STATUS)",
    "amount": "montant (AMOUNT)",
    "day": "date du paiement (PAYMENT_DATE)",
}
OPERATIONS = {"DEBIT": DEBIT, "DT": DEBIT, "CREDIT": CREDIT, "CT": CREDIT, "VERIFICATION": VERIFICATION}
EUROS = {EURO, "EUR", "EURO"}
_NAME = re.compile(r"(TEST_)?JT_(?:.*_)?([0-9]{8})_(?:([0-9]{6})|([0-9]{2})W([0-9]{2})|([0-9]{2})M([0-9]{2}))(?![0-9])")
_CENTS = re.compile(r"[0-9]{1,12}")
_DECIMAL = re.compile(r"([0-9]{1,10})[.,]([0-9]{2})")


class JournalRefused(Refusal):
    """This is not a file that can be compared; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One transaction as the bank lists it. ``cents`` is never negative; ``day`` and ``at`` are UTC; ``number`` counts lines."""

    number: int
    key: str
    uuid: str
    trans_id: str
    order_id: str
    operation: str
    status: str
    cents: int
    day: date
    at: time | None = None
    captured_on: date | None = None
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Journal:
    """A file that was read: its lines, the days (UTC, both included) that it is about, the shop and mode if it says them."""

    lines: list[JournalLine]
    first_day: date
    last_day: date
    written_at: datetime | None
    site_id: str
    mode: str


def read_journal(content: bytes, name: str) -> Journal:
    """Read a whole file, named as the bank named it; raise JournalRefused with the line that cannot be read."""
    if len(content) > BIGGEST:
        raise JournalRefused("Ce fichier dépasse 20 Mo\u00a0: ce n’est pas le journal d’une journée.")
    text = _text(content)
    head_line, columns, delimiter, written_at = _head(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        found = list(_lines(islice(rows, head_line, None), columns, head_line))
    except csv.Error as error:
        raise JournalRefused("Ce fichier est abîmé\u00a0: une de ses lignes ne se lit pas.") from error
    site_id, mode, period = _named(name)
    lines = [line for line, _, _ in found]
    site_id = _only("boutiques", {site for _, site, _ in found} | {site_id})
    mode = _only("modes", {said for _, _, said in found} | {mode})
    first, last = period or _days_of(lines)
    _check_days(lines, first, last)
    return Journal(_each_once(lines), first, last, written_at, site_id, mode)


# --- The file ---------------------------------------------------------------------------------------------------------


def _text(content: bytes) -> str:
    if not content.strip():
        raise JournalRefused("Ce fichier est vide.")
    if content[:2] == b"PK":
        raise JournalRefused("C’est un classeur Excel\u00a0: déposez le fichier CSV tel que PayZen le donne.")
    if content[:4] == b"%PDF":
        raise JournalRefused("C’est un PDF\u00a0: déposez le fichier CSV tel que PayZen le donne.")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: Sequence[str] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise JournalRefused("Ce fichier n’est pas du texte\u00a0: déposez le fichier CSV tel que PayZen le donne.")


def _head(text: str) -> tuple[int, list[str], str, datetime | None]:
    """Find the heads of the columns: how many lines end with them, their names, the delimiter; and when the file was written."""
    written_at = None
    best: set[str] = set()
    for number, line in enumerate(islice(io.StringIO(text), HEAD_WITHIN), 1):
        for delimiter in DELIMITERS:
            cells = [cell.strip() for cell in next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])]
            if cells and _plain(cells[0]) == TITLE and len(cells) > 2:
                written_at = _written(cells[2])
            names = [_plain(cell) for cell in cells]
            known = _known(names)
            if set(NEEDED) <= known:
                return number, names, delimiter, written_at
            best = known if len(known) > len(best) else best
    _refuse_other_journal(text)
    missing = [words for name, words in NEEDED.items() if name not in best]
    if len(missing) >= len(NEEDED) - 1:  # « date » alone is the head of anything
        raise JournalRefused(
            "Ce fichier n’est pas un journal des transactions de PayZen\u00a0: ses colonnes ne s’y trouvent pas. "
            "Le bon fichier s’appelle «\u00a0JT_…csv\u00a0»."
        )
    raise JournalRefused(
        f"Il manque à ce fichier\u00a0: {', '.join(missing)}. Ajoutez ces colonnes au journal des transactions, dans le "
        "back-office de PayZen."
    )


def _refuse_other_journal(text: str) -> None:
    codes = {line.split(";", 1)[0].strip('"').strip() for line in islice(io.StringIO(text), HEAD_WITHIN)}
    for code, name in OTHER_JOURNALS.items():
        if code in codes:
            raise JournalRefused(
                f"Ce fichier est {name}\u00a0: déposez le journal des transactions, dont le nom commence par JT."
            )


def _known(names: Sequence[str]) -> set[str]:
    return {column for column, aliases in COLUMNS.items() if any(alias in names for alias in aliases)}


def _plain(head: str) -> str:
    """Return a head without accents, in capitals, its words joined: « Date du paiement » is DATE_DU_PAIEMENT."""
    letters = unicodedata.normalize("NFKD", head.replace("\ufeff", "")).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Z0-9]+", "_", letters.upper()).strip("_")


def _written(text: str) -> datetime | None:
    digits = re.sub(r"[^0-9]", "", text)
    for shape in ("%y%m%d%H%M%S", "%Y%m%d%H%M%S"):
        try:
            return datetime.strptime(digits, shape).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _named(name: str) -> tuple[str, str, tuple[date, date] | None]:
    """Read the name that PayZen gives: shop, mode, and the day, week or month that the file is about."""
    found = _NAME.search(name.upper())
    if not found:
        return "", "", None
    test, site_id, day, year, week, month_year, month = found.groups()
    try:
        if day:
            first = last = datetime.strptime(day, "%y%m%d").date()  # noqa: DTZ007  (a day, without a time)
        elif week:
            first = date.fromisocalendar(2000 + int(year), int(week), 1)
            last = first + timedelta(days=6)
        else:
            first = date(2000 + int(month_year), int(month), 1)
            last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    except ValueError:
        return "", "", None
    return site_id, TEST if test else PRODUCTION, (first, last)


def _only(what: str, said: set[str]) -> str:
    said = said - {""}
    if len(said) > 1:
        raise JournalRefused(
            f"Ce fichier mêle plusieurs {what} ({', '.join(sorted(said))})\u00a0: déposez-en un par un."
        )
    return said.pop() if said else ""


def _days_of(lines: Sequence[JournalLine]) -> tuple[date, date]:
    if not lines:
        raise JournalRefused(
            "Ce fichier ne contient aucune opération et son nom ne dit pas le jour\u00a0: gardez le nom que PayZen lui donne."
        )
    days = [line.day for line in lines]
    return min(days), max(days)


def _check_days(lines: Sequence[JournalLine], first: date, last: date) -> None:
    """A file cut at midnight of Paris has lines of the day before, in UTC: one day more or less is no fault."""
    for line in lines:
        if not first - timedelta(days=1) <= line.day <= last + timedelta(days=1):
            raise JournalRefused(
                f"Ligne {line.number}\u00a0: l’opération est du {line.day:%d/%m/%Y}, alors que le nom du fichier annonce le "
                f"{first:%d/%m/%Y}. Est-ce le bon nom\u00a0?"
            )


def _each_once(lines: Sequence[JournalLine]) -> list[JournalLine]:
    """Keep the last word on each transaction: a file put together from two may have one twice."""
    return list({line.key: line for line in lines}.values())


# --- Its lines --------------------------------------------------------------------------------------------------------


def _lines(rows: Iterator[list[str]], columns: Sequence[str], before: int) -> Iterator[tuple[JournalLine, str, str]]:
    places = {
        column: next(columns.index(alias) for alias in aliases if alias in columns)
        for column, aliases in COLUMNS.items()
        if any(alias in columns for alias in aliases)
    }
    decimals: set[bool] = set()
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, before + 1):
        if not any(cell.strip() for cell in row) or _plain(row[0]) == END:
            continue
        if number - before > MOST_LINES:
            raise JournalRefused(
                f"Ce fichier a plus de {MOST_LINES} lignes\u00a0: ce n’est pas le journal d’une journée."
            )
        if len(row) < len(columns):
            raise JournalRefused(
                f"Ligne {number}\u00a0: elle est coupée. Le fichier est incomplet\u00a0: téléchargez-le de nouveau."
            )
        cells = {column: row[place].strip() for column, place in places.items()}
        cents, decimal = _cents(cells["amount"], number)
        decimals.add(decimal)
        if len(decimals) > 1:
            raise JournalRefused(
                f"Ligne {number}\u00a0: les montants sont tantôt en centimes, tantôt en euros. Un tableur a sans doute réécrit "
                "ce fichier\u00a0: déposez celui de PayZen."
            )
        line = _line(cells, cents, number, seen)
        site = cells.get("site", "")
        mode = cells.get("mode", "").upper()
        yield line, site if re.fullmatch(r"[0-9]{8}", site) else "", mode if mode in (TEST, PRODUCTION) else ""


def _line(cells: dict[str, str], cents: int, number: int, seen: dict[str, int]) -> JournalLine:
    currency = cells.get("currency", "").upper()
    if currency and currency not in EUROS:
        raise JournalRefused(f"Ligne {number}\u00a0: la monnaie «\u00a0{currency}\u00a0» n’est pas l’euro.")
    order_id = cells["order"]
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,64}", order_id):
        raise JournalRefused(
            f"Ligne {number}\u00a0: «\u00a0{order_id[:40]}\u00a0» n’est pas une référence de commande."
        )
    operation = OPERATIONS.get(_plain(cells["operation"]))
    if operation is None:
        raise JournalRefused(
            f"Ligne {number}\u00a0: le type «\u00a0{cells['operation'][:20]}\u00a0» n’est ni DEBIT ni CREDIT."
        )
    uuid = cells.get("uuid", "").replace("-", "").lower()
    if uuid and not re.fullmatch(r"[0-9a-f]{32}", uuid):
        raise JournalRefused(
            f"Ligne {number}\u00a0: l’identifiant de la transaction est abîmé. Un tableur a sans doute réécrit ce fichier\u00a0: "
            "déposez celui de PayZen."
        )
    trans_id = cells.get("trans_id", "")[:6]
    if trans_id.isdigit():
        trans_id = trans_id.zfill(6)  # spreadsheets take the zeros away
    sequence = cells.get("sequence", "")
    day, at = _day(cells["day"], number)
    return JournalLine(
        number=number,
        key=uuid or _key(f"{order_id}/{trans_id}/{operation}/{sequence[:3] or f'{day:%y%m%d}'}", seen),
        uuid=uuid,
        trans_id=trans_id,
        order_id=order_id,
        operation=operation,
        status=cells["status"].upper()[:40],
        cents=cents,
        day=day,
        at=at or _time(cells.get("time", "")),
        captured_on=_day(cells["captured"], number)[0] if cells.get("captured") else None,
        sequence=int(sequence) if re.fullmatch(r"[0-9]{1,3}", sequence) else None,
    )


def _key(start: str, seen: dict[str, int]) -> str:
    """Tell the tries of one order apart by their place in the file, when the bank gives them no identifier."""
    seen[start] = seen.get(start, 0) + 1
    return start if seen[start] == 1 else f"{start}#{seen[start]}"


def _cents(text: str, number: int) -> tuple[int, bool]:
    """Return an amount in cents, and whether it was written in euros with decimals."""
    plain = re.sub(r"[\s\u00a0\u202f€]|EUR$", "", text).lstrip("-+")
    if _CENTS.fullmatch(plain):
        return int(plain), False
    if found := _DECIMAL.fullmatch(plain):
        return int(found[1]) * 100 + int(found[2]), True
    raise JournalRefused(f"Ligne {number}\u00a0: «\u00a0{text[:20]}\u00a0» n’est pas un montant.")


def _day(text: str, number: int) -> tuple[date, time | None]:
    plain = text.replace("T", " ").replace("Z", "").split("+")[0].strip()
    day, _, clock = plain.partition(" ")
    for shape in ("%Y%m%d", "%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(day, shape).date(), _time(clock)  # noqa: DTZ007  (a day, its time stands apart)
        except ValueError:
            continue
    raise JournalRefused(f"Ligne {number}\u00a0: «\u00a0{text[:20]}\u00a0» n’est pas une date.")


def _time(text: str) -> time | None:
    digits = re.sub(r"[^0-9]", "", text)
    try:
        return datetime.strptime(digits[:6].ljust(6, "0"), "%H%M%S").time() if digits else None  # noqa: DTZ007
    except ValueError:
        return None


def is_known_status(status: str) -> bool:
    """Say whether the portal knows what a status of the bank means."""
    return status in OUTCOMES
