"""Others pay a part: who is asked for what, whatever is corrected later; every line is the sum of its parts."""

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import UserFactory
from billing.models import Coverage, CoveredLine, CreditNote, Invoice, PayingBody, SupplementLine
from billing.privacy import billed_since, coverage_rows, invoice_rows, still_owed
from billing.queries.account import account_of
from billing.queries.payments import owed_on
from billing.queries.tax import billed_care_of
from billing.rules.tax import care_paid_in
from billing.services import runs
from billing.services.absences import report_freed_after_invoice
from billing.services.corrections import (
    confirm_credit_note,
    confirm_supplement,
    propose_price_error,
    refuse_correction,
)
from billing.services.corrections.proposing import propose_supplement
from billing.services.late_quotients import note_late_quotient
from billing.services.runs import chunks
from billing.tests.factories import ISSUED_AT, NOON, OCTOBER, WEEK, TariffFactory, book, household, issue, pay
from billing.tests.reconciliation.world import behind_its_back, check, found
from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from families.erasure import Scope
from families.models import Child, QuotientRecord
from families.quotient_changes import QuotientChange
from families.tests.factories import CustodyFactory, FamilyFactory, GuardianFactory

pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 1)
DECEMBER_8 = datetime(2026, 12, 8, 6, tzinfo=PARIS)


def ccas(name="CCAS de Castres", *, kind="ccas", names=True, email="factures@ccas.example.org"):
    family = FamilyFactory(name=name, street="3 place Jean-Jaurès")
    GuardianFactory(family=family, title="Madame", first_name="Anne", last_name="Roux", pays=True, email=email)
    PayingBody.objects.create(family=family, kind=kind, names_children=names, added_at=NOON)
    return family


def cover(family, payer, percent="50", *, child=None, **more):
    """Write a coverage as an agent's service does, without its checks."""
    values = {
        "starts_on": date(2026, 9, 1),
        "decision": "2026-112",
        "decided_on": date(2026, 8, 28),
        "added_at": NOON,
        "added_by": UserFactory(agent=True),
        **more,
    }
    return Coverage.objects.create(
        family=family, payer=payer, child=child or Child.objects.get(), percent=D(percent), **values
    )


@pytest.fixture
def martin(db):
    TariffFactory()
    family = household()
    book(family, "Léa")  # four days at 3.00 (care 0.90, food 2.10)
    return family


def invoices_of(payer):
    return list(Invoice.objects.filter(family=payer).order_by("number"))


# --- Issuing ----------------------------------------------------------------------------------------------------------


def test_the_household_owes_its_part_and_the_ccas_receives_its_own_invoice(martin):
    payer = ccas()
    cover(martin, payer)

    run = issue()

    [mine], [theirs] = invoices_of(martin), invoices_of(payer)
    assert (mine.total, mine.covered, mine.price) == (D("6.00"), D("6.00"), D("12.00"))
    assert [line.amount for line in mine.lines.all()] == [D("3.00")] * 4, "the full price is shown"
    assert (theirs.number, theirs.total, theirs.for_others) == ("2610000002", D("6.00"), True)
    assert theirs.payer_name == "CCAS de Castres"
    assert theirs.payer_address == "À l’attention de Madame Anne ROUX\n3 place Jean-Jaurès\n81100 Castres"
    assert theirs.window.due_on == mine.window.due_on
    assert theirs.pdf.made_at is None, "its own paper waits"
    lines = list(theirs.lines.order_by("day"))
    assert [(line.child_name, line.day, line.amount) for line in lines] == [
        ("Léa MARTIN", day, D("1.50")) for day in WEEK
    ]
    assert (lines[0].care_part, lines[0].food_part, lines[0].quotient, lines[0].band) == (
        D("0.45"),
        D("1.05"),
        None,
        "",
    )
    assert lines[0].explanation == "50\u00a0% du prix du jour (3,00\u00a0€), décision n°\u00a02026-112 du 28 août 2026"
    assert run.finished_at == ISSUED_AT


