"""``python -m accounts.franceconnect.simulator --port 8002``: the stand-in on 127.0.0.1, its client read from the environment."""

import argparse
import contextlib
import os
import signal
import sys
from types import FrameType

from .app import Client
from .server import Running


def main() -> int:
    """Run until stopped."""
    parser = argparse.ArgumentParser(prog="python -m accounts.franceconnect.simulator")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    try:
        client = Client(
            client_id=os.environ["SIMULATOR_CLIENT_ID"],
            client_secret=os.environ["SIMULATOR_CLIENT_SECRET"],
            redirect_uri=os.environ["SIMULATOR_REDIRECT_URI"],
            signed_out_uri=os.environ["SIMULATOR_SIGNED_OUT_URI"],
        )
    except KeyError as missing:
        print(f"{missing.args[0]} manque.")
        return 2
    running = Running(client, port=options.port, algorithm=os.environ.get("SIMULATOR_ALGORITHM", "ES256"))

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    print(f"Fournisseur d’identité fictif : {running.url}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        running.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
