"""Changing the key of the encrypted fields."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from castres_portal.base.encrypted import encrypted_columns
from castres_portal.base.rotation import first_ids, rotate_column


class Command(BaseCommand):
    help = (
        "Réécrit les données chiffrées avec la première clé de FIELD_KEYS. S’arrête et se relance sans risque ; à la fin, "
        "l’ancienne clé peut être retirée."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=500, metavar="N", help="lignes par transaction")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"] < 1:
            raise CommandError("--batch doit être au moins 1.")
        lost = 0
        for model, column in encrypted_columns():
            result = rotate_column(model, column, batch=options["batch"])
            self.stdout.write(f"{result.column} : {result.rotated} réécrites sur {result.seen}.")
            if result.lost:
                lost += len(result.lost)
                ids = ", ".join(str(pk) for pk in first_ids(result.lost))
                self.stderr.write(f"{result.column} : aucune clé n’ouvre {len(result.lost)} lignes (n° {ids}).")
        if lost:
            raise CommandError(
                f"{lost} valeurs ne s’ouvrent avec aucune clé : gardez les anciennes clés dans FIELD_KEYS."
            )
