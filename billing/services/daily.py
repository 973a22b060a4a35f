"""PayZen’s daily file: dropped by the régisseur, compared with the ledger, kept; the bank is asked about what differs.

Nothing here writes money: only the bank’s own word, asked for by the usual way, changes the ledger.
"""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import PurePath

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from billing.models import Anomaly, DailyFile, DailyLine, PaymentAttempt
from billing.models.daily import DIFFERENT
from billing.payzen.config import PayzenConfigError, payzen_config
from billing.payzen.journal import Journal, JournalLine, JournalRefused, read_journal
from billing.queries.daily import attempts_named, covered_days, days_between, entries_of, open_lines
from billing.rules.daily import Compared, Entry, compare, written_by_default
from billing.services.payments import Answer, ask_at_next_pass, ask_now
from castres_portal.base.errors import Refusal
from castres_portal.base.french import moment
from castres_portal.base.numbering import take_numbers

log = logging.getLogger(__name__)
Verdict = DailyLine.Verdict
ONE_AT_A_TIME = "fichiers-du-jour"  # its counter is a lock
SAID_ONE_BY_ONE = 100
SOME = 5000
LONGEST_NAME, LONGEST_WORDS = 120, 400
JUDGED = ("verdict", "bank_amount", "ledger_amount", "words", "attempt", "payment")


class AlreadyCompared(Refusal):
    """The same file was dropped before; ``file`` is its comparison."""

    def __init__(self, file: DailyFile) -> None:
        super().__init__(f"Ce fichier a déjà été comparé, le {moment(file.dropped_at)}\u00a0: voici sa comparaison.")
        self.file = file


def compare_file(*, content: bytes, name: str, by: User | None, at: datetime) -> DailyFile:
    """Compare a file of PayZen with the ledger and keep what was found.

    Raises JournalRefused when it cannot be read or is another shop’s, AlreadyCompared when it is known.
    """
    name = PurePath(name.replace("\\", "/")).name[-LONGEST_NAME:] or "journal.csv"
    digest = hashlib.sha256(content).hexdigest()
    if known := DailyFile.objects.filter(sha256=digest).first():
        raise AlreadyCompared(known)
    journal = read_journal(content, name)
    _check_shop(journal, attempts_named({line.order_id for line in journal.lines}))
    return _keep(journal, name, digest, by=by, at=at)


@transaction.atomic(durable=True)
def _keep(journal: Journal, name: str, digest: str, *, by: User | None, at: datetime) -> DailyFile:
    take_numbers(ONE_AT_A_TIME, 0)
    if known := DailyFile.objects.filter(sha256=digest).first():
        raise AlreadyCompared(known)
    file = DailyFile.objects.create(
        name=name,
        sha256=digest,
        first_day=journal.first_day,
        last_day=journal.last_day,
        written_at=journal.written_at,
        dropped_at=at,
        dropped_by=by,
        compared_at=at,
    )
    rows = [_row(file, each) for each in _compared(file, journal.lines, again=False)]
    _join_attempts(rows)
    before = _replace(file, rows)
    for row in rows:
        if row.verdict in DIFFERENT:
            row.anomaly_id = before.get((row.key, row.verdict, row.bank_amount, row.ledger_amount))
    DailyLine.objects.bulk_create(rows, batch_size=1000)
    _tell(file, at=at)
    return file


@transaction.atomic(durable=True)
def compare_again(*, file: int, at: datetime) -> DailyFile:
    """Compare a file (id) once more with the ledger of now: what was mended since agrees, and its anomaly is settled."""
    take_numbers(ONE_AT_A_TIME, 0)
    kept = DailyFile.objects.get(pk=file)
    rows = {row.key: row for row in kept.lines.all()}
    lines = [_line(row) for row in rows.values() if row.number is not None]
    for each in _compared(kept, lines, again=True):
        row = _row(kept, each)
        if row.key not in rows:
            rows[row.key] = row
            continue
        known = rows[row.key]
        if any(getattr(known, name) != getattr(row, name) for name in JUDGED if name not in ("attempt", "payment")):
            for name in JUDGED:
                setattr(known, name, getattr(row, name))
            known.anomaly = None  # the words are others; the sums too, perhaps
            known.is_changed = True  # type: ignore[attr-defined]
    _gone_since(kept, rows.values())
    new = [row for row in rows.values() if row.pk is None]
    changed = [row for row in rows.values() if row.pk and getattr(row, "is_changed", False)]
    _join_attempts([*new, *changed])
    before = set(kept.lines.exclude(anomaly=None).values_list("anomaly", flat=True))
    DailyLine.objects.bulk_update(changed, [*JUDGED, "anomaly"], batch_size=500)
    DailyLine.objects.bulk_create(new, batch_size=1000)
    kept.compared_at = at
    kept.save(update_fields=["compared_at"])
    _tell(kept, at=at)
    _settle(before, at=at)
    return kept


