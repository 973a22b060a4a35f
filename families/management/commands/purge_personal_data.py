"""Applying the retention periods by hand, or only saying what they would delete."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from castres_portal.base import clock
from families.services.privacy.purging import run_purges


class Command(BaseCommand):
    help = "Efface ce dont la durée de conservation est passée, ou dit seulement ce qui le serait (--dry-run)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="ne rien effacer")

    def handle(self, *args: Any, **options: Any) -> None:
        run = run_purges(at=clock.now(), dry_run=options["dry_run"])
        self.stdout.write(str(run))
        for line in run.lines:
            self.stdout.write(f"  {line['label']} : {'échec' if line['failed'] else line['count']}")
