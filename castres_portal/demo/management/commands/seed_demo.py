"""Filling the demonstration town."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from castres_portal.base import clock
from castres_portal.demo.seed.bank import tell_bank
from castres_portal.demo.seed.money import announce_last_invoices
from castres_portal.demo.seed.progress import Progress
from castres_portal.demo.seed.town import AlreadyFilled, fill_town

DEFAULT_FAMILIES = 300
DEFAULT_SEED = 81


class Command(BaseCommand):
    help = (
        "Remplit une base vide : écoles et calendrier réels de Castres, familles fictives. Mêmes options, même ville."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--families", type=int, default=DEFAULT_FAMILIES, metavar="N", help="nombre de familles")
        parser.add_argument("--today", type=date.fromisoformat, metavar="AAAA-MM-JJ", help="jour vu de la ville")
        parser.add_argument(
            "--months",
            type=int,
            default=0,
            metavar="M",
            help="mois facturés (d’ordinaire douze, deux dans une grande ville)",
        )
        parser.add_argument(
            "--bank", type=Path, metavar="FICHIER", help="ce que la banque de test doit savoir du passé"
        )
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED, metavar="S", help="graine du tirage")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        today = options["today"] or now.date()
        progress = Progress(quiet=options["verbosity"] == 0)
        try:
            fill_town(
                families=options["families"],
                today=today,
                seed=options["seed"],
                progress=progress,
                months=options["months"],
            )
        except AlreadyFilled as refusal:
            raise CommandError(refusal.message) from refusal
        announce_last_invoices(at=now)
        if options["bank"]:
            tell_bank(options["bank"])
        if options["verbosity"]:
            self.stdout.write(f"Ville de démonstration prête au {today:%d/%m/%Y}.")
