from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from billing.payzen import config as config_module
from billing.payzen.config import PayzenConfig, PayzenConfigError, config_problems, payzen_config
from billing.payzen.signature import Algorithm
from billing.payzen.tests.messages import REST_PASSWORD, SHOP, TEST_KEY, production_shop, shop
from castres_portal.base.tests.reading import read

VALUES = {
    "SITE_ID": SHOP,
    "MODE": "TEST",
    "KEY": TEST_KEY,
    "ALGORITHM": "sha256",
    "FORM_URL": "https://bank.example/vads-payment/",
    "REST_URL": "https://api.bank.example",
    "REST_PASSWORD": REST_PASSWORD,
}
IN_PRODUCTION = {**VALUES, "MODE": "PRODUCTION", "KEY": "cle-secrete-0003", "REST_PASSWORD": "prodpassword_x"}


def test_good_values_have_no_problem() -> None:
    assert config_problems(VALUES) == []
    assert config_problems(IN_PRODUCTION) == []


@pytest.mark.parametrize(
    ("name", "value", "variable"),
    [
        ("SITE_ID", "", "PAYZEN_SITE_ID"),
        ("SITE_ID", "1234567", "PAYZEN_SITE_ID"),
        ("MODE", "PROD", "PAYZEN_MODE"),
        ("MODE", "production", "PAYZEN_MODE"),
        ("KEY", " ", "PAYZEN_KEY"),
        ("KEY", None, "PAYZEN_KEY"),
        ("KEY", "1122334455667788", "PAYZEN_KEY"),
        ("KEY", "demonstration-key-0001", "PAYZEN_KEY"),
        ("ALGORITHM", "md5", "PAYZEN_ALGORITHM"),
        ("FORM_URL", "", "PAYZEN_FORM_URL"),
        ("FORM_URL", "http://bank.example/", "PAYZEN_FORM_URL"),
        ("FORM_URL", "http://127.0.0.1:8001/vads-payment/", "PAYZEN_FORM_URL"),
        ("REST_URL", "", "PAYZEN_REST_URL"),
        ("REST_URL", "https://user:pass@bank.example", "PAYZEN_REST_URL"),
        ("REST_PASSWORD", "testpassword_x", "PAYZEN_REST_PASSWORD"),
    ],
)
def test_each_unsafe_value_in_production_is_named(name: str, value: str | None, variable: str) -> None:
    assert variable in {problem.variable for problem in config_problems({**IN_PRODUCTION, name: value})}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"SITE_ID": "123"}, "PAYZEN_SITE_ID : l’identifiant de la boutique compte 8 chiffres."),
        ({"MODE": "PROD"}, "PAYZEN_MODE : écrivez TEST ou PRODUCTION, en majuscules."),
        ({"ALGORITHM": "md5"}, "PAYZEN_ALGORITHM : écrivez sha256 (ou sha1 pour une boutique ancienne)."),
        ({"KEY": " "}, "PAYZEN_KEY : la clé de la boutique manque."),
        ({"KEY": "demonstration-1"}, "PAYZEN_KEY : cette clé d’exemple est publique : mettez la clé de production."),
        ({"FORM_URL": ""}, "PAYZEN_FORM_URL : l’adresse de la banque manque."),
        ({"REST_URL": "ftp://x"}, "PAYZEN_REST_URL : l’adresse de la banque doit commencer par https://."),
        ({"REST_URL": "https://"}, "PAYZEN_REST_URL : l’adresse de la banque doit commencer par https://."),
        (
            {"REST_PASSWORD": "testpassword_x"},
            "PAYZEN_REST_PASSWORD : en mode PRODUCTION, ce mot de passe commence par prodpassword_.",
        ),
        (
            {"PREVIOUS_KEY_UNTIL": "2026-12-04"},
            "PAYZEN_PREVIOUS_KEY : la clé précédente manque, alors que sa date de fin est donnée.",
        ),
        (
            {"PREVIOUS_KEY": "cle-secrete-0003", "PREVIOUS_KEY_UNTIL": "2026-12-04"},
            "PAYZEN_PREVIOUS_KEY : la clé précédente est la clé actuelle.",
        ),
        (
            {"PREVIOUS_KEY": "cle-d-avant", "PREVIOUS_KEY_UNTIL": "demain"},
            "PAYZEN_PREVIOUS_KEY_UNTIL : écrivez le dernier jour de la clé précédente : 2026-12-31.",
        ),
        # Two at once are both said, in one line of the log.
        (
            {"SITE_ID": "123", "KEY": ""},
            "PAYZEN_SITE_ID : l’identifiant de la boutique compte 8 chiffres. PAYZEN_KEY : la clé de la boutique manque.",
        ),
    ],
)
def test_who_installs_the_portal_reads_what_to_mend(changes: dict[str, str], said: str) -> None:
    with pytest.raises(PayzenConfigError) as refused:
        PayzenConfig.from_values({**IN_PRODUCTION, **changes})
    assert read(str(refused.value)) == said


