"""PayZen's daily file dropped by the régisseur: what the page says, what the bank is asked, what is kept."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.roles import AGENTS
from billing import tasks
from billing.models import Anomaly, DailyFile, DailyLine, Discrepancy, Payment, PaymentAttempt
from billing.payzen.journal import JournalRefused
from billing.queries.daily import deposits_of, open_lines, sums_of
from billing.services import daily, payments
from billing.tests.payments import world as bank
from castres_portal.base import clock

from .test_page import regisseur  # noqa: F401  (a fixture)
from .world import NIGHT, check, found

pytestmark = pytest.mark.django_db
V = DailyLine.Verdict
HEADS = (
    "TRANSACTION_ID;TRANSACTION_TYPE;PAYMENT_DATE;PAYMENT_TIME;AMOUNT;ORDER_ID;CAPTURE_DATE;TRANSACTION_UUID;"
    "TRANSACTION_STATUS"
)
MORNING = bank.CLICKED_AT + timedelta(hours=21)
DROP = "/admin/billing/dailyfile/comparer/"


def line(order_id, cents, *, uuid="a" * 32, status="CAPTURED", operation="DEBIT", day="20261119", trans_id="000001"):
    captured = day if status == "CAPTURED" else ""
    return f"TRANSACTION;{trans_id};{operation};{day};110600;{cents};{order_id};{captured};{uuid};{status};"


def journal(*lines, written="26/11/20_00:55:00"):
    return "\r\n".join([f"TITRE;PORTAIL;{written};TABLE_V_CUSTOM;", f"ENTETE;{HEADS};", *lines, ""]).encode()


def name(day="261119", site=None, mode="TEST_"):
    return f"{mode}JT_PORTAIL_{site or shop()}_{day}.csv"


def shop():
    return PaymentAttempt.objects.values_list("site_id", flat=True).first()


def drop(*lines, day="261119", at=MORNING, **title):
    return daily.compare_file(content=journal(*lines, **title), name=name(day), by=None, at=at)


def cents(attempt):
    return int(attempt.amount * 100)


def verdicts(file):
    return list(file.lines.order_by("pk").values_list("verdict", flat=True))


def open_anomalies():
    return Anomaly.objects.filter(kind=Anomaly.Kind.DAILY_FILE, settled_at=None)


@pytest.fixture
def paid_line(town):
    return line(town.attempt.order_id, cents(town.attempt))


def test_a_day_on_which_all_agrees(town, paid_line):
    file = drop(paid_line, line(town.attempt.order_id, cents(town.attempt), uuid="c" * 32, status="REFUSED"))
    assert verdicts(file) == [V.SAME, V.NO_MONEY]
    sums = sums_of(file)
    assert (sums.bank, sums.ledger, sums.difference) == (town.card.amount, town.card.amount, 0)
    [deposit] = deposits_of(file)
    assert (deposit.count, deposit.bank, deposit.ledger) == (1, town.card.amount, town.card.amount)
    assert not open_anomalies().exists()
    check()
    assert found() == []


def test_every_difference_is_named_and_the_sums_agree_to_the_cent(town, paid_line):
    other = bank.attempt(town.unpaid)
    lines = [
        line(town.attempt.order_id, cents(town.attempt) + 1),
        line(other.order_id, cents(other), uuid="b" * 32),
        line("9999999999-1", 1234, uuid="c" * 32),
        line(town.attempt.order_id, 500, uuid="d" * 32, operation="CREDIT", trans_id="930001"),
    ]
    file = drop(*lines)
    assert verdicts(file) == [V.AMOUNT, V.BANK_ONLY, V.BANK_ONLY, V.BANK_ONLY]
    sums = sums_of(file)
    assert (
        sums.difference == sum(row.difference for row in sums.rows) == Decimal("0.01") + other.amount + Decimal("7.34")
    )
    assert open_anomalies().count() == 4
    assert open_anomalies().filter(family=town.families[0]).count() == 2
    check()
    assert found() == [Discrepancy.Kind.DAILY_FILE]


def test_the_bank_is_asked_and_what_is_true_enters_the_ledger(town, paid_line, monkeypatch):
    missed = bank.attempt(town.unpaid)
    file = drop(paid_line, line(missed.order_id, cents(missed), uuid="b" * 32))
    row = file.lines.get(verdict=V.BANK_ONLY)
    told = bank.answer(missed, "CAPTURED", trans_uuid="b" * 32)
    _answered_by(monkeypatch, told)
    daily.ask_about_line(line=row.pk, at=MORNING)
    row.refresh_from_db()
    assert row.verdict == V.SAME
    assert row.payment.amount == missed.amount
    assert not open_lines().exists()
    assert not open_anomalies().exists()


def _answered_by(monkeypatch, *told, failure=None):
    """Have the bank answer that when it is asked."""

    class Provider:
        def asker(self):
            return bank.AskedBank(*told, failure=failure)

    monkeypatch.setattr("billing.services.payments.reconciling.provider_named", lambda name: Provider())


def test_the_bank_that_says_nothing_changes_nothing(town, paid_line, monkeypatch):
    missed = bank.attempt(town.unpaid)
    file = drop(paid_line, line(missed.order_id, cents(missed), uuid="b" * 32))
    row = file.lines.get(verdict=V.BANK_ONLY)
    _answered_by(monkeypatch)
    assert daily.ask_about_line(line=row.pk, at=MORNING).transactions == 0
    row.refresh_from_db()
    assert row.verdict == V.BANK_ONLY
    assert open_anomalies().count() == 1


def test_what_the_ledger_has_alone_and_the_bank_calls_off_since(town):
    file = drop()
    [row] = file.lines.all()
    assert (row.verdict, row.ledger_amount, row.number) == (V.LEDGER_ONLY, town.card.amount, None)
    town.hear("CANCELLED")
    daily.compare_again(file=file.pk, at=MORNING)
    row.refresh_from_db()
    assert (row.verdict, row.ledger_amount) == (V.CALLED_OFF, 0)
    assert not open_anomalies().exists()


def test_a_refund_a_chargeback_and_a_capture_that_failed_afterwards(town, paid_line):
    bank.apply(bank.refund(town.attempt, 500, effective_creation_date="20261119150000"))
    payments.record_chargeback(
        payment_id=town.card.pk, amount=Decimal("1.00"), reason="Contestée", by=town.regisseur, at=clock.now()
    )
    refunded = line(town.attempt.order_id, 500, uuid="f" * 32, operation="CREDIT", trans_id="930244")
    file = drop(paid_line, refunded)
    assert verdicts(file) == [V.CHARGED_BACK, V.SAME]
    assert sums_of(file).bank == sums_of(file).ledger == town.card.amount - Decimal("5.00")
    assert "impayé noté" in file.lines.get(verdict=V.CHARGED_BACK).words

    # The bank's file of the day before said « captured »; the failure came with the morning.
    bank.show(MORNING)
    town.hear("CAPTURE_FAILED")
    again = daily.compare_again(file=file.pk, at=MORNING)
    assert not open_lines().filter(file=again).exclude(verdict=V.CHARGED_BACK).exists()


def test_the_same_file_twice_is_one_comparison(town, paid_line):
    first = drop(paid_line)
    with pytest.raises(daily.AlreadyCompared) as refused:
        drop(paid_line)
    assert refused.value.file == first
    assert "19/11/2026" not in refused.value.message
    assert "20/11/2026" in refused.value.message
    assert DailyFile.objects.count() == 1


def test_two_files_that_overlap_count_each_transaction_once(town, paid_line):
    """Yesterday's half file, then the whole: what was missing is there, its anomaly is settled, the deposit counted once."""
    half = drop()
    assert open_anomalies().count() == 1
    whole = drop(paid_line, written="26/11/20_09:00:00")
    assert verdicts(whole) == [V.SAME]
    assert half.lines.get().replaced_by == whole
    assert not open_anomalies().exists()
    assert [deposit.bank for deposit in deposits_of(whole)] == [town.card.amount]
    third = drop(paid_line, line("9999999999-1", 100, uuid="e" * 32), written="26/11/20_10:00:00")
    assert [deposit.bank for deposit in deposits_of(third)] == [town.card.amount + 1]
    # The agent settled a difference: a later file that repeats it opens nothing.
    open_anomalies().update(settled_at=MORNING, settled_by=town.regisseur)
    drop(line("9999999999-1", 100, uuid="e" * 32), paid_line, written="26/11/20_11:00:00")
    assert not open_anomalies().exists()
    assert not open_lines().exists()


