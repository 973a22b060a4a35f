"""ClamAV over its own protocol (INSTREAM of clamd): the file goes in chunks over a socket, one line comes back.

``CLAMAV_URL`` is ``tcp://host:port`` or ``unix:/path/of/clamd.ctl``. Written by hand: the Python clients are under the GPL.
"""

import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

CHUNK_BYTES = 64 * 1024
LONGEST_ANSWER = 4096


class Readable(Protocol):
    """Anything that gives its bytes piece by piece."""

    def read(self, size: int = ..., /) -> bytes:
        """Return the next bytes, empty at the end."""


class AntivirusDown(Exception):
    """The antivirus does not answer, or not as an antivirus does: the file waits and is tried again."""


@dataclass(frozen=True)
class Verdict:
    """What the antivirus said; ``threat`` names what it found, empty for a clean file."""

    threat: str = ""


def is_valid_url(url: str) -> bool:
    """Say whether an address of clamd can be read."""
    try:
        parts = urlsplit(url)
        return (
            bool(parts.path)
            if parts.scheme == "unix"
            else parts.scheme == "tcp" and bool(parts.hostname and parts.port)
        )
    except ValueError:
        return False


def scan(file: Readable, *, url: str, seconds: float) -> Verdict:
    """Give a file to clamd and return its verdict, all of it within some seconds; raises AntivirusDown."""
    ends_at = time.monotonic() + seconds
    try:
        with _connect(url, seconds) as line:
            with suppress(BrokenPipeError, ConnectionResetError):  # it stopped reading, and may have said why
                _send(line, file, ends_at)
            return _verdict(_read(line, ends_at))
    except OSError as error:  # time-outs included
        raise AntivirusDown(f"{type(error).__name__}: {error}") from error


def _connect(url: str, seconds: float) -> socket.socket:
    parts = urlsplit(url)
    if parts.scheme == "tcp":
        return socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=seconds)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(seconds)
    try:
        line.connect(parts.path)
    except OSError:
        line.close()
        raise
    return line


def _send(line: socket.socket, file: Readable, ends_at: float) -> None:
    line.sendall(b"zINSTREAM\0")
    while chunk := file.read(CHUNK_BYTES):
        _patience(line, ends_at)
        line.sendall(struct.pack("!I", len(chunk)) + chunk)
    line.sendall(struct.pack("!I", 0))


def _read(line: socket.socket, ends_at: float) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
        _patience(line, ends_at)
        part = line.recv(LONGEST_ANSWER)
        if not part:
            break
        answer += part
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _patience(line: socket.socket, ends_at: float) -> None:
    left = ends_at - time.monotonic()
    if left <= 0:
        raise TimeoutError("l’antivirus est trop lent")
    line.settimeout(left)


def _verdict(answer: str) -> Verdict:
    """Read ``stream: OK`` or ``stream: Name FOUND``; anything else (size limit, error, garbage) is not a verdict."""
    said = answer.removeprefix("stream: ")
    if said == "OK" and answer != said:
        return Verdict()
    if said.endswith(" FOUND") and answer != said:
        return Verdict(said.removesuffix(" FOUND")[:120] or "inconnue")
    raise AntivirusDown(f"réponse inattendue : {answer[:200]!r}")