def test_several_payers_a_ceiling_and_only_the_days_that_count(martin):
    tom = book(martin, "Tom", WEEK)[0].child
    lea = Child.objects.exclude(pk=tom.pk).get()
    helper, other = ccas(), household("Petit")
    cover(martin, helper, "50", child=lea, ceiling=D("4.00"))
    cover(martin, other, "40", child=lea, starts_on=WEEK[2])
    cover(martin, other, "100", child=tom, starts_on=WEEK[0], ends_on=WEEK[0])

    issue()

    [mine] = invoices_of(martin)
    assert mine.lines.count() == 8
    # CCAS: 1.50 + 1.50 + 1.00, then its ceiling is reached. Petit: 2 × 1.20 of Léa, and Tom's first day.
    assert invoices_of(helper)[0].total == D("4.00")
    assert invoices_of(other)[0].total == D("5.40")
    assert (mine.total, mine.covered) == (D("14.60"), D("9.40"))


def test_everything_paid_by_others_leaves_an_invoice_of_nothing_that_says_so(martin):
    cover(martin, ccas(), "100")

    issue()

    [mine] = invoices_of(martin)
    assert (mine.total, mine.covered) == (D("0.00"), D("12.00"))


def test_an_organisation_has_one_invoice_for_all_the_children_and_an_employer_reads_initials():
    TariffFactory()
    payer = ccas("Usine du Tarn", kind="employeur", names=False)
    for name in ("Martin", "Petit"):
        family = household(name)
        child = book(family, "Jean-Luc")[0].child
        cover(family, payer, child=child)

    issue()

    [theirs] = invoices_of(payer)
    assert theirs.total == D("12.00")
    assert set(theirs.lines.values_list("child_name", flat=True)) == {"J. L. M.", "J. L. P."}
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert numbers == ["2610000001", "2610000002", "2610000003"], "no gap, the payers after the households"


def test_another_household_has_its_own_invoice_and_that_of_its_parts(martin):
    father = household("Bernard")
    book(father, "Zoé", WEEK[:1])
    cover(martin, father, "40", child=Child.objects.get(first_name="Léa"))

    issue()

    own, parts = invoices_of(father)
    assert (own.total, own.for_others, parts.total, parts.for_others) == (D("3.00"), False, D("4.80"), True)
    book(father, Child.objects.get(first_name="Zoé"), [WEEK[1]])
    issue(at=NOON)
    assert Invoice.objects.count() == 3, "a second run of the month finds both invoiced"


def test_what_waits_is_asked_by_the_run_that_ends(martin):
    """The parts are asked once, by the last of the chunks, whichever worker has it."""
    payer = ccas()
    cover(martin, payer)
    run = runs.start_run(month=OCTOBER, by=None, at=ISSUED_AT, wake_workers=False)
    [chunk] = runs.waiting_chunks(run)
    runs.run_chunk(chunk, at=ISSUED_AT)
    runs.run_chunk(chunk, at=ISSUED_AT)

    assert CoveredLine.objects.filter(invoice_line=None).count() == 0
    assert len(invoices_of(payer)) == 1


def test_a_run_costs_the_same_queries_with_one_household_helped_and_with_twelve():
    TariffFactory()
    payer, counts = ccas(), []
    for month, families in ((date(2026, 9, 1), 1), (OCTOBER, 12)):
        for family in [household() for _ in range(families)]:
            child = book(family, "Léa", [month + timedelta(days=day) for day in (6, 7, 8)])[0].child
            cover(family, payer, child=child, starts_on=month, ceiling=D("5.00"))
        run = runs.start_run(month=month, by=None, at=ISSUED_AT, wake_workers=False)
        [chunk] = runs.waiting_chunks(run)
        with CaptureQueriesContext(connection) as queries:
            runs.run_chunk(chunk, at=ISSUED_AT)
        counts.append(len(queries))

    assert counts[0] == counts[1] < 45