def test_the_test_bank_may_be_on_this_machine() -> None:
    local = {"FORM_URL": "http://127.0.0.1:8001/vads-payment/", "REST_URL": "http://127.0.0.1:8001"}
    assert config_problems({**VALUES, **local}) == []


def test_rest_is_optional() -> None:
    config = shop(REST_URL="", REST_PASSWORD="")
    assert not config.can_ask
    assert shop().can_ask


def test_unusable_values_are_refused_without_quoting_a_secret() -> None:
    with pytest.raises(PayzenConfigError) as refused:
        shop(MODE="PRODUCTION", FORM_URL="http://bank.example/")
    assert REST_PASSWORD not in str(refused.value)
    assert TEST_KEY not in str(refused.value)
    assert {problem.variable for problem in refused.value.problems} == {"PAYZEN_FORM_URL", "PAYZEN_REST_PASSWORD"}


def test_without_its_password_the_bank_is_not_asked() -> None:
    assert not shop(REST_PASSWORD="").can_ask


def test_the_test_bank_may_answer_questions_on_this_machine() -> None:
    assert shop(REST_URL="http://127.0.0.1:8001").can_ask
    with pytest.raises(PayzenConfigError):
        production_shop(REST_URL="http://127.0.0.1:8001")


def test_built_directly_it_is_checked_too() -> None:
    with pytest.raises(PayzenConfigError) as refused:
        PayzenConfig(
            site_id=SHOP,
            mode="PRODUCTION",
            key="cle-secrete-0003",
            form_url="https://bank.example/",
            rest_url="https://api.bank.example",
            rest_password="testpassword_x",
        )
    assert [problem.variable for problem in refused.value.problems] == ["PAYZEN_REST_PASSWORD"]
    with pytest.raises(PayzenConfigError):
        PayzenConfig(site_id=SHOP, mode="TEST", key="", form_url="https://bank.example/")


def test_secrets_do_not_show() -> None:
    shown = f"{shop()} {shop()!r}"
    assert TEST_KEY not in shown
    assert REST_PASSWORD not in shown
    assert SHOP in shown


def test_pasted_blanks_are_trimmed_and_sha256_is_the_default() -> None:
    config = shop(SITE_ID=f" {SHOP} ", KEY=f"{TEST_KEY}\n", ALGORITHM="")
    assert (config.site_id, config.key, config.algorithm) == (SHOP, TEST_KEY, Algorithm.SHA256)


@pytest.mark.parametrize(
    "url", ["https://api.x.example", "https://api.x.example/", "https://api.x.example/api-payment/V4/"]
)
def test_rest_address_with_or_without_its_path(url: str) -> None:
    assert production_shop(REST_URL=url).rest_address("Order/Get") == "https://api.x.example/api-payment/V4/Order/Get"


def test_settings_are_read_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_module, "settings", SimpleNamespace(PAYZEN=VALUES))
    assert payzen_config().mode == "TEST"
    monkeypatch.setattr(config_module, "settings", SimpleNamespace(PAYZEN=IN_PRODUCTION))
    assert payzen_config().mode == "PRODUCTION"
    monkeypatch.setattr(config_module, "settings", SimpleNamespace())
    with pytest.raises(PayzenConfigError):
        payzen_config()


@pytest.mark.parametrize(
    ("previous", "until", "variable"),
    [
        ("", "2026-12-04", "PAYZEN_PREVIOUS_KEY"),
        (TEST_KEY, "2026-12-04", "PAYZEN_PREVIOUS_KEY"),
        ("cle-d-avant", "", "PAYZEN_PREVIOUS_KEY_UNTIL"),
        ("cle-d-avant", "4 décembre", "PAYZEN_PREVIOUS_KEY_UNTIL"),
    ],
)
def test_a_previous_key_needs_its_last_day_and_differs(previous: str, until: str, variable: str) -> None:
    values = {**VALUES, "PREVIOUS_KEY": previous, "PREVIOUS_KEY_UNTIL": until}
    assert [problem.variable for problem in config_problems(values)] == [variable]
    assert config_problems({**VALUES, "PREVIOUS_KEY": "cle-d-avant", "PREVIOUS_KEY_UNTIL": "2026-12-04"}) == []


@pytest.mark.parametrize(
    ("at", "accepted"),
    [
        (datetime(2026, 12, 4, 22, 59, 59, tzinfo=UTC), True),  # 23:59:59 in Paris
        (datetime(2026, 12, 4, 23, 0, tzinfo=UTC), False),
    ],
)
def test_the_previous_key_lasts_until_the_end_of_its_day_in_paris(at: datetime, accepted: bool) -> None:
    config = shop(PREVIOUS_KEY=" cle-d-avant ", PREVIOUS_KEY_UNTIL="2026-12-04")
    assert config.accepts_previous_key(at) is accepted
    assert not shop().accepts_previous_key(at)
    assert "cle-d-avant" not in repr(config)