@pytest.mark.parametrize(
    "file_name, order, words",
    [
        ({"site": "87654321"}, None, "celui de la boutique 87654321"),
        ({"mode": ""}, None, "du mode PRODUCTION"),
        (None, "9999999999-1", "Rien dans ce fichier ne dit"),
    ],
)
def test_the_file_of_another_shop_or_mode_is_refused(town, file_name, order, words):
    content = journal(line(order or town.attempt.order_id, cents(town.attempt)))
    called = "journal.csv" if file_name is None else name(**file_name)
    with pytest.raises(JournalRefused) as refused:
        daily.compare_file(content=content, name=called, by=None, at=MORNING)
    assert words in refused.value.message
    assert not DailyFile.objects.exists()


def test_a_renamed_file_of_ours_is_known_by_its_orders(town, paid_line):
    file = daily.compare_file(content=journal(paid_line), name="C:\\Mail\\journal.csv", by=None, at=MORNING)
    assert (file.name, verdicts(file)) == ("journal.csv", [V.SAME])


def test_a_file_of_many_unknown_lines_says_so_once_and_costs_the_same_queries(town, paid_line):
    def queries(count, day):
        lines = [line(f"{number:010d}-1", 100, uuid=f"{day}{number:026x}", day=f"20{day}") for number in range(count)]
        with CaptureQueriesContext(connection) as seen:
            drop(*lines, day=day)
        return len(seen)

    few, many = queries(3, "261101"), queries(400, "261102")
    assert many <= few + 15  # rows are written by the hundred, and not one by one
    assert open_anomalies().count() == 3 + 101


