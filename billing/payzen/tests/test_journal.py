"""PayZen's daily file, as the bank writes it, as a spreadsheet spoils it, and what is not it at all."""

from datetime import UTC, date, datetime, time

import pytest

from billing.payzen.journal import JournalRefused, read_journal

NAME = "TEST_JT_PORTAIL_FAMILLES_12345678_261119.csv"
UUID = "0123456789abcdef0123456789abcdef"
TITLE = "TITRE;PORTAIL;26/11/20_00:55:00;TABLE_V_CUSTOM;"
HEADS = (
    "TRANSACTION_ID;TRANSACTION_TYPE;PAYMENT_DATE;PAYMENT_TIME;AMOUNT;CURRENCY;ORDER_ID;CAPTURE_DATE;TRANSACTION_UUID;"
    "TRANSACTION_STATUS"
)
PAID = f"TRANSACTION;000123;DEBIT;20261119;110612;6398;978;2610000001-1;20261119;{UUID};CAPTURED;"


def journal(*lines: str, title: str = TITLE, heads: str = f"ENTETE;{HEADS};") -> bytes:
    return "".join(f"{line}\r\n" for line in (title, heads, *lines)).encode()


def test_a_file_as_the_bank_writes_it():
    read = read_journal(journal(PAID), NAME)
    [line] = read.lines
    assert (read.first_day, read.last_day) == (date(2026, 11, 19), date(2026, 11, 19))
    assert (read.site_id, read.mode) == ("12345678", "TEST")
    assert read.written_at == datetime(2026, 11, 20, 0, 55, tzinfo=UTC)
    assert (line.number, line.uuid, line.order_id, line.trans_id) == (3, UUID, "2610000001-1", "000123")
    assert (line.operation, line.status, line.cents) == ("DEBIT", "CAPTURED", 6398)
    assert (line.day, line.at, line.captured_on) == (date(2026, 11, 19), time(11, 6, 12), date(2026, 11, 19))


@pytest.mark.parametrize(
    "content",
    [
        journal(PAID.replace("000123", "123")),  # a spreadsheet took the zeros away
        journal(PAID.replace(";6398;978;", ";63,98;EUR;")),
        journal(PAID.replace("20261119;110612", "19/11/2026 11:06:12;")),
        journal(PAID).replace(b";", b"\t"),
        journal(PAID).replace(b"6398", b'"6398"').replace(b";", b","),
        journal(PAID).decode().encode("utf-8-sig"),
        journal(PAID).decode().encode("utf-16"),
        journal(PAID, title=TITLE.replace("PORTAIL", "ÉCOLE")).decode().encode("cp1252"),
        journal(PAID).replace(b"\r\n", b"\n"),
        journal(PAID, PAID),  # the same transaction twice
        journal(PAID, "FIN;1;"),
    ],
)
def test_what_spreadsheets_and_mail_do_to_it_changes_nothing(content):
    [line] = read_journal(content, NAME).lines
    assert (line.uuid, line.trans_id, line.cents) == (UUID, "000123", 6398)
    assert (line.day, line.at, line.operation) == (date(2026, 11, 19), time(11, 6, 12), "DEBIT")


def test_the_columns_that_a_shop_renamed_are_known_too():
    heads = "ENTETE;Date du paiement;Date remise;Commande;Contrat commerçant;Type;Montant total;Statut"
    read = read_journal(
        journal("TRANSACTION;20261119;20261120;2610000001-1;8430996;DEBIT;6398;CAPTURED", heads=heads), NAME
    )
    assert (read.lines[0].order_id, read.lines[0].cents, read.lines[0].captured_on) == (
        "2610000001-1",
        6398,
        date(2026, 11, 20),
    )


@pytest.mark.parametrize(
    "name, period",
    [
        ("JT_PORTAIL_12345678_261119.csv", (date(2026, 11, 19), date(2026, 11, 19))),
        ("JT_PORTAIL_DES_FAMILLES_12345678_26W47.csv", (date(2026, 11, 16), date(2026, 11, 22))),
        ("JT_PORTAIL_12345678_26M11 (1).csv", (date(2026, 11, 1), date(2026, 11, 30))),
        ("journal.csv", (date(2026, 11, 19), date(2026, 11, 19))),
    ],
)
def test_the_days_are_those_of_the_name_else_of_the_lines(name, period):
    read = read_journal(journal(PAID), name)
    assert (read.first_day, read.last_day) == period
    assert read.mode == ("PRODUCTION" if name.startswith("JT") else "")


def test_tries_without_identifier_are_told_apart_by_their_place():
    heads = "ENTETE;TRANSACTION_ID;TRANSACTION_TYPE;PAYMENT_DATE;AMOUNT;ORDER_ID;TRANSACTION_STATUS;"
    tries = [f"TRANSACTION;000123;DEBIT;20261119;6398;2610000001-1;{status};" for status in ("REFUSED", "CAPTURED")]
    keys = [line.key for line in read_journal(journal(*tries, heads=heads), NAME).lines]
    assert keys == ["2610000001-1/000123/DEBIT/261119", "2610000001-1/000123/DEBIT/261119#2"]


@pytest.mark.parametrize(
    "content, name, words",
    [
        (b"  \r\n", NAME, "est vide"),
        (b"PK\x03\x04classeur", NAME, "classeur Excel"),
        (b"%PDF-1.7", NAME, "C’est un PDF"),
        (b"\x00\x01\x02\x03", NAME, "n’est pas du texte"),
        (b"reference;motif;date\r\nPRLV;AM04;01/12/2026", NAME, "n’est pas un journal des transactions"),
        (b"TITRE;D;200113;TABLE_V3\r\nENTETE;A;B\r\nOPERATION;x;y", NAME, "journal des opérations"),
        (journal(PAID, heads=f"ENTETE;{HEADS.replace('AMOUNT', 'SOMME')};"), NAME, "Il manque à ce fichier : montant"),
        (journal(PAID, "TRANSACTION;000124;DEBIT;2026111"), NAME, "Ligne 4 : elle est coupée"),
        (journal(PAID.replace("6398", "soixante")), NAME, "n’est pas un montant"),
        (journal(PAID, PAID.replace("6398", "63,98").replace("0123456", "1123456")), NAME, "tantôt en centimes"),
        (journal(PAID.replace("978", "840")), NAME, "n’est pas l’euro"),
        (journal(PAID.replace("DEBIT", "RETRAIT")), NAME, "ni DEBIT ni CREDIT"),
        (journal(PAID.replace(UUID, "1,23457E+30")), NAME, "identifiant de la transaction est abîmé"),
        (journal(PAID.replace("20261119;110612", "hier;110612")), NAME, "n’est pas une date"),
        (journal(PAID), NAME.replace("261119", "261122"), "le nom du fichier annonce le 22/11/2026"),
        (journal(), "journal.csv", "son nom ne dit pas le jour"),
    ],
)
def test_what_cannot_be_read_says_why(content, name, words):
    with pytest.raises(JournalRefused) as refused:
        read_journal(content, name)
    assert words in refused.value.message.replace("\u00a0", " ")


def test_twenty_thousand_lines_are_read_and_too_many_refused():
    lines = [PAID.replace(UUID, f"{number:032x}") for number in range(20_000)]
    assert len(read_journal(journal(*lines), NAME).lines) == 20_000
    with pytest.raises(JournalRefused):
        read_journal(b"x" * 20_000_001, NAME)