def test_an_issued_part_never_changes(martin):
    cover(martin, ccas())
    issue()

    with pytest.raises(DatabaseError, match="une facture émise ne change plus"), transaction.atomic():
        CoveredLine.objects.update(amount=1, care_part=0, food_part=1)
    assert CoveredLine.objects.aggregate(sum=Sum("amount"))["sum"] == D("6.00")


def test_nothing_is_shared_before_the_first_day_nor_after_the_end(martin):
    payer = ccas()
    coverage = cover(martin, payer, starts_on=WEEK[1], ends_on=WEEK[2])
    never = cover(martin, household("Petit"), "20", ended_at=NOON, ended_because="Erreur", ends_on=date(2026, 8, 31))
    assert never.never_counted

    issue()

    assert invoices_of(payer)[0].total == D("3.00")
    assert list(coverage.covered_lines.order_by("line__day").values_list("line__day", flat=True)) == WEEK[1:3]


def test_a_file_without_payer_is_still_asked_through_its_contact(martin):
    other = FamilyFactory(name="Petit")
    GuardianFactory(family=other, last_name="Petit", pays=False)
    cover(martin, other, "40")

    issue()

    assert invoices_of(other)[0].payer_name.endswith("PETIT")


# --- After the issue --------------------------------------------------------------------------------------------------


def credit(invoice, per_line=None, lines=None):
    return propose_price_error(
        invoice=invoice,
        lines=[line.pk for line in (lines or invoice.lines.all())],
        per_line=per_line and D(per_line),
        reason="prix",
        words="Le repas n’a pas été servi à Léa.",
        by=UserFactory(agent=True),
        at=NOON,
    )


def test_a_credit_note_goes_to_each_in_proportion_and_is_decided_once(martin):
    payer = ccas()
    cover(martin, payer, "40")
    issue()
    [mine], [theirs] = invoices_of(martin), invoices_of(payer)
    first, second, *_ = mine.lines.order_by("day")

    note = credit(mine, "1.00", [first, second])
    [other] = note.others.all()
    assert (note.family, note.total, other.family, other.total) == (martin, D("1.20"), payer, D("0.80"))
    assert "Léa" not in other.words, "the household's reasons stay with it"
    assert (owed_on(mine.pk), owed_on(theirs.pk)) == (D("7.20"), D("4.80")), "nothing before the decision"

    agent = UserFactory(agent=True)
    confirm_credit_note(note=other, by=agent, at=NOON)
    assert set(CreditNote.objects.values_list("status", "number")) == {
        ("confirme", "A2026-000001"),
        ("confirme", "A2026-000002"),
    }
    assert (owed_on(mine.pk), owed_on(theirs.pk)) == (D("6.00"), D("4.00"))

    rest = credit(mine)  # all that is left of the four days
    assert rest.total + rest.others.get().total == D("10.00")
    refuse_correction(correction=rest, why="Trop", by=agent, at=NOON)
    assert set(CreditNote.objects.filter(number=None).values_list("status", flat=True)) == {"refuse"}
    assert account_of(martin, OCTOBER, date(2026, 12, 31)).closing == D("6.00")
    assert account_of(payer, OCTOBER, date(2026, 12, 31)).closing == D("4.00")


def test_what_everybody_is_given_back_is_never_more_than_the_day_cost(martin):
    payer = ccas()
    cover(martin, payer, "50")
    issue()
    [mine], [theirs] = invoices_of(martin), invoices_of(payer)
    line = mine.lines.order_by("day").first()
    credit(theirs, "1.00", [line.covered_parts.get().invoice_line])

    with pytest.raises(Refusal, match="Il ne reste que 2,00 €"):
        credit(mine, "3.00", [line])
    note = credit(mine, None, [line])
    assert (note.total, note.others.get().total) == (D("1.50"), D("0.50"))


