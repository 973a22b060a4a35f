"""Preview the invoices of a month, for an agent to validate: ``manage.py issue_invoices 2026-10`` (the last one without a month).

``--issue`` issues them without waiting for anybody.
"""

import logging
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from billing.models import BillingChunk, BillingRun
from billing.queries.previews import preview_of
from billing.queries.runs import Progress, progress_of
from billing.rules.periods import NotAMonth, parse_month, previous_month
from billing.services import papers, runs
from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from castres_portal.base.french import euros, month_name, of_month

log = logging.getLogger(__name__)
Waiting = Callable[[BillingRun], list[int]]
Work = Callable[..., BillingChunk | None]
PATIENCE_SECONDS = 0.5
MOST_TRIES = 3


class Command(BaseCommand):
    """Starts or joins the run of a month, wakes the workers, and works beside them until it is previewed, or issued."""

    help = (
        "Prépare l’aperçu des factures d’un mois (AAAA-MM ; le mois dernier si rien n’est dit), ou les émet. Peut être relancée "
        "sans risque."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read which month, and who works."""
        parser.add_argument("month", nargs="?", help="AAAA-MM")
        parser.add_argument("--issue", action="store_true", help="émettre sans attendre qu’un agent valide l’aperçu")
        parser.add_argument(
            "--now-only", action="store_true", help="tout faire ici, PDF compris, sans réveiller les ouvriers Celery"
        )

    def handle(self, *args: Any, month: str | None, issue: bool, now_only: bool, **options: Any) -> None:
        """Preview or invoice the month and say what was done."""
        start = runs.start_run if issue else runs.start_preview
        try:
            day = parse_month(month) if month else previous_month(clock.today())
            run = start(month=day, by=None, at=clock.now(), wake_workers=not now_only)
        except NotAMonth as wrong:
            raise CommandError(f"« {wrong} » n’est pas un mois : écrivez AAAA-MM, par exemple 2026-10.") from wrong
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        if not issue:
            self._preview(run)
            return
        self._work(run, runs.waiting_chunks, runs.run_chunk)
        if now_only:
            while papers.make_waiting_papers(at=clock.now()):
                pass
        self._report(run, progress_of(run))

    def _preview(self, run: BillingRun) -> None:
        month = of_month(run.month)
        if not run.households:
            self.stdout.write(f"Facturation {month} : rien de nouveau à facturer.")
            return
        if run.is_preview:
            self._work(run, runs.waiting_previews, runs.preview_chunk)
            preview = preview_of(run)
            self.stdout.write(
                f"Aperçu {month} : factures à émettre {preview.invoices}, montant {euros(preview.total)}, foyers retenus "
                f"{preview.held_back}. Un agent le valide dans l’administration (ou --issue l’émet)."
            )
        else:
            self.stdout.write(f"Facturation {month} : déjà validée, elle s’émet.")

    def _work(self, run: BillingRun, waiting: Waiting, work: Work) -> None:
        """Take chunk after chunk, wait for those that others have in hand, leave one that fails again and again."""
        failures: Counter[int] = Counter()
        with tqdm(total=run.chunks.count(), unit=" lots", desc=month_name(run.month), disable=None) as bar:
            while todo := [pk for pk in waiting(run) if failures[pk] < MOST_TRIES]:
                if not any(self._did(work, chunk_id, failures) for chunk_id in todo):
                    time.sleep(PATIENCE_SECONDS)
                bar.update(bar.total - len(waiting(run)) - bar.n)
        if failures and waiting(run):
            raise CommandError("Des lots ont échoué (voir le journal). Relancez la commande : elle fera ce qui manque.")

    def _did(self, work: Work, chunk_id: int, failures: "Counter[int]") -> bool:
        try:
            return work(chunk_id, at=clock.now()) is not None
        except Exception:  # one chunk that fails must not keep the others from their invoices
            log.exception("Le lot de facturation %s a échoué", chunk_id)
            failures[chunk_id] += 1
            return False

    def _report(self, run: BillingRun, progress: Progress) -> None:
        month = of_month(run.month)
        if not progress.households:
            self.stdout.write(f"Facturation {month} : rien de nouveau à facturer.")
            return
        self.stdout.write(
            f"Facturation {month} : foyers examinés {progress.examined}, factures {progress.invoices}, "
            f"montant {euros(progress.amount)}."
        )
        if progress.held_back:
            self.stdout.write(
                self.style.WARNING(
                    f"Foyers retenus : {progress.held_back}. Voir les anomalies dans l’administration, corriger, relancer."
                )
            )
