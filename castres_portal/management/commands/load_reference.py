"""Loading what a new installation starts from: schools, school years, and the kinds of paper to be validated."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from documents.reference import fill_document_kinds
from families.reference import fill_schools
from reservations.models import SchoolYear
from reservations.reference import fill_school_years


class Command(BaseCommand):
    help = (
        "Charge les 22 écoles publiques, le calendrier scolaire de la zone C et des types de pièce d’exemple. "
        "Ce qui existe déjà ne change pas."
    )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        before = SchoolYear.objects.count()
        schools = fill_schools()
        fill_school_years()
        years = SchoolYear.objects.count() - before
        kinds = fill_document_kinds()
        self.stdout.write(
            f"Écoles ajoutées : {schools} ; années scolaires ajoutées : {years} ; types de pièce ajoutés : {kinds}."
        )
