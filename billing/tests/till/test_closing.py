"""« Arrêter la caisse », remettre les chèques, verser les espèces: nothing is counted twice and nothing is forgotten."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import ClosedPayment, DepositSlip, Payment, TillClosing
from billing.queries.till import JournalFilter, cash_book, journal, movements, open_movements, sums_of, till_state
from billing.rules.till import net_of
from billing.services.till import TillRefused, close_till, deposit_cash, deposit_titles, reverse_collection
from billing.tests.factories import pay
from billing.tests.payments.test_ledger_property import one_example

from .world import NOON, Means, regisseur, take

pytestmark = pytest.mark.django_db
FLOAT = Decimal("50.00")
LATER = NOON + timedelta(hours=5)


def close(counted="50.00", explanation="", at=LATER):
    return close_till(cash_counted=Decimal(counted), explanation=explanation, by=regisseur(), at=at)


def test_a_closing_takes_what_came_since_the_last_one(september, october):
    take(september, Means.CASH)
    take(october, Means.CHEQUE)
    first = close("56.00")

    assert first.number == "A2026-00001"
    sums = {one.means: (one.count, one.net) for one in sums_of(Payment.objects.filter(closed__closing=first))}
    assert sums == {"cheque": (1, 12), "especes": (1, 6)}
    assert not open_movements(until=LATER).exists()
    with pytest.raises(TillRefused, match="Rien n’a été encaissé depuis"):
        close("56.00")


def test_a_payment_after_a_closing_belongs_to_the_next(september, october):
    take(september, Means.CHEQUE)
    first = close(at=NOON)
    take(october, Means.CHEQUE, at=LATER)

    assert first.closed_payments.count() == 1
    assert close(at=LATER).closed_payments.get().payment.amount == 12


def test_cash_is_counted_against_what_is_expected(september, october):
    take(september, Means.CASH)

    with pytest.raises(TillRefused, match="devrait contenir 56,00\u00a0€.*écart de −0,50"):
        close("55.50")
    closing = close("55.50", "Erreur de rendu de monnaie")
    assert (closing.cash_expected, closing.cash_counted) == (56, Decimal("55.50"))
    take(october, Means.CASH, at=LATER)
    # The missing half euro was said once: the next count starts from what was there.
    assert close("67.50", at=LATER + timedelta(days=1)).explanation == ""


def test_the_money_of_the_tresor_is_not_the_regie_s(october):
    payment = pay(october)
    Payment.objects.create(
        number="T1", family=october.family, kind="paiement", means="tresor", amount=5, received_at=NOON
    )
    assert list(movements()) == [payment]
    assert close().closed_payments.count() == 1


def test_cheques_go_on_a_slip_once_and_only_when_they_are_closed(september, october):
    first = take(september, Means.CHEQUE).payment
    with pytest.raises(TillRefused, match="arrêtez d’abord la caisse"):
        deposit_titles(kind="cheque", by=regisseur(), at=LATER)
    close()
    take(october, Means.CHEQUE, at=LATER)
    slip = deposit_titles(kind="cheque", by=regisseur(), at=LATER)

    assert (slip.number, slip.amount) == ("B2026-00001", 6)
    assert [row.payment for row in slip.deposited_payments.all()] == [first]
    with pytest.raises(TillRefused, match="Rien n’attend"):
        deposit_titles(kind="cheque", by=regisseur(), at=LATER)


def test_a_cheque_called_off_before_its_slip_is_not_on_it(september, october):
    gone = take(september, Means.CHEQUE).payment
    take(october, Means.CHEQUE)
    close()
    reverse_collection(payment=gone, cause="erreur", reason="Rendu à la famille", by=regisseur(), at=LATER)

    assert deposit_titles(kind="cheque", by=regisseur(), at=LATER).amount == 12


def test_cash_goes_by_amount_and_the_float_stays(september):
    take(september, Means.CASH)

    with pytest.raises(TillRefused, match="ne contient que 6,00\u00a0€"):
        deposit_cash(amount=Decimal("6.01"), by=regisseur(), at=LATER)
    with pytest.raises(TillRefused, match="supérieure à zéro"):
        deposit_cash(amount=Decimal("0.00"), by=regisseur(), at=LATER)
    assert deposit_cash(amount=Decimal("6.00"), by=regisseur(), at=LATER).kind == DepositSlip.Kind.CASH
    assert cash_book(until=LATER).held == 0
    close("50.00")


def test_the_regisseur_is_warned_of_too_much_cash_and_of_what_waits_too_long(september, october, settings):
    settings.TILL = {**settings.TILL, "cash_limit": Decimal("5.00")}
    take(september, Means.CASH)
    take(october, Means.CHEQUE)
    close("56.00")

    soon, late = till_state(at=LATER), till_state(at=NOON + timedelta(days=31))
    assert len(soon.warnings) == 1
    assert "dépasse le maximum de la régie (5,00\u00a0€)" in soon.warnings[0]
    assert "19 novembre 2026 attendent d’être remises" in late.warnings[1]
    assert (late.cheques, late.cheques_amount, late.drawer) == (1, 12, 56)


def test_the_journal_runs_in_order(september, october):
    take(september, Means.CASH)
    cheque = take(october, Means.CHEQUE, at=LATER).payment
    next_day = LATER + timedelta(days=1)
    reverse_collection(payment=cheque, cause="impaye", reason="x", by=regisseur(), at=next_day)

    before, rows = journal(JournalFilter(first=NOON.date(), last=next_day.date()))
    assert before == 0
    assert [(row.amount, row.running) for row in rows] == [(6, 6), (12, 18), (-12, 6)]
    before, rows = journal(JournalFilter(first=next_day.date(), last=next_day.date()))
    assert (before, [row.running for row in rows]) == (18, [-12])
    _, cheques = journal(JournalFilter(first=NOON.date(), last=next_day.date(), means="cheque"))
    assert [row.running for row in cheques] == [12, 0]
    _, found = journal(JournalFilter(first=NOON.date(), last=next_day.date(), words=september.number))
    assert [row.amount for row in found] == [6]


# --- Whatever is done, in whatever order ----------------------------------------------------------------------------------

DEEDS = st.lists(
    st.sampled_from(["especes", "cheque", "virement", "annuler", "arreter", "remettre", "verser"]), max_size=14
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_closings_and_what_is_open_are_all_the_movements(deeds, october):
    with one_example():
        at = NOON
        for deed in deeds:
            at += timedelta(minutes=7)
            do(deed, october, at)

        everything = list(movements().values_list("pk", flat=True))
        closed = list(ClosedPayment.objects.values_list("payment_id", flat=True))
        still_open = list(open_movements(until=at).values_list("pk", flat=True))
        assert sorted(closed + still_open) == sorted(everything)
        in_closings = sum(
            net_of(sums_of(Payment.objects.filter(closed__closing=one))) for one in TillClosing.objects.all()
        )
        assert in_closings + net_of(sums_of(open_movements(until=at))) == sum(row.amount for row in movements())
        # The drawer: what came in cash less what was deposited; slips of cheques never hold one twice.
        assert cash_book(until=at).held >= 0
        numbers = sorted(Payment.objects.values_list("number", flat=True))
        assert numbers == [f"P2026-{place:06d}" for place in range(1, len(numbers) + 1)]
        assert sorted(TillClosing.objects.values_list("number", flat=True)) == [
            f"A2026-{place:05d}" for place in range(1, TillClosing.objects.count() + 1)
        ]


def do(deed, invoice, at):
    by = regisseur()
    try:
        if deed == "annuler":
            last = Payment.objects.filter(kind="paiement", till_reversal=None).order_by("-pk").first()
            if last and not (last.means == "especes" and cash_book(until=at).held < last.amount):
                reverse_collection(payment=last, cause="erreur", reason="x", by=by, at=at)
        elif deed == "arreter":
            close_till(cash_counted=cash_book(until=at).held + FLOAT, by=by, at=at)
        elif deed == "remettre":
            deposit_titles(kind="cheque", by=by, at=at)
        elif deed == "verser":
            deposit_cash(amount=cash_book(until=at).held, by=by, at=at)
        else:
            take(invoice, deed, "1.50", at=at)
    except TillRefused:
        pass
