"""Envelopes of PayFiP: what we write, and what we refuse to read."""

import re

import pytest

from billing.payfip import soap
from billing.payfip.client import OrderRefused, PayfipOrder, _check, plain_object
from billing.payfip.config import PayfipConfig, config_problems
from billing.payfip.details import to_transaction
from billing.payzen.transactions import Channel, Outcome
from castres_portal.base.tests.reading import read

VALUES = {
    "NUMCLI": "006382",
    "SAISIE": "T",
    "SERVICE_URL": "https://payfip.example/tpa/services/securite",
    "PAYMENT_URL": "https://payfip.example/tpa/paiementws.web",
}
REGIE = PayfipConfig.from_values(VALUES)
IDOP = "5a6c09c3-3b0f-4d4b-8c1f-2f2b6a1d0e11"
DETAILS = {
    "dattrans": "19112026", "exer": "2026", "heurtrans": "1206", "idOp": IDOP, "mel": "claire@example.org",
    "montant": "6398", "numauto": "112233", "numcli": "006382", "objet": "Facture", "refdet": "2610000001P001",
    "resultrans": "P", "saisie": "T",
}  # fmt: skip


def envelope(inner: str) -> bytes:
    return f'<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>{inner}</S:Body></S:Envelope>'.encode()


def test_a_call_holds_each_value_once_escaped_and_in_order() -> None:
    text = soap.request("creerPaiementSecurise", {"objet": "a & <b>", "exer": "2026"}).decode()
    assert "<arg0><exer>2026</exer><objet>a &amp; &lt;b&gt;</objet></arg0>" in text
    assert re.search(rf'xmlns:\w+="{soap.SERVICE}"', text)
    assert text.startswith("<?xml")
    for part in ("Envelope", "Header", "Body"):
        assert re.search(rf"<soapenv:{part}\b", text)
    assert "encoding='utf-8'" in text
    assert "été €" in soap.request("x", {"objet": "été €"}).decode()


def test_an_answer_is_read_whatever_its_prefixes() -> None:
    body = envelope('<a:x xmlns:a="urn:a"><return xmlns:r="urn:r"><r:idOp> 12 </r:idOp><objet/></return></a:x>')
    assert soap.answer(body) == {"idOp": "12", "objet": ""}


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        (
            "<S:Fault><detail><b:FonctionnelleErreur xmlns:b='b'><code>P5</code></b:FonctionnelleErreur></detail></S:Fault>",
            "P5",
        ),
        ("<S:Fault><detail><FonctionnelleErreur><code> P1 </code></FonctionnelleErreur></detail></S:Fault>", "P1"),
        ("<S:Fault><detail><FonctionnelleErreur><code/></FonctionnelleErreur></detail></S:Fault>", ""),
        ("<S:Fault><detail><FonctionnelleErreur/></detail></S:Fault>", ""),
        (f"<S:Fault><FonctionnelleErreur><code>{'A' * 30}</code></FonctionnelleErreur></S:Fault>", "A" * 20),
        ("<S:Fault><detail><code>P1</code></detail></S:Fault>", ""),
        ("<S:Fault><detail><TechIndisponibiliteErreur/></detail></S:Fault>", ""),
        ("<S:Fault><faultstring>?</faultstring></S:Fault>", ""),
    ],
)
def test_a_refusal_says_its_code(inner: str, code: str) -> None:
    with pytest.raises(soap.Fault) as fault:
        soap.answer(envelope(inner))
    assert fault.value.code == code
    assert str(fault.value) == (code or "technical")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Maintenance</html>",
        b"\xff\xfe<\x00a\x00/\x00>\x00",
        envelope("<nothing/>"),
        b'<!DOCTYPE a [<!ENTITY b "c">]>' + envelope("<x><return><idOp>&b;</idOp></return></x>"),
        b"<!DOCTYPE x>" + envelope("<x><return><idOp>1</idOp></return></x>"),
        b"<!doctype html>" + envelope("<x><return><idOp>1</idOp></return></x>"),
        b'<!ENTITY b "c">' + envelope("<x><return><idOp>1</idOp></return></x>"),
    ],
)
def test_what_is_no_envelope_is_refused(body: bytes) -> None:
    with pytest.raises(soap.Unreadable):
        soap.answer(body)


@pytest.mark.parametrize(
    ("word", "outcome", "debit"),
    [
        ("P", Outcome.PAID, False),
        ("V", Outcome.PAID, True),
        ("R", Outcome.FAILED, False),
        ("Z", Outcome.FAILED, True),
        ("A", Outcome.NO_TRANSACTION, False),
        ("", Outcome.UNKNOWN, False),
        ("Q", Outcome.UNKNOWN, False),
    ],
)
def test_what_each_result_means(word: str, outcome: Outcome, debit: bool) -> None:
    told = to_transaction({**DETAILS, "resultrans": word}, IDOP, REGIE)
    assert (told.outcome, told.direct_debit) == (outcome, debit)
    assert told.is_unsettled is (outcome is Outcome.UNKNOWN)


def test_an_answer_becomes_a_transaction() -> None:
    told = to_transaction(DETAILS, IDOP, REGIE)
    assert (told.order_id, told.amount_cents, told.site_id, told.mode) == ("2610000001P001", 6398, "006382", "T")
    assert (told.trans_uuid, told.auth_number, told.source) == (IDOP, "112233", "P")
    assert (told.channel, told.operation, told.currency, told.status) == (Channel.PAYFIP, "DEBIT", "978", "CAPTURED")
    assert (told.trans_id, told.trans_date) == ("", "")
    assert told.captured_at == told.authorised_at
    assert told.authorised_at is not None
    assert told.authorised_at.isoformat() == "2026-11-19T12:06:00+01:00"
    refused = to_transaction({**DETAILS, "resultrans": "R"}, IDOP, REGIE)
    assert (refused.status, refused.captured_at) == ("REFUSED", None)


