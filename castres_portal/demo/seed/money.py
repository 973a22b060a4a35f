"""Issuing the past months' invoices by the real run, and paying most of them: in time, late, or not at all."""

from datetime import date, datetime, time, timedelta
from random import Random

from accounts.models import User
from billing.models import BillingChunk, Debit, Invoice, InvoicePdf, PayingBody, Payment, PaymentWindow
from billing.queries.invoices import unpaid, with_paid
from billing.services.papers import announce_papers, make_papers
from billing.services.runs import run_chunk, start_run, waiting_chunks
from billing.services.windows import reopen_window
from castres_portal.demo.accounts import MARTIN, PARENTS
from castres_portal.demo.seed.agenda import Agenda, at_hour, billing_day, billing_instant
from castres_portal.demo.seed.online import OnLine, pay_on_line
from castres_portal.demo.seed.progress import Progress
from castres_portal.demo.seed.regie import AtTheCounter, counter_means, late_means, opening_hour, pay_at_the_counter
from families.models import Family, Guardian

REASON = "Facture reçue en retard par la famille (démonstration)"
REOPENED_FOR = timedelta(days=15)
# Of a hundred invoices, how many are paid in time, and how many once reminded; the others go to the Trésor.
PAID_IN_TIME, PAID_LATE = 0.88, 0.085
PAID_WITHIN_DAYS = 18
LATE_DAYS = (4, 48)
HELD_BACK = 3
BATCH = 2000
PAPERS_TO_MAKE = 2  # older ones are made when somebody asks for them


def issue_past_invoices(agenda: Agenda, *, by: User, progress: Progress) -> None:
    """Run the billing of each past month at the instant at which it ran, on the 8th at 06:00."""
    for month in agenda.cast_billed:
        held = _take_payers_away() if month == agenda.cast_billed[-1] else []
        run = start_run(month=month, by=by, at=billing_instant(month), wake_workers=False)
        chunks = waiting_chunks(run)
        with progress.phase(f"Factures {month:%m/%Y}", run.households) as bar:
            for chunk_id in chunks:
                run_chunk(chunk_id, at=billing_instant(month))
                bar.update(BillingChunk.objects.get(pk=chunk_id).households)
        Guardian.objects.filter(pk__in=held).update(pays=True)


def _take_payers_away() -> list[int]:
    """Leave some households without a payer: they are held back, and previewed again once an agent has mended that."""
    others = Guardian.objects.filter(pays=True, family__paying_body=None)
    others = others.exclude(user__email__in=[account.email for account in PARENTS])
    held = list(others.order_by("-family_id").values_list("pk", flat=True)[:HELD_BACK])
    Guardian.objects.filter(pk__in=held).update(pays=False)
    return held


def settle_accounts(agenda: Agenda, *, seed: int, regisseur: User, progress: Progress) -> list[AtTheCounter]:
    """Pay most of the invoices, and return what is to be paid late, once reminded; each named parent keeps one to pay today,
    reopened where its time is over."""
    cast = {family.pk for family in Family.objects.filter(guardians__user__email__in=[p.email for p in PARENTS])}
    bodies = set(PayingBody.objects.values_list("pk", flat=True))
    # The last invoice of an organisation waits for its transfer at the till.
    last = Invoice.objects.filter(family__in=bodies, month=agenda.cast_billed[-1]).values_list("pk", flat=True)
    left = [*_left_to_cast(cast, agenda, regisseur), *_never_paid(cast, agenda), *last]
    taken = Debit.objects.filter(state__in=Debit.LIVE).values("invoice")
    owing = unpaid(with_paid(Invoice.objects.exclude(pk__in=left).exclude(pk__in=taken)))
    on_line: list[OnLine] = []
    at_counter: list[AtTheCounter] = []
    late: list[AtTheCounter] = []
    this_morning = at_hour(agenda.today, time.min)
    with progress.phase("Paiements", owing.count()) as bar:
        invoices = owing.select_related("payer__user", "window").order_by("pk")
        for invoice in invoices.iterator(chunk_size=BATCH):
            amount = invoice.owed  # type: ignore[attr-defined]  # annotated
            means = Payment.Means.TRANSFER if invoice.family_id in bodies else counter_means(invoice, seed=seed)
            in_time, at = _paid_at(invoice, seed=seed, surely=invoice.family_id in cast | bodies)
            if at and (means or not in_time):
                at = opening_hour(at, key=invoice.number)
            if at and at < this_morning:
                if not in_time:
                    late.append(AtTheCounter(invoice, at, means or late_means(invoice, seed=seed), amount))
                elif means:
                    at_counter.append(AtTheCounter(invoice, at, means, amount))
                elif invoice.payer.user_id:
                    on_line.append(OnLine(invoice, at, amount))
            bar.update(1)
        for start in range(0, len(on_line), BATCH):
            pay_on_line(on_line[start : start + BATCH])
        pay_at_the_counter(at_counter, by=regisseur)
    return late


