import subprocess

import pytest

from billing.payzen.simulator.config import UnsafeConfiguration, read_shop

from .bank import PROJECT, bank_command, bank_environment

SOUND = {
    "PORTAL_ENV": "demo",
    "BANK_SITE_ID": "12345678",
    "BANK_KEY": " clé-de-démonstration ",
    "BANK_REST_PASSWORD": "testpassword_demonstration",
}


def test_a_demonstration_is_accepted_and_blanks_around_the_key_are_dropped():
    shop = read_shop(SOUND)
    assert (shop.key, shop.algorithm) == ("clé-de-démonstration", "sha256")


@pytest.mark.parametrize(
    "changes",
    [
        {"PORTAL_ENV": "production"},
        {"PORTAL_ENV": ""},
        {"BANK_REST_PASSWORD": "prodpassword_x"},
        {"BANK_REST_PASSWORD": "autre"},
        {"PAYZEN_REST_PASSWORD": "prodpassword_x"},
        {"PAYZEN_MODE": "PRODUCTION"},
        {"BANK_MODE": "production"},
        {"BANK_SITE_ID": "1234"},
        {"BANK_KEY": "  "},
        {"BANK_ALGORITHM": "md5"},
    ],
    ids=str,
)
def test_anything_that_smells_of_production_is_refused(changes):
    with pytest.raises(UnsafeConfiguration):
        read_shop({**SOUND, **changes})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"PORTAL_ENV": "production"}, "PORTAL_ENV=demo"), ({"PORTAL_CLOCK": "19/11/2026"}, "PORTAL_CLOCK")],
    ids=str,
)
def test_the_process_gives_up_in_one_sentence(tmp_path, changes, reason):
    environment = bank_environment(tmp_path / "clock") | changes
    run = subprocess.run(
        bank_command(tmp_path / "data"), env=environment, cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert reason in run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert not (tmp_path / "data").exists()