def test_a_supplement_is_shared_as_the_line_was(martin):
    payer = ccas()
    coverage = cover(martin, payer, "50", ends_on=date(2026, 10, 31))
    issue()
    [mine] = invoices_of(martin)
    line = mine.lines.order_by("day").first()
    extra = SupplementLine(
        line=line, care_part=D("0.45"), food_part=D("1.05"), amount=D("1.50"), band="C", deliberation="x", quotient=950
    )
    supplement = propose_supplement(mine, [extra], reason="quotient", words="Quotient", at=NOON)
    confirm_supplement(supplement=supplement, by=UserFactory(agent=True), at=NOON)
    book(martin, line.child, [date(2026, 11, 5)])

    issue(NOVEMBER, at=DECEMBER_8)

    [_, then] = invoices_of(martin)
    [_, asked] = invoices_of(payer)
    assert (then.price, then.total, asked.total) == (D("4.50"), D("3.75"), D("0.75"))
    assert coverage.covered_lines.count() == 5, "the day of November is after the end"


def test_a_supplement_on_a_line_that_nobody_shared_is_the_households_alone(martin):
    issue()
    [mine] = invoices_of(martin)
    line = mine.lines.order_by("day").first()
    extra = SupplementLine(
        line=line, care_part=D("0.45"), food_part=D("1.05"), amount=D("1.50"), band="C", deliberation="x", quotient=950
    )
    supplement = propose_supplement(mine, [extra], reason="quotient", words="Quotient", at=NOON)
    confirm_supplement(supplement=supplement, by=UserFactory(agent=True), at=NOON)
    payer = ccas()
    cover(martin, payer, "50")  # written later, though it counts from September
    book(martin, line.child, [date(2026, 11, 5)])

    issue(NOVEMBER, at=DECEMBER_8)

    [_, then], [asked] = invoices_of(martin), invoices_of(payer)
    assert (then.price, then.total, asked.total) == (D("4.50"), D("3.00"), D("1.50")), "only the day of November"


def test_a_run_leaves_the_parts_of_a_later_month_to_the_run_of_that_month(martin):
    payer = ccas()
    cover(martin, payer, "50")
    book(martin, Child.objects.get(), [date(2026, 11, 5)])
    with patch.object(chunks, "issue_for_payers", return_value=[]):
        issue(NOVEMBER, at=DECEMBER_8)  # its parts wait

    issue(OCTOBER, at=DECEMBER_8)

    [asked] = invoices_of(payer)
    assert (asked.month, asked.total) == (OCTOBER, D("6.00"))
    assert CoveredLine.objects.filter(invoice_line=None).count() == 1


def test_an_absence_granted_after_the_invoice_is_given_back_to_both(martin):
    payer = ccas()
    cover(martin, payer, "100")
    issue()
    booking = martin.bookings.order_by("day").first()

    report_freed_after_invoice([booking], "Grève : Léa rentre déjeuner", NOON)

    note = CreditNote.objects.get()
    assert (note.family, note.total, note.invoice.for_others) == (payer, D("3.00"), True)
    report_freed_after_invoice([booking], "Grève : Léa rentre déjeuner", NOON)
    assert CreditNote.objects.count() == 1, "nothing is left to give back"


def test_a_part_that_is_being_invoiced_is_corrected_in_a_few_minutes(martin):
    cover(martin, ccas())
    with patch.object(chunks, "issue_for_payers", return_value=[]):
        issue()

    with pytest.raises(Refusal, match="La part de CCAS de Castres est en cours de facturation"):
        credit(invoices_of(martin)[0])


