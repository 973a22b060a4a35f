"""What is asked of PayFiP, and how its answers and its silences are taken."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from billing.payfip import soap
from billing.payfip.client import MAX_ANSWER_BYTES, TIMEOUTS, Client, OrderRefused, PayfipOrder
from billing.payfip.config import PayfipConfig, PayfipConfigError, payfip_config
from billing.payfip.tests.test_soap import DETAILS, IDOP, REGIE, VALUES, envelope
from billing.payzen.rest import RestError, RestMismatch, RestPermanentError, RestTemporaryError
from castres_portal.base.tests.reading import read

ORDER = PayfipOrder(
    refdet="2610000001P001",
    amount_cents=6398,
    year=2026,
    description="Facture n° 2610000001 – octobre",
    payer_email="claire@example.org",
    notification_url="https://portail.example/paiement/payfip/",
    return_url="https://portail.example/paiement/retour/abc/",
)
Answer = tuple[int, bytes] | Exception


class FakePayfip(BaseAdapter):
    """Answers what it was told to, and remembers the question and how it was asked."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer
        self.questions: list[requests.PreparedRequest] = []
        self.options: dict[str, Any] = {}
        self.closed = False

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        self.questions.append(request)
        self.options = options
        if isinstance(self.answer, Exception):
            raise self.answer
        status, content = self.answer
        response = requests.Response()
        response.status_code, response.request, response.url = status, request, str(request.url)
        response.headers["Location"] = "https://elsewhere.example/"
        response.raw = HTTPResponse(BytesIO(content), preload_content=False, status=status)
        return response

    def close(self) -> None:
        self.closed = True


def client_of(answer: Answer) -> tuple[Client, FakePayfip]:
    payfip, session = FakePayfip(answer), requests.Session()
    session.mount("https://", payfip)
    return Client(REGIE, session), payfip


def returned(**values: str) -> Answer:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return 200, envelope(f"<x><return>{inner}</return></x>")


def fault(code: str) -> Answer:
    told = f"<FonctionnelleErreur><code>{code}</code></FonctionnelleErreur>" if code else "<TechErreur/>"
    return 500, envelope(f"<S:Fault><detail>{told}</detail></S:Fault>")


def create(client: Client) -> str:
    return client.create(ORDER)


def details(client: Client) -> object:
    return client.details(IDOP)


BOTH = [(create, "creerPaiementSecurise"), (details, "recupererDetailPaiementSecurise")]


def test_an_operation_is_opened_with_what_the_payer_was_shown() -> None:
    client, payfip = client_of(returned(idOp=IDOP))
    assert client.create(ORDER) == IDOP
    [question] = payfip.questions
    assert (question.method, question.url) == ("POST", VALUES["SERVICE_URL"])
    assert question.body == soap.request(
        "creerPaiementSecurise",
        {
            "exer": "2026",
            "mel": "claire@example.org",
            "montant": "6398",
            "numcli": "006382",
            "objet": "Facture n 2610000001 octobre",
            "refdet": "2610000001P001",
            "saisie": "T",
            "urlnotif": "https://portail.example/paiement/payfip/",
            "urlredirect": "https://portail.example/paiement/retour/abc/",
        },
    )
    assert question.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert question.headers["SOAPAction"] == '""'
    assert payfip.options["timeout"] == TIMEOUTS
    assert payfip.options["stream"] is True
    assert payfip.options["verify"]


def test_what_payfip_would_refuse_is_not_asked() -> None:
    client, payfip = client_of(returned(idOp=IDOP))
    with pytest.raises(OrderRefused):
        client.create(PayfipOrder(**{**{name: getattr(ORDER, name) for name in ORDER.__slots__}, "amount_cents": 99}))
    assert payfip.questions == []


@pytest.mark.parametrize("values", [{}, {"idOp": ""}, {"idOp": "12"}, {"idOp": IDOP + "0"}, {"idop": IDOP}])
def test_an_operation_without_a_name_is_no_operation(values: dict[str, str]) -> None:
    client, _ = client_of(returned(**values))
    with pytest.raises(RestMismatch) as caught:
        client.create(ORDER)
    assert str(caught.value) == "creerPaiementSecurise: idop"


def test_what_became_of_an_operation_is_read() -> None:
    client, payfip = client_of(returned(**DETAILS))
    transaction = client.details(IDOP)
    assert transaction is not None
    assert (transaction.is_payment, transaction.amount_cents, transaction.order_id) == (True, 6398, "2610000001P001")
    assert (transaction.trans_uuid, transaction.site_id, transaction.mode) == (IDOP, "006382", "T")
    assert payfip.questions[0].body == soap.request("recupererDetailPaiementSecurise", {"idOp": IDOP})