def compare_open_files(*, at: datetime) -> int:
    """Compare once more each file that has an open difference; return how many. Safe to run twice."""
    files = list(open_lines().order_by("file").values_list("file", flat=True).distinct())
    for file in files:
        try:
            compare_again(file=file, at=at)
        except Exception:  # one file that cannot be compared holds neither the others nor the check of the accounts
            log.exception("Le fichier du jour %s de PayZen reste à comparer", file)
    return len(files)


def ask_about_line(*, line: int, at: datetime) -> Answer:
    """Ask the bank about the attempt of a line (id), apply what it answers, and compare again.

    Raises one of CANNOT_ASK when access is not configured, Refusal when the portal knows no attempt of that order.
    """
    row = DailyLine.objects.get(pk=line)
    if row.attempt_id is None:
        raise Refusal("Le portail n’a pas demandé cette opération\u00a0: cherchez-la dans le back-office de PayZen.")
    answer = ask_now(row.attempt_id, at=at)
    compare_again(file=row.file_id, at=at)
    return answer


def ask_about_all(*, file: int, at: datetime) -> int:
    """Have the bank asked about every open difference of a file (id) at the next pass; return how many attempts."""
    attempts = open_lines().filter(file=file).exclude(attempt=None)
    return ask_at_next_pass(list(attempts.values_list("attempt", flat=True).distinct()), at=at)


# --- The shop ---------------------------------------------------------------------------------------------------------


def _check_shop(journal: Journal, attempts: dict[str, PaymentAttempt]) -> None:
    try:
        config = payzen_config()
    except PayzenConfigError as error:
        raise JournalRefused("PayZen n’est pas configuré\u00a0: il n’y a rien à comparer.") from error
    if journal.site_id and journal.site_id != config.site_id:
        raise JournalRefused(
            f"Ce fichier est celui de la boutique {journal.site_id}\u00a0; celle du portail est la boutique {config.site_id}."
        )
    modes = {journal.mode, *(attempt.mode for attempt in attempts.values())} - {""}
    if other := modes - {config.mode}:
        raise JournalRefused(
            f"Ce fichier est du mode {other.pop()}\u00a0; le portail encaisse en mode {config.mode}. Prenez l’autre journal."
        )
    if not journal.site_id and not any(attempt.site_id == config.site_id for attempt in attempts.values()):
        raise JournalRefused(
            "Rien dans ce fichier ne dit qu’il est de la boutique du portail\u00a0: gardez le nom que PayZen lui donne "
            f"(JT_…_{config.site_id}_…csv)."
        )


# --- The rows ---------------------------------------------------------------------------------------------------------


def _compared(file: DailyFile, lines: Sequence[JournalLine], *, again: bool) -> list[Compared]:
    config = payzen_config()
    days = days_between(file.first_day, file.last_day)
    orders = {line.order_id for line in lines}
    entries = entries_of(orders, file.first_day, file.last_day, site_id=config.site_id, mode=config.mode)
    elsewhere = _said_by_other_files(file, entries, missing_too=again)
    return [
        each
        for each in compare(
            lines,
            entries,
            covered=covered_days(file.first_day, file.last_day),
            written_at=file.written_at or written_by_default(file.last_day),
        )
        if each.line or (each.entry and each.entry.days & days and each.entry.payment not in elsewhere)
    ]


def _said_by_other_files(file: DailyFile, entries: Iterable[Entry], *, missing_too: bool) -> set[int]:
    """Return the payments of which a line of another file already speaks; those that it misses, only if asked."""
    payments = [entry.payment for entry in entries]
    said: set[int] = set()
    for start in range(0, len(payments), SOME):
        others = DailyLine.objects.filter(payment__in=payments[start : start + SOME], replaced_by=None).exclude(
            file=file
        )
        if not missing_too:
            others = others.exclude(number=None)
        said |= set(others.values_list("payment", flat=True))
    return said


def _row(file: DailyFile, each: Compared) -> DailyLine:
    line, entry = each.line, each.entry
    judged = {
        "file": file,
        "verdict": each.verdict,
        "words": each.words[:LONGEST_WORDS],
        "bank_amount": each.bank,
        "ledger_amount": each.ledger,
        "payment_id": entry.payment if entry else None,
        "attempt_id": entry.attempt if entry else None,
    }
    if line is None:
        assert entry is not None  # one of the two knows the transaction
        return DailyLine(
            key=f"paiement {entry.payment}",
            uuid=entry.uuid[:32],
            trans_id=entry.trans_id,
            order_id=entry.order_id,
            operation=entry.operation,
            day=min(entry.days),
            **judged,
        )
    return DailyLine(
        number=line.number,
        key=line.key,
        uuid=line.uuid,
        trans_id=line.trans_id,
        order_id=line.order_id,
        operation=line.operation,
        status=line.status,
        amount=Decimal(line.cents) / 100,
        day=line.day,
        time=line.at,
        captured_on=line.captured_on,
        sequence=line.sequence,
        **judged,
    )