def test_only_what_the_household_paid_itself_opens_a_tax_credit():
    TariffFactory()
    family, father = household("Petit"), household("Bernard")
    child = book(family, "Jules")[0].child
    CustodyFactory(child=child, family=father, rhythm="paire")
    stranger = household("Roux")
    cover(family, father, "50", child=child)
    cover(family, stranger, "10", child=child)
    issue()
    for payer in (family, father, stranger):
        pay(invoices_of(payer)[-1])

    care = [care_paid_in(2026, billed_care_of(each)) for each in (family, father, stranger)]

    # Four days of 0.90 € of care: 40 % stay with the mother; who pays for the child of others has no credit.
    assert care == [{child.pk: D("1.44")}, {child.pk: D("1.80")}, {}]


# --- The nightly check ------------------------------------------------------------------------------------------------


def test_the_nightly_check_is_clean_on_shared_invoices_and_finds_a_part_that_is_wrong(martin):
    payer = ccas()
    cover(martin, payer, "33.33", ceiling=D("3.50"))
    issue()
    confirm_credit_note(note=credit(invoices_of(martin)[0], "1.00"), by=UserFactory(agent=True), at=NOON)
    check()
    assert found() == []

    with behind_its_back():
        CoveredLine.objects.filter(pk=CoveredLine.objects.first().pk).update(amount=D("0.10"), food_part=D("0.10"))
    check()
    assert found() == ["part-prise-en-charge", "somme-de-facture"]


def test_the_nightly_check_finds_a_part_that_was_asked_of_nobody(martin):
    cover(martin, ccas())
    with patch.object(chunks, "issue_for_payers", return_value=[]):
        issue()
    check()
    assert found() == ["part-prise-en-charge"] * 4


# --- A quotient that comes late, twice --------------------------------------------------------------------------------


def test_a_late_quotient_gives_back_to_each_and_a_second_one_replaces_what_nobody_decided(martin):
    payer = ccas()
    cover(martin, payer, "50")
    issue()
    record = QuotientRecord.objects.get(family=martin)

    for value, each in ((400, D("4.00")), (300, D("4.00"))):  # band A: 1 € instead of 3 €, four days
        QuotientRecord.objects.filter(pk=record.pk).update(value=value)
        note_late_quotient(QuotientChange(martin, OCTOBER, NOON))
        proposed = CreditNote.objects.filter(status="propose")
        assert sorted(proposed.values_list("family", "total")) == sorted([(martin.pk, each), (payer.pk, each)])
    assert CreditNote.objects.filter(status="refuse").count() == 2

    QuotientRecord.objects.filter(pk=record.pk).update(value=1200)  # band C: 4,50 €
    note_late_quotient(QuotientChange(martin, OCTOBER, NOON))
    assert CreditNote.objects.filter(status="propose").count() == 0
    [extra] = martin.supplements.all()
    assert extra.total == D("6.00"), "the whole of it: it is shared when it is invoiced"


# --- What the law asks ------------------------------------------------------------------------------------------------


def test_the_export_says_who_pays_and_a_payer_is_not_forgotten_while_it_pays(martin):
    father = household("Bernard")
    cover(martin, ccas(), "50")
    cover(martin, father, "40")
    issue()
    mother, dad = martin.guardians.get(), father.guardians.get()

    hers, his = list(coverage_rows(mother, NOON)), list(coverage_rows(dad, NOON))
    assert [row["payeur"] for row in hers] == ["CCAS de Castres", "un autre dossier"]
    assert [(row["payeur"], row["part (%)"]) for row in his] == [("ce foyer", D("40.00"))]
    [row] = invoice_rows(mother, NOON)
    assert (row["montant"], row["pris en charge par d’autres"]) == (D("1.20"), D("10.80"))

    works = ccas("Usine du Tarn", kind="employeur", names=False)
    cover(martin, works, "10")
    assert [row["enfant"] for row in coverage_rows(works.guardians.get(), NOON)] == ["L. M."], "as on its invoices"

    pay(invoices_of(father)[0])
    said = still_owed(Scope(family=father, guardians=[dad], whole_household=True), NOON.date())
    assert "paie une part des jours de Léa MARTIN" in said
    assert father.pk in billed_since(NOON + timedelta(days=900))
