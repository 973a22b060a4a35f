"""Ask PayZen about the payments that have no final answer. The scheduler does it every five minutes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.payzen.config import PayzenConfigError
from billing.services import payments
from castres_portal.base import clock


class Command(BaseCommand):
    """``manage.py reconcile_payments``: safe to run by hand, and while another one runs."""

    help = "Demande à PayZen ce que sont devenus les paiements restés sans réponse."

    def handle(self, *args: Any, **options: Any) -> None:
        """Apply what was left behind, ask, and say in one line what happened."""
        payments.apply_stored_messages(at=clock.now())
        try:
            report = payments.reconcile(clock.now)
        except PayzenConfigError as error:
            raise CommandError(str(error)) from error
        text = f"Tentatives interrogées : {report.asked}, réponses : {report.answered}, échecs : {report.failed}."
        self.stdout.write(text)
        if report.stopped or (report.failed and not report.answered):
            raise CommandError("La banque ne répond pas, ou l’accès REST n’est pas configuré (voir le journal).")
