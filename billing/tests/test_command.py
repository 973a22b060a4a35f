"""``manage.py issue_invoices``, as cron and an agent run it."""

import time
from io import StringIO
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command

from billing.management.commands import issue_invoices
from billing.models import BillingRun, Invoice, InvoicePdf
from billing.services.runs import chunks, starting
from billing.tests.factories import TariffFactory, book, household, households_at_the_canteen

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_eighth_at_six(settings):
    settings.PORTAL_CLOCK = f"2026-11-08T06:00@{time.time()}"
    TariffFactory()


def run_command(*arguments):
    said = StringIO()
    call_command("issue_invoices", "--issue", *arguments, stdout=said)
    return said.getvalue()


def test_without_issue_it_only_previews_for_an_agent():
    households_at_the_canteen(3)
    said = StringIO()
    call_command("issue_invoices", "--now-only", stdout=said)

    assert said.getvalue() == (
        "Aperçu d’octobre 2026 : factures à émettre 3, montant 36,00\u00a0€, foyers retenus 0. Un agent le valide dans "
        "l’administration (ou --issue l’émet).\n"
    )
    assert not Invoice.objects.exists()
    assert "factures 3" in run_command()


def test_without_a_month_it_invoices_the_last_one_and_says_what_it_did():
    households_at_the_canteen(3)

    said = run_command()

    assert said == "Facturation d’octobre 2026 : foyers examinés 3, factures 3, montant 36,00\u00a0€.\n"
    assert Invoice.objects.count() == 3


def test_run_again_it_has_nothing_to_do():
    households_at_the_canteen(1)
    run_command("2026-10")

    assert run_command("2026-10") == "Facturation d’octobre 2026 : rien de nouveau à facturer.\n"


def test_it_says_how_many_it_held_back():
    book(household(pays=False))

    assert "Foyers retenus : 1." in run_command("2026-10")


@pytest.mark.parametrize(
    "month, words",
    [("2026-11", "Le mois de novembre 2026 n’est pas terminé"), ("octobre", "« octobre » n’est pas un mois")],
)
def test_it_refuses_in_french(month, words):
    with pytest.raises(CommandError, match=words):
        run_command(month)

    assert not BillingRun.objects.exists()


def test_it_works_without_a_broker(django_capture_on_commit_callbacks):
    households_at_the_canteen(2)

    no_broker = patch("celery.app.task.Task.apply_async", side_effect=OSError("personne"))
    with no_broker, django_capture_on_commit_callbacks(execute=True):
        run_command()

    assert Invoice.objects.count() == 2


def test_now_only_wakes_nobody_and_makes_the_papers_too():
    households_at_the_canteen(2)

    with patch("billing.tasks.run_chunk.apply_async") as sent:
        run_command("--now-only")

    assert not sent.called
    assert InvoicePdf.objects.filter(made_at=None).count() == 0


def test_a_chunk_that_fails_again_and_again_is_said_and_the_others_are_done(monkeypatch):
    monkeypatch.setattr(starting, "CHUNK_HOUSEHOLDS", 1)
    monkeypatch.setattr(issue_invoices, "PATIENCE_SECONDS", 0)
    families = households_at_the_canteen(3)
    real = chunks.households_of

    def households(chunk):
        if chunk.first_family == families[1].pk:
            raise ZeroDivisionError
        return real(chunk)

    with patch.object(chunks, "households_of", households), pytest.raises(CommandError, match="Des lots ont échoué"):
        run_command()

    assert Invoice.objects.count() == 2
    run_command()
    assert Invoice.objects.count() == 3