def _line(row: DailyLine) -> JournalLine:
    assert row.number is not None  # the bank's lines only
    return JournalLine(
        number=row.number,
        key=row.key,
        uuid=row.uuid,
        trans_id=row.trans_id,
        order_id=row.order_id,
        operation=row.operation,
        status=row.status,
        cents=int(row.amount * 100),
        day=row.day,
        at=row.time,
        captured_on=row.captured_on,
        sequence=row.sequence,
    )


def _join_attempts(rows: Sequence[DailyLine]) -> None:
    """Give the lines without a payment the attempt that their order names, so that the bank can be asked."""
    known = attempts_named({row.order_id for row in rows if row.attempt_id is None})
    for row in rows:
        if row.attempt_id is None and row.order_id in known:
            row.attempt = known[row.order_id]


def _gone_since(file: DailyFile, rows: Iterable[DailyLine]) -> None:
    """Say of the payments that the bank’s file did not have, and that the bank called off since, that nothing is left of them."""
    config = payzen_config()
    alone = {
        row.payment_id: row for row in rows if row.number is None and row.pk and row.verdict == Verdict.LEDGER_ONLY
    }
    if not alone:
        return
    orders = {row.order_id for row in alone.values()}
    for entry in entries_of(orders, file.first_day, file.last_day, site_id=config.site_id, mode=config.mode):
        row = alone.get(entry.payment)
        if row and not entry.counted:
            row.verdict, row.ledger_amount = Verdict.CALLED_OFF, entry.counted
            row.words = f"{entry.number}\u00a0: annulé par la banque ({entry.called_off_by})."
            row.anomaly = None
            row.is_changed = True  # type: ignore[attr-defined]


def _replace(file: DailyFile, rows: Sequence[DailyLine]) -> dict[tuple[str, str, Decimal, Decimal], int]:
    """Make the lines of other files about the same transactions past; return the anomalies of theirs that still hold."""
    kept = {}
    keys = [row.key for row in rows]
    payments = [row.payment_id for row in rows if row.payment_id]
    for start in range(0, max(len(keys), len(payments)), SOME):
        some = slice(start, start + SOME)
        same = Q(key__in=keys[some]) | Q(payment__in=payments[some])
        others = DailyLine.objects.filter(same, replaced_by=None).exclude(file=file)
        for row in others.exclude(anomaly=None):
            kept[row.key, row.verdict, row.bank_amount, row.ledger_amount] = row.anomaly_id
        others.update(replaced_by=file)
    return {key: anomaly for key, anomaly in kept.items() if anomaly}


# --- What is told -----------------------------------------------------------------------------------------------------


def _tell(file: DailyFile, *, at: datetime) -> None:
    """Name each difference that nobody has named; beyond a hundred, all the others at once. Settle what no line says any more."""
    unnamed = file.lines.filter(verdict__in=DIFFERENT, replaced_by=None, anomaly=None)
    first = list(unnamed.select_related("attempt").order_by("pk")[:SAID_ONE_BY_ONE])
    anomalies = Anomaly.objects.bulk_create([_anomaly(file, row, at) for row in first])
    for row, anomaly in zip(first, anomalies, strict=True):
        row.anomaly = anomaly
    DailyLine.objects.bulk_update(first, ["anomaly"])
    if others := unnamed.count():
        text = f"{file} ({file.name})\u00a0: {others} autres écarts. Est-ce le bon fichier\u00a0?"
        unnamed.update(anomaly=Anomaly.objects.create(kind=Anomaly.Kind.DAILY_FILE, message=text, noticed_at=at))
    replaced = DailyLine.objects.filter(replaced_by=file).exclude(anomaly=None)
    _settle(set(replaced.values_list("anomaly", flat=True)), at=at)


def _anomaly(file: DailyFile, row: DailyLine, at: datetime) -> Anomaly:
    where = f"ligne {row.number}, {row.order_id or 'sans référence'}" if row.number else row.order_id
    return Anomaly(
        kind=Anomaly.Kind.DAILY_FILE,
        message=f"{file}, {where}\u00a0: {Verdict(row.verdict).label.lower()}. {row.words}",
        family_id=row.attempt.family_id if row.attempt else None,
        attempt=row.attempt,
        noticed_at=at,
    )


def _settle(anomalies: set[int], *, at: datetime) -> None:
    """Settle the anomalies that no current difference bears any more."""
    borne = DailyLine.objects.filter(anomaly__in=anomalies, verdict__in=DIFFERENT, replaced_by=None)
    over = anomalies - set(borne.values_list("anomaly", flat=True))
    Anomaly.objects.filter(pk__in=over, settled_at=None).update(settled_at=at)
