"""`make demo`: its secrets, its ports, and that nothing of it outlives a stop."""

import os
import socket
import stat
import sys

import pytest

from castres_portal.demo import supervisor
from castres_portal.demo.processes import Child, end_all, free_port, is_free, wait_until
from castres_portal.demo.supervisor import CannotStart, Demonstration

PARENT_OF_A_CHILD = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "60"])
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(60)
"""


@pytest.fixture
def demonstration(tmp_path):
    return Demonstration(
        tmp_path, "http://127.0.0.1:8000", *(f"http://127.0.0.1:{port}" for port in (8001, 8002, 8003, 8004))
    )


def is_alive(pid):
    """A process that ended and waits to be reaped does not count."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_secrets_are_drawn_once_and_only_their_owner_reads_them(demonstration, tmp_path):
    drawn = demonstration.secrets()
    assert demonstration.secrets() == drawn
    assert stat.S_IMODE((tmp_path / "demo.env").stat().st_mode) == 0o600
    assert len(set(drawn.values())) == len(drawn)


def test_another_installation_s_variables_do_not_reach_the_demonstration(demonstration, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://la-vraie-base/portail")
    monkeypatch.setenv("MAIL_HOST", "smtp.example.org")
    environment = demonstration.make_environment()
    assert "DATABASE_URL" not in environment
    assert "MAIL_HOST" not in environment
    assert environment["PORTAL_ENV"] == "demo"


def test_the_bank_is_not_given_the_portal_s_secrets(demonstration):
    demonstration.environment = demonstration.make_environment()
    bank = demonstration.bank_environment()
    assert bank["BANK_KEY"] == demonstration.environment["PAYZEN_KEY"]
    assert not {"SECRET_KEY", "CODE_KEY", "PAYZEN_KEY", "DATA_DIR", "FRANCECONNECT_CLIENT_SECRET"} & bank.keys()
    identity = demonstration.identity_environment()
    assert identity["SIMULATOR_CLIENT_SECRET"] == demonstration.environment["FRANCECONNECT_CLIENT_SECRET"]
    assert not {"SECRET_KEY", "CODE_KEY", "PAYZEN_KEY", "DATA_DIR", "BANK_KEY"} & identity.keys()
    caf = demonstration.quotient_environment()
    assert caf["SIMULATOR_TOKEN"] == demonstration.environment["API_PARTICULIER_TOKEN"]
    assert not {"SECRET_KEY", "CODE_KEY", "PAYZEN_KEY", "DATA_DIR", "API_PARTICULIER_TOKEN"} & caf.keys()
    payfip = demonstration.payfip_environment()
    assert payfip["SIMULATOR_NUMCLI"] == demonstration.environment["PAYFIP_NUMCLI"]
    assert not {"SECRET_KEY", "CODE_KEY", "PAYZEN_KEY", "DATA_DIR", "BANK_KEY"} & payfip.keys()


def test_a_demonstration_begun_before_franceconnect_draws_what_it_lacks(demonstration, tmp_path):
    (tmp_path / "demo.env").write_text("SECRET_KEY=ancienne\nCODE_KEY=aussi\n")
    drawn = demonstration.secrets()
    assert (drawn["SECRET_KEY"], drawn["CODE_KEY"]) == ("ancienne", "aussi")
    assert drawn["FRANCECONNECT_CLIENT_SECRET"] == demonstration.secrets()["FRANCECONNECT_CLIENT_SECRET"]
    (tmp_path / "demo-addresses").write_text("http://127.0.0.1:8000 http://127.0.0.1:8001\n")
    assert "FRANCECONNECT_CLIENT_ID" not in Demonstration(tmp_path, "http://a", "http://b").make_environment()


def test_a_reset_removes_the_demonstration_and_nothing_else(demonstration, tmp_path):
    demonstration.secrets()
    (tmp_path / "courriels").mkdir()
    (tmp_path / "portal.sqlite3-wal").touch()
    (tmp_path / "notes.txt").touch()
    demonstration.wipe()
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_set_date_is_the_same_for_every_program():
    assert supervisor.anchored("2026-11-19T12:06").startswith("2026-11-19T12:06@")
    for text in ("2026-11-19T12:06@1795000000", "file:/chemin"):
        assert supervisor.anchored(text) == text


@pytest.mark.parametrize("port", ["abc", "0", "70000"])
def test_a_wrong_port_is_refused_in_french(monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(CannotStart, match="un nombre de 1 à 65535"):
        supervisor.chosen_port()


def test_a_port_already_taken_is_said_with_another_one(monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(CannotStart, match="est déjà pris"):
            supervisor.chosen_port()
        assert free_port(port) != port
    assert is_free(port)


def test_two_demonstrations_do_not_share_a_folder(tmp_path):
    with supervisor.only_one(tmp_path), pytest.raises(CannotStart, match="tourne déjà"), supervisor.only_one(tmp_path):
        pass
    with supervisor.only_one(tmp_path):
        pass


def test_the_demonstration_stops_when_its_folder_is_removed(demonstration):
    with pytest.raises(CannotStart, match="a été supprimé"):
        demonstration.watch([])


def test_a_program_that_will_not_stop_is_ended_with_its_own_children(tmp_path):
    note = tmp_path / "pid"
    child = Child(
        "têtu", [sys.executable, "-c", PARENT_OF_A_CHILD, str(note)], log=tmp_path / "log", env=dict(os.environ)
    )
    child.start()
    try:
        assert wait_until(lambda: note.exists() and note.read_text() != "", 10)
        grandchild = int(note.read_text())
        assert is_alive(grandchild)
    finally:
        end_all([child], grace=0.2)
    assert not child.is_running()
    assert wait_until(lambda: not is_alive(grandchild), 5)
