"""The month's end under measure: invoices per second, papers per second, preview, memory, from 300 families to 20,000 invoices.

Each town is measured in processes of its own, so that the peak memory is its own. Chunks are shared by two processes, as the
two of the worker share them.
"""

import json
import os
import resource
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit

from castres_portal.bench.table import Row

SIZES = (300, 2800, 22_400)  # families; nine in ten of them have an invoice
PAPERS = 100
WORKERS = 2
FEW = "deux lots seulement : l’ouverture des connexions et le premier rendu comptent"
CLOCK = "temps d’horloge : PostgreSQL et le portail se partagent les deux cœurs"
PAPER = "presque tout le temps est celui de WeasyPrint : il dépend de la machine"


def measure(folder: Path) -> list[Row]:
    """Preview and issue a month of 300 families, of about 2,500 invoices and of about 20,000, and return the figures."""
    small, town, city = (_in_process(folder, size) for size in SIZES)
    slope = (city["run"] / city["invoices"]) / (town["run"] / town["invoices"])
    return [
        Row(f"facturation de {SIZES[0]} familles : durée", small["run"], 1, "s", note=_lines(small)),
        Row(
            f"facturation de {SIZES[0]} familles : factures par seconde, sans PDF",
            small["rate"],
            500,
            at_least=True,
            note=FEW,
        ),
        Row(
            "facturation de la ville, sans PDF (2 500 factures)", town["run"], 5, "s", note=f"{_lines(town)} ; {CLOCK}"
        ),
        Row("aperçu de la même facturation", town["preview"], 5, "s", note=CLOCK),
        Row("facturation de 20 000 factures, sans PDF", city["run"], None, "s", note=_lines(city)),
        Row("temps par facture, 20 000 sur 2 500", slope, 1.3, note="linéaire si proche de 1"),
        Row(f"PDF balisés par seconde et par cœur ({PAPERS} factures)", small["papers"], 25, at_least=True, note=PAPER),
        Row("mémoire au plus haut, 2 500 factures", town["memory"], 250, "Mo"),
        Row("mémoire au plus haut, 20 000 factures", city["memory"], 250, "Mo"),
        Row("mémoire, rapport entre les deux", city["memory"] / town["memory"], 1.2, note="constante si proche de 1"),
    ]


def _lines(figures: dict[str, float]) -> str:
    return f"{figures['invoices']:.0f} factures, {figures['lines']:.0f} lignes"


def _in_process(folder: Path, families: int) -> dict[str, float]:
    """Fill a database of its own with so many families and measure in two further processes."""
    import psycopg2

    server = urlsplit(os.environ["DATABASE_URL"])
    name = f"bench_{families}"
    connection = psycopg2.connect(server.geturl())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    data = folder / name
    data.mkdir()
    environment = {**os.environ, "DATABASE_URL": server._replace(path=f"/{name}").geturl(), "DATA_DIR": str(data)}
    print(f"La ville de {families} familles se remplit…", file=sys.stderr)
    figures: dict[str, float] = {}
    for step in ("fill", "run", "papers"):
        if step == "papers" and families != SIZES[0]:
            continue
        done = subprocess.run(
            [sys.executable, "-m", "castres_portal.bench.billing", step, str(families)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        figures |= json.loads(done.stdout.splitlines()[-1])
    return figures


def _fill(families: int) -> dict[str, float]:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("seed_demo", families=families, verbosity=0, stdout=sys.stderr)
    return {}


def _month_to_invoice() -> date:
    """The month that holds most bookings not yet invoiced, as if it had just ended."""
    from django.db.models import Count
    from django.db.models.functions import TruncMonth

    from reservations.models import Booking

    months = (
        Booking.objects.filter(status=Booking.Status.ACTIVE, invoice_line=None)
        .annotate(month=TruncMonth("day"))
        .values("month")
        .annotate(count=Count("pk"))
        .order_by("-count")
    )
    return months[0]["month"]


def _run() -> dict[str, float]:
    from billing.models import Invoice, InvoiceLine
    from billing.services import runs
    from castres_portal.base.clock import midnight

    month = _month_to_invoice()
    at = midnight(month + timedelta(days=40))
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn"), initializer=_set_up) as workers:
        list(workers.map(_nothing, range(WORKERS)))  # both are up, as a worker is
        started = time.perf_counter()
        run = runs.start_preview(month=month, by=None, at=at, wake_workers=False)
        list(workers.map(_preview, [(chunk, at) for chunk in runs.waiting_previews(run)]))
        previewed = time.perf_counter()
        run = runs.start_run(month=month, by=None, at=at, wake_workers=False)
        list(workers.map(_issue, [(chunk, at) for chunk in runs.waiting_chunks(run)]))
        spent = time.perf_counter() - previewed
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024  # of the larger of the two
    invoices = Invoice.objects.filter(run=run).count()
    lines = InvoiceLine.objects.filter(invoice__run=run).count()
    return {
        "preview": previewed - started,
        "run": spent,
        "rate": invoices / spent,
        "invoices": invoices,
        "lines": lines,
        "memory": memory,
    }


def _set_up() -> None:
    import django

    django.setup()


def _nothing(number: int) -> int:
    from billing.models import BillingRun

    return BillingRun.objects.count()


def _preview(work: tuple[int, datetime]) -> None:
    from billing.services import runs

    runs.preview_chunk(work[0], at=work[1])


def _issue(work: tuple[int, datetime]) -> None:
    from billing.services import runs

    runs.run_chunk(work[0], at=work[1])


def _papers() -> dict[str, float]:
    from billing.models import Invoice
    from billing.pdfs import invoice_pdf
    from billing.services.papers import invoices_to_print

    newest = Invoice.objects.order_by("-pk").values_list("pk", flat=True)[: PAPERS + 1]
    invoices = list(invoices_to_print(list(newest)).values())
    invoice_pdf(invoices.pop())  # fonts are read once
    started = time.process_time()
    for invoice in invoices:
        invoice_pdf(invoice)
    return {"papers": len(invoices) / (time.process_time() - started)}


if __name__ == "__main__":
    _set_up()
    step, families = sys.argv[1], int(sys.argv[2])
    result = {"fill": lambda: _fill(families), "run": _run, "papers": _papers}[step]()
    print(json.dumps(result))
