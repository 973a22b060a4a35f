"""Loading what is true of Castres whoever its families are: its schools and its school years."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from families.reference import fill_schools
from reservations.models import SchoolYear
from reservations.reference import fill_school_years


class Command(BaseCommand):
    help = (
        "Charge les 22 écoles publiques et le calendrier scolaire de la zone C ; ne change rien à ce qui existe déjà."
    )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        before = SchoolYear.objects.count()
        schools = fill_schools()
        fill_school_years()
        years = SchoolYear.objects.count() - before
        self.stdout.write(f"Écoles ajoutées : {schools} ; années scolaires ajoutées : {years}.")