def test_its_name_may_come_in_small_letters() -> None:
    values = {("idop" if name == "idOp" else name): value for name, value in DETAILS.items()}
    client, _ = client_of(returned(**values))
    assert client.details(IDOP) is not None


@pytest.mark.parametrize("changes", [{"idOp": IDOP[:-1] + "2"}, {"idOp": ""}])
def test_the_answer_about_another_operation_is_no_answer(changes: dict[str, str]) -> None:
    client, _ = client_of(returned(**{**DETAILS, **changes}))
    with pytest.raises(RestMismatch) as caught:
        client.details(IDOP)
    assert str(caught.value) == "recupererDetailPaiementSecurise: idop"


def test_an_answer_that_names_no_operation_is_no_answer() -> None:
    client, _ = client_of(returned(**{name: value for name, value in DETAILS.items() if name != "idOp"}))
    with pytest.raises(RestMismatch):
        client.details(IDOP)


@pytest.mark.parametrize("code", ["P1", "P5"])
def test_unknown_or_not_decided_yet_is_no_transaction(code: str) -> None:
    client, _ = client_of(fault(code))
    assert client.details(IDOP) is None
    with pytest.raises(RestPermanentError):
        client.create(ORDER)


@pytest.mark.parametrize("ask", BOTH, ids=["create", "details"])
@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (fault("T1"), RestPermanentError, "T1"),
        (fault(""), RestTemporaryError, "technical"),
        ((200, b"<html>Maintenance</html>"), RestTemporaryError, "malformed"),
        ((503, b""), RestTemporaryError, "HTTP_503"),
        ((302, b""), RestTemporaryError, "HTTP_302"),
        ((201, b""), RestTemporaryError, "HTTP_201"),
        ((200, b" " * (MAX_ANSWER_BYTES + 1)), RestPermanentError, "too-large"),
        (requests.ConnectTimeout(), RestTemporaryError, "timeout"),
        (requests.ReadTimeout(), RestTemporaryError, "timeout"),
        (requests.ConnectionError(), RestTemporaryError, "network"),
    ],
)
def test_each_fault_is_an_error_and_never_a_result(
    ask: tuple[Callable[[Client], object], str], answer: Answer, error: type[RestError], code: str
) -> None:
    client, _ = client_of(answer)
    question, operation = ask
    with pytest.raises(RestError) as caught:
        question(client)
    assert type(caught.value) is error
    assert (caught.value.service, caught.value.code) == (operation, code)
    # The envelopes hold an address: an error mail shows chained exceptions.
    assert caught.value.__cause__ is None


def test_an_answer_of_the_largest_size_is_read() -> None:
    status, content = returned(idOp=IDOP)  # type: ignore[misc]
    client, _ = client_of((status, content + b" " * (MAX_ANSWER_BYTES - len(content))))
    assert client.create(ORDER) == IDOP


@pytest.mark.parametrize(
    ("url", "through_proxy"),
    [
        ("http://127.0.0.1:9/", False),
        ("http://localhost:9/", False),
        ("https://payfip.example/", True),
    ],
)
def test_the_stand_in_is_never_reached_through_a_proxy(url: str, through_proxy: bool) -> None:
    session = requests.Session()
    session.trust_env = not through_proxy
    Client(PayfipConfig.from_values({**VALUES, "SERVICE_URL": url}), session)
    assert session.trust_env is through_proxy


def test_connections_are_given_back() -> None:
    client, payfip = client_of(returned(idOp=IDOP))
    with client as same:
        assert same is client
    assert payfip.closed


def test_without_values_the_portal_says_what_is_missing(settings: Any) -> None:
    settings.PAYFIP = VALUES
    assert payfip_config() == REGIE
    settings.PAYFIP = {"NUMCLI": "12", "SAISIE": "Z"}
    with pytest.raises(PayfipConfigError) as refused:
        payfip_config()
    assert read(str(refused.value)) == (
        "PAYFIP_NUMCLI : le numéro de client donné par la DGFiP compte 6 chiffres. "
        "PAYFIP_SAISIE : écrivez T (test), X (activation) ou W (production). "
        "PAYFIP_SERVICE_URL : l’adresse de PayFiP doit commencer par https://. "
        "PAYFIP_PAYMENT_URL : l’adresse de PayFiP doit commencer par https://."
    )
    assert len(refused.value.problems) == 4
    del settings.PAYFIP
    with pytest.raises(PayfipConfigError):
        payfip_config()
