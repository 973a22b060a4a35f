"""Direct debits: what goes to the bank, what comes back from it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from xml.etree import ElementTree as ET

import pytest
from django.test import override_settings

from billing.rules.debits import creditor_id_is_valid
from billing.sepa import config, returns
from billing.sepa.config import Creditor
from billing.sepa.pain008 import Line, debit_file
from billing.sepa.returns import Return, read_returns, write_returns
from castres_portal.base.errors import Refusal
from castres_portal.base.tests.reading import read

TODAY = date(2026, 12, 16)
SEPA = {
    "ICS": "FR72ZZZ123456",
    "CREDITOR": "Ville de Castres",
    "IBAN": "FR7630001007941234567890185",
    "BIC": "BDFEFRPPCCT",
}
HEADS = "reference;motif;date\n"


def refusal_of(content):
    with pytest.raises(Refusal) as told:
        read_returns(content if isinstance(content, bytes) else content.encode(), today=TODAY)
    return read(str(told.value))


# --- What the bank sends back, as a table -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        HEADS + "F2611000001-P1;AM04;15/12/2026\n",
        HEADS + "\n;;\n F2611000001-P1 ; am04 ; 15/12/2026 \n",
        "Référence;Motif;DATE\nF2611000001-P1;AM04;15/12/2026\n",
        "\ufeff" + HEADS + "F2611000001-P1;AM04;15/12/2026\n",
        "titulaire;date;motif;reference\nM. Hélène;15/12/2026;AM04;F2611000001-P1\n",
        HEADS + "F2611000001-P1;AM04;15/12/2026;une colonne de trop\n",
    ],
    ids=["exact", "blanks", "accents", "excel", "other columns", "one too many"],
)
def test_a_table_of_returns_is_read_however_it_was_typed(content):
    assert read_returns(content.encode(), today=TODAY) == [Return("F2611000001-P1", "AM04", date(2026, 12, 15))]


def test_an_old_windows_file_is_read_too():
    content = "Référence;Motif;Date\nF2611000001-é;MS02;16/12/2026\n".encode("latin-1")
    assert read_returns(content, today=TODAY) == [Return("F2611000001-é", "MS02", TODAY)]


def test_what_an_agent_has_seen_is_what_she_applies():
    told = [Return("F2611000001-P1", "AM04", date(2026, 12, 5)), Return("F2611000002-P1", "MD07", TODAY)]
    assert write_returns(told).splitlines()[:2] == ["reference;motif;date", "F2611000001-P1;AM04;05/12/2026"]
    assert read_returns(write_returns(told).encode(), today=TODAY) == told


@pytest.mark.parametrize(
    "line, said",
    [
        ("A;AM4;15/12/2026", "Ligne 3 : le motif « AM4 » n’est pas un code de rejet, comme AM04."),
        ("A;AM-4;15/12/2026", "Ligne 3 : le motif « AM-4 » n’est pas un code de rejet, comme AM04."),
        ("A;;15/12/2026", "Ligne 3 : le motif «  » n’est pas un code de rejet, comme AM04."),
        ("A", "Ligne 3 : le motif «  » n’est pas un code de rejet, comme AM04."),
        ("A;AM04;2026-12-15", "Ligne 3 : écrivez la date comme ceci : 15/12/2026."),
        ("A;AM04", "Ligne 3 : écrivez la date comme ceci : 15/12/2026."),
        ("A;AM04;17/12/2026", "Ligne 3 : la date est à venir."),
    ],
)
def test_the_line_that_cannot_be_read_is_named(line, said):
    assert refusal_of(f"{HEADS}F2611000001-P1;AM04;15/12/2026\n{line}\n") == said


@pytest.mark.parametrize("content", ["", "reference;motif\nA;AM04\n", "reference,motif,date\nA,AM04,15/12/2026\n"])
def test_a_table_of_something_else_is_refused(content):
    said = "Le fichier doit avoir les colonnes « reference », « motif » et « date », séparées par des points-virgules."
    assert refusal_of(content) == said


def test_a_file_without_end_is_not_read():
    full = HEADS.encode() + b"\n" * (returns.BIGGEST - len(HEADS))
    assert read_returns(full, today=TODAY) == []
    assert refusal_of(full + b"\n") == "Ce fichier dépasse 2 Mo : ce n’est pas un relevé de rejets."


# --- What the bank sends back, as a pain.002 --------------------------------------------------------------------------


def pain002(*transactions, namespace="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03", root="Document"):
    body = "".join(f"<TxInfAndSts>{each}</TxInfAndSts>" for each in transactions)
    group = f"<CstmrPmtStsRpt><OrgnlPmtInfAndSts>{body}</OrgnlPmtInfAndSts></CstmrPmtStsRpt>"
    return f'\n <{root} xmlns="{namespace}">{group}</{root}>'


def test_the_bank_s_own_file_is_read():
    content = pain002(
        "<OrgnlEndToEndId> F2611000001-P1 </OrgnlEndToEndId><StsRsnInf><Rsn><Cd> AC04 </Cd></Rsn></StsRsnInf>",
        "<OrgnlEndToEndId>F2611000002-P1</OrgnlEndToEndId>",
        "<StsRsnInf><Rsn><Cd>AM04</Cd></Rsn></StsRsnInf>",
    )
    assert read_returns(content.encode(), today=TODAY) == [
        Return("F2611000001-P1", "AC04", TODAY),
        Return("F2611000002-P1", "MS03", TODAY),  # no reason said: the code for it
        Return("", "AM04", TODAY),
    ]


@pytest.mark.parametrize(
    "content, said",
    [
        ("<Document", "Ce fichier XML ne se lit pas : est-ce bien un pain.002 ?"),
        (pain002(root="Releve"), "Ce fichier XML n’est pas un pain.002."),
        (pain002(namespace="urn:iso:std:iso:20022:tech:xsd:pain.008.001.02"), "Ce fichier XML n’est pas un pain.002."),
        ("<Document/>", "Ce fichier XML n’est pas un pain.002."),
        (
            '<!DOCTYPE x [<!ENTITY a "b">]><Document xmlns="pain.002">&a;</Document>',
            "Ce fichier XML ne se lit pas : est-ce bien un pain.002 ?",
        ),
    ],
)
def test_an_xml_of_something_else_is_refused(content, said):
    assert refusal_of(content) == said


# --- Who takes the money, and the file --------------------------------------------------------------------------------


@override_settings(SEPA={**SEPA, "ICS": ""})
def test_a_town_without_identifier_takes_no_direct_debit():
    assert config.creditor() is None
    assert config.config_problems() == []


@override_settings(SEPA=SEPA)
def test_the_town_as_the_bank_knows_it():
    assert config.creditor() == Creditor("Ville de Castres", "FR72ZZZ123456", SEPA["IBAN"], "BDFEFRPPCCT")
    assert config.config_problems() == []


@pytest.mark.parametrize(
    "changes, problems",
    [
        ({"ICS": "FR73ZZZ123456"}, ["SEPA_ICS n’est pas un identifiant de créancier : sa clé est fausse"]),
        ({"CREDITOR": "  "}, ["SEPA_CREDITOR, le nom du créancier, manque"]),
        ({"IBAN": "FR7630001007941234567890186"}, ["SEPA_IBAN n’est pas un IBAN"]),
    ],
)
def test_what_would_make_the_bank_refuse_our_files_is_said(changes, problems):
    with override_settings(SEPA={**SEPA, **changes}):
        assert [read(problem) for problem in config.config_problems()] == problems


@pytest.mark.parametrize(
    "ics, valid",
    [
        ("FR72ZZZ123456", True),
        ("fr72 zzz 123456", True),
        ("FR72ABC123456", True),  # the three letters are the creditor's own: the key leaves them out
        ("FR72ZZZ12345", False),
        ("FR72ZZZ1234567", False),
        ("FR72ZZZ12345-", False),
        ("7272ZZZ123456", False),
        ("FRA2ZZZ123456", False),
        ("FR7AZZZ123456", False),
        ("", False),
    ],
)
def test_an_identifier_of_creditor(ics, valid):
    assert creditor_id_is_valid(ics) is valid


def test_the_file_says_of_each_debit_all_that_the_bank_needs():
    lines = [
        Line(
            "F2611000001-P1",
            "Claire MARTIN",
            SEPA["IBAN"],
            "BDFEFRPPCCT",
            D("63.98"),
            True,
            "CASTRES-7",
            date(2026, 9, 1),
            "Facture 2611000001",
        ),
        Line(
            "F2611000002-P1",
            "Paul DURAND",
            SEPA["IBAN"],
            "",
            D("20.00"),
            False,
            "CASTRES-8",
            date(2026, 9, 2),
            "Facture 2611000002",
        ),
    ]
    creditor = Creditor("Ville de Castres", "FR72ZZZ123456", SEPA["IBAN"], "BDFEFRPPCCT")
    root = ET.fromstring(debit_file(lines, creditor=creditor, collect_on=date(2026, 12, 20)))
    space = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.008.001.02"}

    def texts(path):
        return [found.text for found in root.iterfind(f".//p:{path}", space)]

    assert root.tag == f"{{{space['p']}}}Document"
    assert texts("InitgPty/p:Nm") == ["Ville de Castres"]
    assert set(texts("ReqdColltnDt")) == {"2026-12-20"}
    assert set(texts("CdtrSchmeId/p:Id/p:PrvtId/p:Othr/p:Id")) == {"FR72ZZZ123456"}
    assert set(texts("CdtrAcct/p:Id/p:IBAN")) == {SEPA["IBAN"]}
    assert set(texts("CdtrAgt/p:FinInstnId/p:BIC")) == {"BDFEFRPPCCT"}
    assert set(texts("BtchBookg")) == {"true"}
    assert texts("SeqTp") == ["FRST", "RCUR"]
    first, second = root.iterfind(".//p:DrctDbtTxInf", space)

    def said(transaction, path):
        return transaction.findtext(f".//p:{path}", None, space)

    for transaction, line in ((first, lines[0]), (second, lines[1])):
        assert said(transaction, "EndToEndId") == line.end_to_end
        assert said(transaction, "Dbtr/p:Nm") == line.holder
        assert said(transaction, "DbtrAcct/p:Id/p:IBAN") == line.iban
        assert said(transaction, "MndtId") == line.rum
        assert said(transaction, "DtOfSgntr") == str(line.signed_on)
        assert said(transaction, "Ustrd") == line.label
        amount = transaction.find("p:InstdAmt", space)
        assert (D(amount.text), amount.get("Ccy")) == (line.amount, "EUR")
    assert said(first, "DbtrAgt/p:FinInstnId/p:BIC") == "BDFEFRPPCCT"
    assert said(second, "DbtrAgt/p:FinInstnId/p:BIC") is None


def one_debit(**changes):
    line = Line(
        "F2611000001-P1", "Claire MARTIN", SEPA["IBAN"], "", D("63.98"), True, "CASTRES-7", date(2026, 9, 1), "Facture"
    )
    creditor = Creditor("Ville de Castres", "FR72ZZZ123456", SEPA["IBAN"], "BDFEFRPPCCT")
    return debit_file([replace(line, **changes)], creditor=creditor, collect_on=date(2026, 12, 20)).decode()


def test_names_are_written_with_the_signs_that_banks_read():
    written = one_debit(holder="Zoé ÑUÑEZ & fils", label="Facture n° 1 – été")
    assert "<Nm>Zoe NUNEZ" in written
    assert written.isascii()


def test_a_file_that_the_bank_would_refuse_is_not_written():
    with pytest.raises(Exception, match="validation errors"):
        one_debit(rum="X" * 36)
