"""A look-alike of clamd on a free port: it reads INSTREAM as clamd does, and answers what the test tells it."""

import socket
import struct
import threading
from contextlib import contextmanager

THREAT = b"DEMONSTRATION-CASTRES-FICHIER-MALVEILLANT"


def _read(line, size):
    data = b""
    while len(data) < size:
        part = line.recv(size - len(data))
        if not part:
            raise ConnectionError
        data += part
    return data


def _stream(line, limit):
    """Return what was sent, or None when it is beyond the limit."""
    content = b""
    while size := struct.unpack("!I", _read(line, 4))[0]:
        content += _read(line, size)
        if limit is not None and len(content) > limit:
            return None
    return content


@contextmanager
def clamd(answer=None, limit=None, mute=False, hang_up=False):
    """Serve; yield its address and what it received. ``answer`` replaces the verdict, ``mute`` never gives one."""
    server = socket.create_server(("127.0.0.1", 0))
    received, over = [], threading.Event()

    def serve():
        while not over.is_set():
            try:
                line, _ = server.accept()
            except OSError:
                return
            with line:
                try:
                    if hang_up:
                        continue
                    assert _read(line, 10) == b"zINSTREAM\0"
                    content = _stream(line, limit)
                    if content is None:
                        line.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                        continue
                    received.append(content)
                    if mute:
                        over.wait(10)
                        continue
                    verdict = b"stream: Castres.Essai FOUND\0" if THREAT in content else b"stream: OK\0"
                    line.sendall(answer if answer is not None else verdict)
                except (ConnectionError, OSError):
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}", received
    finally:
        over.set()
        # Closing a socket does not wake the thread that accepts on it; shutting it down does.
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)
