"""Personal data: an export that is ready, a right exercised and answered, an erasure that waits, a rehearsed purge. Fictional."""

from datetime import date, time, timedelta
from uuid import UUID

from accounts.models import User
from castres_portal.demo.accounts import AGENT, BERNARD, MARTIN, PETIT
from castres_portal.demo.seed.agenda import at_hour
from families.models import DataExport, Guardian
from families.services.privacy.asking import ask_erasure, ask_right
from families.services.privacy.exports import ask_export, make_waiting_exports
from families.services.privacy.purging import run_purges
from families.services.requests import accept_request

SENT = UUID("0b8f2f5e-93f6-4df0-8a52-0a3b6d6c7e01")


def add_privacy(today: date) -> None:
    """Ask, make and answer, in the days before ``today``."""
    agent = User.objects.get(email=AGENT.email)
    petit, bernard = (
        Guardian.objects.select_related("family", "user").get(user__email=account.email) for account in (PETIT, BERNARD)
    )
    asked = ask_right(
        guardian=petit,
        right="rectification",
        body="Mon numéro de téléphone a changé depuis l’été, merci de corriger l’ancien dans mon dossier.",
        submission=SENT,
        at=at_hour(today - timedelta(days=16), time(21, 4)),
    )
    accept_request(
        request=asked,
        by=agent,
        words="Votre numéro est corrigé. Vous pouvez aussi le changer vous-même dans « Situation familiale ».",
        at=at_hour(today - timedelta(days=14), time(10, 15)),
    )
    ask_erasure(
        guardian=bernard,
        body="Je déménage à Toulouse à la fin de l’année scolaire.",
        at=at_hour(today - timedelta(days=3), time(19, 40)),
    )
    run_purges(at=at_hour(today, time(4, 10)), dry_run=True)
    # An archive is a file: one at most, whatever is already there.
    owner = User.objects.get(email=MARTIN.email)
    if not DataExport.objects.filter(user=owner).exists():
        at = at_hour(today - timedelta(days=1), time(18, 22))
        ask_export(user=owner, at=at)
        make_waiting_exports(at=at + timedelta(minutes=1))
