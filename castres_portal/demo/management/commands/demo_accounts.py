"""Saying who may sign in to the demonstration."""

from typing import Any

from django.core.management.base import BaseCommand

from castres_portal.demo.accounts import PARENTS, PASSWORD, STAFF, kept_codes


class Command(BaseCommand):
    help = "Affiche les comptes de la démonstration, leur mot de passe et les codes d’activation encore libres."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"  Comptes de démonstration (mot de passe de tous : {PASSWORD})\n\n")
        for account in (*PARENTS, *STAFF):
            self.stdout.write(f"    {account.email:<28} {account.purpose}\n")
        self.stdout.write("\n  Codes d’activation libres (avec une date de naissance d’enfant)\n\n")
        for code in kept_codes():
            self.stdout.write(f"    {code.code}  né(e) le {code.birth_date}  {code.who}\n")
