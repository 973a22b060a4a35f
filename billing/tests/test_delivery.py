"""Invoices on line or by post: what a household chooses, and what the agents print."""

from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from post_office.models import Email

from accounts import roles
from accounts.tests.factories import UserFactory
from billing.models import DeliveryChoice, InvoicePdf, PrintBatch
from billing.queries.delivery import choice_of
from billing.services.delivery import choose_delivery
from billing.services.printing import NothingToPost, ask_batch, make_batches
from billing.tests.factories import NOON, OCTOBER, TariffFactory, book, household, issue
from castres_portal.base.tests.races import at_once
from reservations.tests.factories import ActivityFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def regisseur(client):
    user = UserFactory(agent=True, role=roles.REGISSEURS)
    client.force_login(user)
    return user


def choose(family, online, at=NOON):
    payer = family.guardians.get(pays=True)
    return choose_delivery(family=family, guardian=payer, user=payer.user, online=online, at=at)


def invoiced(*names, **addresses):
    """Make households, each with an address given by name, and invoice October."""
    TariffFactory(activity=ActivityFactory())
    families = []
    for name in names:
        family = household(name)
        family.street = addresses.get(name, family.street)
        family.save()
        book(family)
        families.append(family)
    issue()
    return families


def printed_pages(count):
    """A paper of so many pages, kept as the workers keep them."""
    out = BytesIO()
    with pikepdf.new() as paper:
        for _ in range(count):
            paper.add_blank_page(page_size=(595, 842))
        paper.save(out)
    return out.getvalue()


def make_papers(pages=1):
    for paper in InvoicePdf.objects.all():
        paper.file.name = default_storage.save(paper.file.name, ContentFile(printed_pages(pages)))
        paper.made_at = NOON
        paper.save()


def letters(batch):
    return [row.invoice.payer_name.split()[-1] for row in batch.printed.select_related("invoice").order_by("rank")]


# --- The household chooses --------------------------------------------------------------------------------------------


def test_a_household_joins_on_line_and_leaves_again_with_its_dates(client):
    family = household()
    client.force_login(family.guardians.get(pays=True).user)
    page = reverse("billing:delivery")
    assert "arrivent aujourd’hui par courrier" in client.get(page).content.decode()
    said = client.post(page, {"online": "oui"}, follow=True).content.decode().replace("\u00a0", " ")
    assert "vos prochaines factures arrivent en ligne seulement" in said
    assert "Votre foyer a adhéré le" in said
    client.post(page, {"online": "non"})
    assert [row.online for row in DeliveryChoice.objects.order_by("pk")] == [True, False]
    assert [mail.subject for mail in Email.objects.order_by("pk")] == [
        "Vos factures arrivent en ligne",
        "Vos factures arrivent de nouveau par courrier",
    ]


def test_the_same_choice_twice_is_one_choice_and_one_mail():
    family = household()
    choose(family, True)
    choose(family, True, at=NOON + timedelta(minutes=1))
    assert choice_of(family).chosen_at == NOON
    assert Email.objects.count() == 1


def test_no_choice_made_is_said_in_the_form(client):
    client.force_login(household().guardians.get(pays=True).user)
    assert "Faites un choix." in client.post(reverse("billing:delivery"), {}).content.decode()
    assert not DeliveryChoice.objects.exists()


# --- The agents print the rest ----------------------------------------------------------------------------------------


def test_only_those_who_did_not_choose_on_line_are_printed_in_the_order_of_the_post():
    _, durand, petit, _ = invoiced(
        "Martin",
        "Durand",
        "Petit",
        "Bernard",
        Martin="9 rue Sabatier",
        Petit="3 rue Gambetta",
        Bernard="2 rue Sabatier",
    )
    choose(durand, True)
    choose(petit, True)
    choose(petit, False, at=NOON + timedelta(days=1))
    batch = ask_batch(month=OCTOBER, by=None, at=NOON)
    assert letters(batch) == ["PETIT", "BERNARD", "MARTIN"]


def test_nobody_receives_an_invoice_twice_by_post():
    invoiced("Martin")
    ask_batch(month=OCTOBER, by=None, at=NOON)
    with pytest.raises(NothingToPost, match="Aucune facture d’octobre 2026"):
        ask_batch(month=OCTOBER, by=None, at=NOON)


def test_each_invoice_begins_on_a_sheet_of_its_own():
    invoiced("Martin", "Durand")
    batch = ask_batch(month=OCTOBER, by=None, at=NOON)
    make_papers(pages=3)
    assert make_batches(at=NOON) == 1
    batch.refresh_from_db()
    assert batch.sheets == 4
    with batch.file.open("rb") as file, pikepdf.open(file) as book_of_letters:
        assert len(book_of_letters.pages) == 8


def test_a_batch_waits_for_its_papers_and_is_made_once():
    invoiced("Martin")
    ask_batch(month=OCTOBER, by=None, at=NOON)
    assert make_batches(at=NOON) == 0
    make_papers()
    assert (make_batches(at=NOON), make_batches(at=NOON)) == (1, 0)


def test_a_batch_left_by_a_killed_worker_is_taken_up_a_quarter_of_an_hour_later():
    invoiced("Martin")
    batch = ask_batch(month=OCTOBER, by=None, at=NOON)
    make_papers()
    PrintBatch.objects.filter(pk=batch.pk).update(taken_until=NOON + timedelta(minutes=15))
    assert make_batches(at=NOON + timedelta(minutes=14)) == 0
    assert make_batches(at=NOON + timedelta(minutes=16)) == 1


def test_the_regisseur_prepares_a_batch_and_takes_its_files(client, regisseur):
    invoiced("Martin")
    answer = client.post(reverse("admin:billing_printbatch_prepare"), {"month": "2026-10"}, follow=True)
    assert "1 facture d’octobre 2026" in answer.content.decode()
    batch = PrintBatch.objects.get()
    make_papers()
    make_batches(at=NOON)
    listed = client.get(reverse("admin:billing_printbatch_changelist")).content.decode()
    assert "PDF à imprimer" in listed
    pdf = client.get(reverse("admin:billing_printbatch_pdf", args=[batch.pk]))
    assert b"".join(pdf.streaming_content).startswith(b"%PDF")
    rows = client.get(reverse("admin:billing_printbatch_letters", args=[batch.pk])).content.decode("utf-8-sig")
    assert "MARTIN" in rows.splitlines()[1]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_agents_at_once_print_each_invoice_once():
    invoiced("Martin", "Durand")

    def ask():
        try:
            return ask_batch(month=OCTOBER, by=None, at=NOON).invoices
        except NothingToPost:
            return 0

    assert sorted(at_once(ask, ask)) == [0, 2]
