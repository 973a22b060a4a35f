"""Check the accounts. The scheduler does it each night."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.models import Discrepancy
from billing.rules.periods import NotAMonth, parse_month
from billing.services.reconciliation import reconcile_accounts
from castres_portal.base import clock

SAID = 50


class Command(BaseCommand):
    """``manage.py reconcile_accounts [--month 2026-10]``: changes nothing of what it checks; fails when something differs."""

    help = "Recompte les factures, les paiements et les messages de la banque, et dit ce qui diffère."

    def add_arguments(self, parser: CommandParser) -> None:
        """One month, or everything."""
        parser.add_argument("--month", help="Un mois (AAAA-MM) au lieu de tout.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, and say in a line what was counted, then each difference."""
        try:
            month = parse_month(options["month"]) if options["month"] else None
        except NotAMonth as error:
            raise CommandError("Le mois s’écrit AAAA-MM, par exemple 2026-10.") from error
        run = reconcile_accounts(at=clock.now(), month=month)
        self.stdout.write(
            f"Factures\u00a0: {run.invoices}, lignes\u00a0: {run.lines}, réservations\u00a0: {run.bookings}, paiements\u00a0: "
            f"{run.payments}, messages de la banque\u00a0: {run.messages}."
        )
        for row in Discrepancy.objects.filter(last_run=run)[:SAID]:
            self.stdout.write(f"{row} Attendu\u00a0: {row.expected}. Trouvé\u00a0: {row.found}.")
        if run.found:
            raise CommandError(
                f"Écarts\u00a0: {run.found}, dont {run.new} nouveaux. Voyez Régie, «\u00a0Contrôle des comptes\u00a0»."
            )
        self.stdout.write("Tout concorde.")