def test_the_night_compares_again_before_it_counts(town):
    drop()
    town.hear("CANCELLED")
    bank.show(NIGHT)
    tasks.reconcile_accounts()
    assert found() == []


# --- The page ---------------------------------------------------------------------------------------------------------


def upload(client, content, called):
    return client.post(DROP, {"file": SimpleUploadedFile(called, content, "text/csv")}, follow=True)


def test_the_regisseur_drops_a_file_and_reads_the_comparison(regisseur, town, paid_line):  # noqa: F811
    page = upload(regisseur, journal(paid_line, line("9999999999-1", 1234, uuid="c" * 32)), name()).content.decode()
    for words in (
        "1 écart à examiner.",
        "À la banque, pas au registre",
        "12,34",
        "par jour de remise",
        "jeudi 19 novembre",
    ):
        assert words in page
    assert "Tout concorde" not in page
    assert (
        "déjà été comparé"
        in upload(regisseur, journal(paid_line, line("9999999999-1", 1234, uuid="c" * 32)), name()).content.decode()
    )

    page = upload(regisseur, b"PK\x03\x04", "journal.xlsx").content.decode()
    assert "classeur Excel" in page

    file = DailyFile.objects.get()
    lines = f"/admin/billing/dailyline/?file__id__exact={file.pk}&verdict__exact={V.BANK_ONLY}"
    assert "9999999999-1" in regisseur.get(lines).content.decode()
    sheet = regisseur.post(f"/admin/billing/dailyline/exporter/?file__id__exact={file.pk}", {"format": "csv"})
    assert "12,34" in b"".join(sheet.streaming_content).decode("utf-8-sig")


def test_another_agent_reads_and_neither_drops_nor_asks(regisseur, town, paid_line):  # noqa: F811
    file = drop(line(town.attempt.order_id, 1))
    user = User.objects.create_user("agent@example.org", is_staff=True)
    user.groups.add(Group.objects.get(name=AGENTS))
    regisseur.force_login(user)
    page = regisseur.get(reverse("admin:billing_dailyfile_change", args=[file.pk])).content.decode()
    assert "1 écart à examiner." in page
    assert "Demander à la banque" not in page
    assert regisseur.get(DROP).status_code == 403
    row = file.lines.first()
    for url in (
        reverse("admin:billing_dailyfile_ask", args=[row.pk]),
        reverse("admin:billing_dailyfile_ask_all", args=[file.pk]),
        reverse("admin:billing_dailyfile_again", args=[file.pk]),
    ):
        assert regisseur.post(url).status_code == 403
        assert regisseur.get(url).status_code == 405


def test_the_buttons_ask_the_bank(regisseur, town, paid_line, monkeypatch):  # noqa: F811
    missed = bank.attempt(town.unpaid)
    file = drop(paid_line, line(missed.order_id, cents(missed), uuid="b" * 32), line("9999999999-1", 5, uuid="c" * 32))
    _answered_by(monkeypatch, bank.answer(missed, "CAPTURED", trans_uuid="b" * 32))
    ask = reverse("admin:billing_dailyfile_ask", args=[file.lines.get(order_id=missed.order_id).pk])
    assert "l’écart est levé" in regisseur.post(ask, follow=True).content.decode()
    assert Payment.objects.filter(attempt=missed).count() == 1
    unknown = reverse("admin:billing_dailyfile_ask", args=[file.lines.get(order_id="9999999999-1").pk])
    assert "n’a pas demandé cette opération" in regisseur.post(unknown, follow=True).content.decode()
    page = regisseur.post(reverse("admin:billing_dailyfile_ask_all", args=[file.pk]), follow=True).content.decode()
    assert "rien à demander" in page


def test_the_page_costs_the_same_with_two_lines_and_with_forty(regisseur, town, paid_line):  # noqa: F811
    def queries(count, day):
        file = drop(
            *[line(f"{n:010d}-{day}", 100, uuid=f"{day}{n:026x}", day=f"20{day}") for n in range(count)], day=day
        )
        with CaptureQueriesContext(connection) as seen:
            regisseur.get(reverse("admin:billing_dailyfile_change", args=[file.pk]))
        return len(seen)

    queries(1, "261101")  # content types and the like
    assert queries(2, "261102") == queries(40, "261103")


def test_the_database_holds_the_line(town, paid_line):
    file = drop(paid_line)
    row = file.lines.get()
    twice = {"file": file, "key": row.key, "operation": "DEBIT", "day": row.day, "verdict": V.SAME}
    other = {"name": "x", "sha256": "0" * 64, "dropped_at": MORNING, "compared_at": MORNING}
    with pytest.raises(IntegrityError), transaction.atomic():
        DailyLine.objects.create(**twice)
    with pytest.raises(IntegrityError), transaction.atomic():
        DailyFile.objects.create(**other, first_day=row.day, last_day=row.day - timedelta(days=1))
    with pytest.raises(IntegrityError), transaction.atomic():
        later = DailyFile.objects.create(**other, first_day=row.day, last_day=row.day)
        DailyLine.objects.create(**{**twice, "file": later})  # two current words on one transaction
