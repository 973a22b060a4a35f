"""``make bench``: fill a town in PostgreSQL, measure, print the table. Run by tools/bench, inside tools/with-services."""

import argparse
import os
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import django

SUBJECTS = (
    *("web", "reservations", "closures", "billing", "notifications"),
    *("board", "kitchen", "filling", "rush", "mutants"),
)


def _prepare(folder: Path) -> None:
    os.environ |= {
        "PORTAL_ENV": "demo",
        "DJANGO_SETTINGS_MODULE": "castres_portal.settings",
        "DATA_DIR": str(folder),
        "SECRET_KEY": "b" * 60,
        "CODE_KEY": "c" * 60,
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
        "PAYZEN_SITE_ID": "12345678",
        "PAYZEN_KEY": "demonstration-bench",
        "LOG_LEVEL": "WARNING",
    }
    django.setup()


def _fill(families: int) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("seed_demo", families=families, verbosity=0)


def main() -> int:
    """Measure everything; the exit status is 0 whatever the figures (a bench informs, it does not judge)."""
    chosen = _chosen()
    with tempfile.TemporaryDirectory(prefix="castres-bench-") as name:
        folder = Path(name)
        _prepare(folder)
        from castres_portal.bench.table import show

        print("La ville de 300 familles se remplit…", file=sys.stderr)
        _fill(300)
        rows = []
        for subject in chosen:
            rows += import_module(f"castres_portal.bench.{subject}").measure(folder)
        print()
        print(f"PostgreSQL, 2 processus web, {os.cpu_count()} cœurs, Python {sys.version.split()[0]}, {_commit()}")
        print(show(rows))
    return 0


def _chosen() -> list[str]:
    parser = argparse.ArgumentParser(prog="tools/bench", description="Mesure le portail et compare aux objectifs.")
    parser.add_argument(
        "sujets", nargs="*", metavar="SUJET", help=f"seulement : {', '.join(SUBJECTS)} (tous par défaut)"
    )
    wanted = parser.parse_args().sujets
    if unknown := [name for name in wanted if name not in SUBJECTS]:
        parser.error(f"sujet inconnu : {', '.join(unknown)} (choix : {', '.join(SUBJECTS)})")
    return wanted or list(SUBJECTS)


def _commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return f"révision {done.stdout.strip()}" if done.returncode == 0 else "révision inconnue"


if __name__ == "__main__":
    sys.exit(main())
