"""Deleting the files of papers that are past their time."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from castres_portal.base import clock
from documents.services.purging import Preview, Tally, preview_purge, purge


class Command(BaseCommand):
    help = (
        "Supprime les fichiers des pièces dont la durée de conservation est passée ; --dry-run dit seulement lesquels."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="ne supprime rien, dit ce qui le serait")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        if options["dry_run"]:
            self._tell(preview_purge(at=at), "à supprimer")
            return
        report = purge(at=at)
        lines = report.lines.select_related("kind")
        kinds = {line.kind: Tally(line.erased, line.erased_bytes, line.kept) for line in lines}
        self._tell(Preview(kinds, report.orphans, report.orphan_bytes), "supprimées")

    def _tell(self, found: Preview, word: str) -> None:
        for kind, tally in found.kinds.items():
            self.stdout.write(
                f"{kind} : {tally.erased} {word} ({tally.erased_bytes} octets), "
                f"{tally.kept} gardées pour une demande ouverte."
            )
        self.stdout.write(f"Fichiers sans ligne : {found.orphans} ({found.orphan_bytes} octets).")
        if not found.kinds and not found.orphans:
            self.stdout.write("Rien n’est passé de sa durée.")
