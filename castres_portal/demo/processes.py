"""Child processes that never outlive us: used by the demonstration, the browser tests and the throw-away services.

Each child leads a session of its own: Ctrl-C reaches it only through us, in the order that we choose, and its own children
can be ended with it. The kernel ends it should we be killed without a word.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1


def free_port(preferred: int | None = None) -> int:
    """Return a TCP port free on 127.0.0.1: the preferred one if it is."""
    if preferred is not None and is_free(preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Say whether a server may listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def answers(url: str, timeout: float = 2.0) -> bool:
    """Say whether a page answers 200, without following the machine's proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.1) -> bool:
    """Wait until the condition holds; return False if it does not within the given seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def last_lines(log: Path | None, count: int = 15) -> str:
    """Return the end of a log, or an empty text."""
    with contextlib.suppress(OSError):
        if log is None:
            return ""
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])
    return ""


class Child:
    """One program, its log, and its end."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path | None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self.env = env
        self.cwd = cwd
        self.user = user
        self.stop_signal = stop_signal
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the program; its output goes to the log, or where ours goes when there is none."""
        parent = os.getpid()
        ending = self.stop_signal

        def tie_to_parent() -> None:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell that put us in the background had it ignored
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(ending))
            if os.getppid() != parent:
                os._exit(1)

        groups = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        with self.log.open("ab") if self.log else contextlib.nullcontext() as output:
            self.process = subprocess.Popen(  # type: ignore[call-overload]
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if self.log else None,
                env=self.env,
                cwd=self.cwd,
                start_new_session=True,
                preexec_fn=tie_to_parent,
                **groups,
            )

    def is_running(self) -> bool:
        """Say whether the program runs."""
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Ask the program, and it alone, to stop: it ends its own children as it likes best."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def end(self, grace: float = 5.0) -> None:
        """Stop the program and whatever it left, by force after `grace` seconds."""
        if self.process is None:
            return
        self.ask_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=max(grace, 0))
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def end_all(children: Sequence[Child], grace: float = 5.0) -> None:
    """Ask every child to stop at once, then wait for all of them, `grace` seconds in all."""
    end = time.monotonic() + grace
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.end(end - time.monotonic())
