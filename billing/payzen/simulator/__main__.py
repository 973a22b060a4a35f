"""`python -m billing.payzen.simulator --port 8001 --data DIR`: the fictive bank's process."""

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from . import clock
from .config import UnsafeConfiguration, read_shop


def main() -> int:
    """Serve on the loopback address until SIGINT or SIGTERM; gives the exit code."""
    options = _options()
    try:
        read_shop(os.environ)
        clock.now()
    except UnsafeConfiguration as problem:
        return _give_up(str(problem))
    except ValueError:
        return _give_up("PORTAL_CLOCK n’est pas une date comme 2026-11-19T12:06.")
    Path(options.data).mkdir(parents=True, exist_ok=True)
    os.environ["BANK_DATA"] = str(Path(options.data).resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "billing.payzen.simulator.settings"
    try:
        _serve(options.port)
    except OSError as problem:
        return _give_up(f"le port {options.port} ne peut pas servir ({problem.strerror}).")
    return 0


def _give_up(reason: str) -> int:
    print(f"Banque fictive : {reason}", file=sys.stderr)
    return 2


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m billing.payzen.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8001, help="0 choisit un port libre")
    parser.add_argument("--data", required=True, help="dossier de la base de la banque")
    return parser.parse_args()


def _serve(port: int) -> None:
    import django
    from django.core.management import call_command
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    from .journal import remember
    from .scheduler import Scheduler

    past = Path(os.environ["BANK_DATA"]) / "passe.json"
    if past.exists():
        remember(json.loads(past.read_text(encoding="utf-8")))

    class Handler(WSGIRequestHandler):
        # Headers and body leave in two writes; a browser that keeps its connection would wait 40 ms.
        disable_nagle_algorithm = True

    signal.signal(signal.SIGTERM, _stop)
    server = ThreadedWSGIServer(("127.0.0.1", port), Handler)
    server.set_app(get_wsgi_application())
    scheduler = Scheduler()
    scheduler.start()
    print(f"Banque fictive : http://127.0.0.1:{server.server_port}/", flush=True)
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        pass
    finally:
        scheduler.stop()
        server.server_close()


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main())