def test_an_answer_that_says_nothing_credits_nothing() -> None:
    told = to_transaction({}, IDOP, REGIE)
    assert (told.status, told.amount_cents, told.order_id, told.authorised_at) == ("", 0, "", None)
    assert (told.site_id, told.mode, told.auth_number, told.source) == ("", "", "", "")
    strange = to_transaction({"resultrans": "Q\x00" + "R" * 99, "montant": "1" * 11}, IDOP, REGIE)
    assert strange.status == "PAYFIP_Q" + "R" * 63
    assert strange.amount_cents == 11111111111
    assert to_transaction({"montant": "1" * 12}, IDOP, REGIE).amount_cents == 0


def test_what_payfip_refuses_is_said_in_french() -> None:
    with pytest.raises(OrderRefused) as refused:
        _check(order(amount_cents=99))
    assert read(str(refused.value)) == "PayFiP n’accepte que les paiements de 1 € à 99 999,99 €."
    with pytest.raises(OrderRefused) as refused:
        _check(order(payer_email="claire@"))
    assert read(str(refused.value)) == (
        "PayFiP n’accepte pas l’adresse de votre compte : il en faut une de 80 signes au plus."
    )


@pytest.mark.parametrize("email", ["a@b.fr", f"{'a' * 68}@example.org"])
def test_an_address_has_from_6_to_80_signs(email: str) -> None:
    _check(order(payer_email=email))


def test_an_address_of_ours_has_at_most_250_signs() -> None:
    _check(order(return_url="https://" + "a" * 242, notification_url="https://" + "b" * 242))
    with pytest.raises(ValueError, match="address"):
        _check(order(notification_url="https://" + "b" * 243))


@pytest.mark.parametrize("change", [{"montant": "63,98"}, {"montant": ""}, {"dattrans": "32112026"}, {"heurtrans": ""}])
def test_what_cannot_be_read_never_raises(change: dict[str, str]) -> None:
    told = to_transaction({**DETAILS, **change}, IDOP, REGIE)
    assert told.amount_cents == 0 or told.authorised_at is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Factures 2609000001 et 2610000001", "Factures 2609000001 et 2610000001"),
        ("Été : l’accueil & co", "Ete l accueil co"),
        (f"{'a' * 99} b", "a" * 99),
        ("a" * 120, "a" * 100),
    ],
)
def test_an_object_is_plain(text: str, plain: str) -> None:
    assert plain_object(text) == plain


def order(**changes: object) -> PayfipOrder:
    values: dict[str, object] = {
        "refdet": "2610000001P001", "amount_cents": 6398, "year": 2026, "description": "Facture 2610000001",
        "payer_email": "claire@example.org", "notification_url": "https://portail.example/n/",
        "return_url": "https://portail.example/r/", **changes,
    }  # fmt: skip
    return PayfipOrder(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("cents", [100, 9_999_999])
def test_the_sums_that_payfip_takes(cents: int) -> None:
    _check(order(amount_cents=cents))


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_cents": 99},
        {"amount_cents": 10_000_000},
        {"payer_email": ""},
        {"payer_email": f"{'a' * 69}@example.org"},
    ],
)
def test_what_payfip_would_refuse_is_said_before_it_is_asked(changes: dict[str, object]) -> None:
    with pytest.raises(OrderRefused):
        _check(order(**changes))


@pytest.mark.parametrize("changes", [{"refdet": "26-1"}, {"refdet": "A" * 31}, {"return_url": "https://" + "a" * 243}])
def test_a_mistake_of_ours_is_loud(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"refdet|address"):
        _check(order(**changes))


@pytest.mark.parametrize(
    ("name", "value", "variable"),
    [
        ("NUMCLI", "6382", "PAYFIP_NUMCLI"),
        ("SAISIE", "M", "PAYFIP_SAISIE"),
        ("SERVICE_URL", "http://payfip.example/", "PAYFIP_SERVICE_URL"),
        ("SERVICE_URL", "https://user:pass@payfip.example/", "PAYFIP_SERVICE_URL"),
        ("SERVICE_URL", "https:///tpa", "PAYFIP_SERVICE_URL"),
        ("NUMCLI", "", "PAYFIP_NUMCLI"),
        ("PAYMENT_URL", "http://127.0.0.1:8004/", "PAYFIP_PAYMENT_URL"),
    ],
)
def test_each_unsafe_value_is_named(name: str, value: str, variable: str) -> None:
    in_production = {**VALUES, "SAISIE": "W"}
    assert config_problems(in_production) == []
    assert [problem.variable for problem in config_problems({**in_production, name: value})] == [variable]


@pytest.mark.parametrize(
    ("changes", "safe"),
    [
        ({"SERVICE_URL": "http://127.0.0.1:8004/"}, True),
        ({"SERVICE_URL": "http://localhost:8004/", "SAISIE": "X"}, True),
        ({"SERVICE_URL": "ftp://127.0.0.1/"}, False),
        ({"SERVICE_URL": "http://payfip.example/"}, False),
        ({"NUMCLI": " 006382 "}, True),
    ],
)
def test_the_stand_in_may_be_on_this_machine_but_in_production(changes: dict[str, str], safe: bool) -> None:
    assert (config_problems({**VALUES, **changes}) == []) is safe
    assert PayfipConfig.from_values({**VALUES, "NUMCLI": " 006382 "}) == REGIE
