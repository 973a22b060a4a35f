"""The daily file: what the bank did on a day, as the shop finds it in its mail."""

import csv
import io


def rows(answer):
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text), delimiter=";"))


def test_a_day_with_a_refused_card_a_payment_and_a_refund(bank, shop, order):
    bank.control(f"commandes/{order}/choisir/", outcome="refuse")
    bank.control(f"commandes/{order}/choisir/", outcome="accept")
    uuid = bank.order(order)["payments"][0]["transactions"][-1]["uuid"]
    bank.control("remise/")
    bank.control(f"transactions/{uuid}/rembourser/", amount=1000)
    answer = bank.get("journal/?jour=2026-11-19")
    assert 'filename="TEST_JT_' in answer.headers["Content-Disposition"]
    assert "_261119.csv" in answer.headers["Content-Disposition"]
    title, heads, *lines = rows(answer)
    assert title[0] == "TITRE"
    told = [dict(zip(heads, line, strict=True)) for line in lines]
    assert [(each["TRANSACTION_TYPE"], each["TRANSACTION_STATUS"], each["AMOUNT"]) for each in told] == [
        ("DEBIT", "REFUSED", "6398"),
        ("DEBIT", "CAPTURED", "6398"),
        ("CREDIT", "AUTHORISED", "1000"),
    ]
    assert {each["ORDER_ID"] for each in told} == {order}
    assert told[1]["TRANSACTION_UUID"] == uuid
    assert told[1]["CAPTURE_DATE"] == told[1]["PAYMENT_DATE"] == "20261119"
    assert told[2]["CAPTURE_DATE"] == ""


def test_a_day_without_payments_and_a_day_that_is_none(bank):
    assert len(rows(bank.get("journal/?jour=2026-11-18"))) == 2
    assert len(rows(bank.get("journal/"))) == 2
    assert bank.get("journal/?jour=hier").status_code == 400
    assert "Télécharger le journal" in bank.get("").text
