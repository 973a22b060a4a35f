"""ClamAV: its verdicts, its silences, and the real one when the machine has it."""

import io
import shutil
import subprocess
import threading
import time

import pytest

from documents.antivirus import AntivirusDown, Verdict, is_valid_url, scan
from documents.tests.clamd import THREAT, clamd


def give(content, url, seconds=5.0):
    return scan(io.BytesIO(content), url=url, seconds=seconds)


def test_a_clean_file_arrives_whole_and_is_clean():
    content = bytes(range(256)) * 1000  # several chunks
    with clamd() as (url, received):
        assert give(content, url) == Verdict()
    assert received == [content]


def test_an_infected_file_is_named():
    with clamd() as (url, _):
        assert give(b"..." + THREAT, url) == Verdict("Castres.Essai")


def test_an_empty_file_gets_a_verdict():
    with clamd() as (url, _):
        assert give(b"", url) == Verdict()


@pytest.mark.parametrize(
    "answer",
    [b"", b"\0", b"stream: \0", b"OK\0", b"PONG\0", b"stream: lookup ERROR\0", b"UNKNOWN COMMAND\0", b"\xff" * 9000],
)
def test_what_is_not_a_verdict_leaves_the_file_waiting(answer):
    with clamd(answer=answer) as (url, _), pytest.raises(AntivirusDown):
        give(b"papier", url)


def test_a_file_beyond_clamd_s_own_limit_waits_and_the_reason_is_told():
    with clamd(limit=100_000) as (url, _), pytest.raises(AntivirusDown, match="size limit|Reset|Broken"):
        give(b"x" * 5_000_000, url)


def test_a_slow_clamd_is_not_awaited_for_ever():
    with clamd(mute=True) as (url, _):
        started = time.monotonic()
        with pytest.raises(AntivirusDown):
            give(b"papier", url, seconds=0.3)
    assert time.monotonic() - started < 3


def test_a_clamd_that_hangs_up_or_is_not_there_is_down():
    with clamd(hang_up=True) as (url, _), pytest.raises(AntivirusDown):
        give(b"papier", url)
    with pytest.raises(AntivirusDown):
        give(b"papier", "tcp://127.0.0.1:9")
    with pytest.raises(AntivirusDown):
        give(b"papier", "unix:/nulle/part/clamd.ctl")


@pytest.mark.parametrize(
    "url, valid",
    [
        ("tcp://127.0.0.1:3310", True),
        ("tcp://clamav.interne:3310", True),
        ("unix:/run/clamav/clamd.ctl", True),
        ("tcp://127.0.0.1", False),
        ("tcp://127.0.0.1:port", False),
        ("http://127.0.0.1:3310", False),
        ("127.0.0.1:3310", False),
        ("unix:", False),
    ],
)
def test_which_addresses_can_be_read(url, valid):
    assert is_valid_url(url) is valid


@pytest.mark.timeout(90)
def test_debian_s_clamd_says_the_same(tmp_path):
    """With a signature base of our own: clamd must know our threat and let the rest through."""
    program = shutil.which("clamd") or shutil.which("/usr/sbin/clamd")
    if program is None:
        pytest.skip("clamd n’est pas installé (paquet clamav-daemon)")
    base = tmp_path / "base"
    base.mkdir()
    (base / "castres.ndb").write_text(f"Castres.Essai:0:*:{THREAT.hex()}\n")
    line = tmp_path / "clamd.ctl"
    settings = tmp_path / "clamd.conf"
    settings.write_text(f"LocalSocket {line}\nDatabaseDirectory {base}\nForeground yes\nStreamMaxLength 12M\n")
    process = subprocess.Popen(
        [program, "--config-file", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        ends_at = time.monotonic() + 60
        while not line.exists() and time.monotonic() < ends_at:
            threading.Event().wait(0.1)
        assert give(b"un papier", f"unix:{line}") == Verdict()
        assert give(b"..." + THREAT + b"...", f"unix:{line}").threat.startswith("Castres.Essai")
        with pytest.raises(AntivirusDown):
            give(b"x" * 13_000_000, f"unix:{line}", seconds=20)
    finally:
        process.terminate()
        process.wait(20)
