"""Erasing health sheets by hand, or seeing which ones the night would erase."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from castres_portal.base import clock
from families.school_years import school_years
from families.services.health_erasure import erase_unconfirmed_sheets


class Command(BaseCommand):
    help = "Efface les fiches sanitaires qu’aucune famille n’a confirmées pour la nouvelle année scolaire."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="dit ce qui serait effacé, sans rien effacer")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        report = erase_unconfirmed_sheets(years=school_years(), today=at.date(), at=at, dry_run=options["dry_run"])
        if not report.school_year:
            self.stdout.write("Aucune année scolaire n’est terminée depuis assez longtemps : rien à effacer.")
            return
        word = "fiches à effacer" if options["dry_run"] else "fiches effacées"
        self.stdout.write(f"Année {report.school_year}, {word} : {len(report.children)}.")
        if report.children:
            self.stdout.write(f"Enfants n° {', '.join(str(pk) for pk in report.children)}.")