def mark_announced(agenda: Agenda) -> None:
    """Say that past invoices were announced: the demonstration does not begin with thousands of mails.

    The named parents' last invoice is left to be announced. The papers of the older months were made, and are made again for
    who opens one.
    """
    addresses = [account.email for account in PARENTS]
    fresh = Invoice.objects.filter(month=agenda.cast_billed[-1], payer__user__email__in=addresses).values("pk")
    for month in agenda.cast_billed:
        papers = InvoicePdf.objects.filter(invoice__month=month).exclude(invoice__in=fresh)
        papers.update(announced_at=billing_instant(month) + timedelta(minutes=20))
    for month in agenda.cast_billed[:-PAPERS_TO_MAKE]:
        InvoicePdf.objects.filter(invoice__month=month).update(made_at=billing_instant(month) + timedelta(minutes=15))


def announce_last_invoices(*, at: datetime) -> None:
    """Make the papers that are still to be announced, and queue their mails: the mailbox is not empty for long."""
    make_papers(list(InvoicePdf.objects.filter(announced_at=None)), at=at)
    announce_papers(at=at)


# --- The cast ---------------------------------------------------------------------------------------------------------


def _left_to_cast(cast: set[int], agenda: Agenda, regisseur: User) -> list[int]:
    left = []
    payers_of_two = set(Family.objects.filter(guardians__user__email=MARTIN.email).values_list("pk", flat=True))
    for family in cast:
        invoices = Invoice.objects.filter(family=family).select_related("window").order_by("-month")
        for invoice in _to_leave(list(invoices), agenda.today, two=family in payers_of_two):
            left.append(invoice.pk)
            if not _open_now(invoice.window, agenda.today) and billing_day(invoice.month) < agenda.today:
                reopen_window(
                    window=invoice.window,
                    until=agenda.today + REOPENED_FOR,
                    reason=REASON,
                    by=regisseur,
                    at=at_hour(agenda.today - timedelta(days=1), time(10, 12)),
                )
    return left


def _never_paid(cast: set[int], agenda: Agenda) -> list[int]:
    """Return the two largest invoices of the oldest month, which end at the Trésor; none of a named parent."""
    oldest = Invoice.objects.filter(month=agenda.billed[0]) if agenda.billed else Invoice.objects.none()
    largest = oldest.exclude(family__in=cast).exclude(for_others=True).order_by("-total", "pk")
    return list(largest.values_list("pk", flat=True)[:2])


def _to_leave(invoices: list[Invoice], today: date, *, two: bool) -> list[Invoice]:
    """Return the last invoice, and the one before for who pays two at once, or when the last one only begins to be payable."""
    begins = bool(invoices) and invoices[0].issued_on == today
    return invoices[: 2 if two or begins else 1]


def _open_now(window: PaymentWindow, today: date) -> bool:
    """Say whether an invoice can be paid at every instant of a day."""
    return window.opens_at <= at_hour(today, time.min) and window.closes_at >= at_hour(today, time(23, 59))


# --- When it is paid --------------------------------------------------------------------------------------------------


def _paid_at(invoice: Invoice, *, seed: int, surely: bool) -> tuple[bool, datetime | None]:
    """Say whether an invoice is paid in time, and when: inside its window, some weeks after it, or never."""
    dice = Random(f"{seed}/{invoice.number}")  # noqa: S311  (a fictional payment, not a secret)
    fate = dice.random()
    after = timedelta(days=dice.randint(0, PAID_WITHIN_DAYS), hours=dice.randint(0, 10), minutes=dice.randint(0, 59))
    if surely or fate < PAID_IN_TIME:
        return True, min(invoice.window.opens_at + after, invoice.window.closes_at - timedelta(hours=1))
    late = invoice.window.closes_at + timedelta(days=dice.randint(*LATE_DAYS))
    return False, late if fate < PAID_IN_TIME + PAID_LATE else None
