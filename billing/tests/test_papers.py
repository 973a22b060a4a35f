"""The paper of an invoice and the mail that announces it: each made once, whoever makes it."""

import subprocess
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from unittest.mock import patch

import pikepdf
import pytest
import zxingcpp
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags
from PIL import Image
from post_office.models import Email

from accounts.tests.factories import UserFactory
from billing import pdfs
from billing.models import InvoicePdf
from billing.services import corrections, papers
from billing.tests.factories import (
    ISSUED_AT,
    WEEK,
    TariffFactory,
    book,
    household,
    households_at_the_canteen,
    invoice_of,
    issue,
    pay,
)
from castres_portal.base.clock import PARIS
from families.tests.factories import GuardianFactory

pytestmark = pytest.mark.django_db
LATER = ISSUED_AT + timedelta(minutes=1)
DPI = 100


@pytest.fixture(autouse=True)
def _tariff():
    TariffFactory()


@pytest.fixture
def invoice():
    family = household()
    book(family, "Léa", WEEK)
    book(family, "Tom", WEEK[:2])
    return invoice_of(family)


def read(pdf, *command):
    return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()


def credit(invoice, per_line, *, at):
    """Give back so much of the first line, as the régie decides it."""
    agent = UserFactory(agent=True)
    line = invoice.lines.first()
    note = corrections.propose_price_error(
        invoice=invoice, lines=[line.pk], per_line=Decimal(per_line), reason="prix", words="Erreur.", by=agent, at=at
    )
    return corrections.confirm_credit_note(note=note, by=agent, at=at)


def text_of(pdf):
    return " ".join(read(pdf, "pdftotext", "-layout", "-", "-").split())


def test_the_paper_says_all_that_the_law_and_the_family_want(invoice, settings):
    text = text_of(pdfs.invoice_pdf(papers.invoices_to_print([invoice.pk])[invoice.pk]))

    for words in (
        "Ville de Castres",
        "Facture n° 2610000001",
        "Madame Claire MARTIN",
        "12 rue des Tanneurs",
        "Période : octobre 2026",
        "Facture du 8 novembre 2026",
        "À régler avant le 30 novembre 2026",
        invoice.family.number,
        "Régie de recettes",
        "Léa MARTIN",
        "5, 6, 8 et 9 octobre",
        "quotient 850, tranche B : garde 0,90 €, repas 2,10 €",
        "4 × 3,00 €",
        "Tom MARTIN",
        "Total à régler : 18,00 €",
        "Dont garde 5,40 € et part alimentaire 12,60 €",
        "chèque, espèces (300,00 € au plus), CESU pour la garde ou virement",
        "TVA non applicable",
        "du 8 novembre 2026 à 9 h 30 au 30 novembre 2026 à 23 h 59",
        "délibération du 1er janvier 2026",
        "crédit d’impôt",
        "tribunal administratif de Toulouse",
        "quatre ans",
    ):
        assert words in text, words


def test_its_qr_code_and_the_address_beside_it_lead_to_the_page_where_it_is_paid(invoice, settings):
    settings.SITE_URL = "https://famille.example.org"
    page = f"https://famille.example.org/factures/{invoice.number}/"
    pdf = pdfs.invoice_pdf(papers.invoices_to_print([invoice.pk])[invoice.pk])

    image = subprocess.run(
        ["pdftoppm", "-r", str(DPI), "-png", "-singlefile", "-"], input=pdf, capture_output=True, check=True
    )
    [code] = zxingcpp.read_barcodes(Image.open(BytesIO(image.stdout)))

    assert (code.text, code.ec_level) == (page, "M")
    corner = code.position
    assert (corner.top_right.x - corner.top_left.x) / DPI * 25.4 >= 20, "millimetres"
    assert page in text_of(pdf)
    with pikepdf.open(BytesIO(pdf)) as paper:
        objects = [each for each in paper.objects if isinstance(each, pikepdf.Dictionary)]
    said = [str(each["/Alt"]) for each in objects if each.get("/S") == "/Figure"]
    assert said == [f"Code QR : la page de paiement de la facture {invoice.number}"]


def test_what_a_credit_note_paid_the_day_it_was_issued_is_deducted_and_later_ones_are_not(invoice, monkeypatch):
    town = {"town": settings.TOWN, "demo": False}
    monkeypatch.setattr(pdfs, "render_pdf", lambda template, context: render_to_string(template, town | context))
    pay(invoice)
    credit(invoice, "1.00", at=ISSUED_AT + timedelta(days=1))
    book(invoice.family, "Éva", [date(2026, 11, 5)])
    november = invoice_of(invoice.family, month=date(2026, 11, 1), at=datetime(2026, 12, 8, 6, tzinfo=PARIS))
    credit(november, "0.50", at=november.issued_at + timedelta(days=1))
    paper = papers.invoices_to_print([november.pk])[november.pk]

    with CaptureQueriesContext(connection) as asked:
        text = " ".join(strip_tags(pdfs.invoice_pdf(paper)).split())

    assert not asked.captured_queries, "read once for the whole batch"
    assert (
        "Total : 3,00 € Déjà réglé par l’avoir A2026-000001 du 9 novembre 2026 : 1,00 € Reste à régler : 2,00 €" in text
    )
    assert "A2026-000002" not in text


def test_it_states_the_highest_band_when_it_was_applied():
    family = household(quotient=None)
    book(family)
    invoice = invoice_of(family)

    text = text_of(pdfs.invoice_pdf(papers.invoices_to_print([invoice.pk])[invoice.pk]))

    assert "tranche C, faute de quotient" in text
    assert "Faute de quotient familial connu, la tranche la plus élevée est appliquée à 4 réservations." in text


def test_it_is_tagged_for_screen_readers(invoice):
    pdf = pdfs.invoice_pdf(papers.invoices_to_print([invoice.pk])[invoice.pk])

    about = read(pdf, "pdfinfo", "-")
    tags = {line.split()[0].rstrip(":") for line in read(pdf, "pdfinfo", "-struct", "-").splitlines() if line.strip()}

    assert "Tagged:          yes" in about
    assert "Facture 2610000001 – octobre 2026" in about
    assert {"Document", "H1", "H2", "P", "Table", "THead", "TBody", "TH", "TD"} <= tags
    assert "pdfuaid:part" in read(pdf, "pdfinfo", "-meta", "-")


# --- The sweep --------------------------------------------------------------------------------------------------------


def test_each_invoice_is_printed_and_announced_once(monkeypatch):
    monkeypatch.setattr(papers, "BATCH", 2)
    households_at_the_canteen(5)
    issue()

    assert papers.make_waiting_papers(at=LATER) == 5
    assert papers.make_waiting_papers(at=LATER + timedelta(hours=1)) == 0

    assert Email.objects.count() == 5
    for paper in InvoicePdf.objects.all():
        assert (paper.made_at, paper.announced_at, paper.taken_until) == (LATER, LATER, None)
        with default_storage.open(paper.file.name) as file:
            assert file.read(5) == b"%PDF-"


def test_the_mail_says_how_much_and_until_when_to_each_account_of_the_household_and_names_no_child(invoice):
    paul = GuardianFactory(family=invoice.family, other_parent=True, with_space=True)
    GuardianFactory(family=invoice.family, pays=False, email="sans-espace@example.org")

    papers.make_waiting_papers(at=LATER)

    mails = {mail.to[0]: mail for mail in Email.objects.all()}
    assert set(mails) == {invoice.payer.user.email, paul.user.email}
    mail = mails[paul.user.email]
    assert mail.subject == "Votre facture d’octobre 2026 est disponible : 18,00 €"
    for body in (mail.message, mail.html_message):
        assert "2610000001" in body
        assert "lundi 30 novembre 2026" in body
        assert f"/factures/{invoice.number}/" in body
        assert "Bonjour Monsieur MARTIN" in body
        assert "Léa" not in body


def test_a_household_without_account_has_its_paper_and_no_mail(invoice):
    invoice.family.guardians.update(user=None)

    papers.make_waiting_papers(at=LATER)

    assert InvoicePdf.objects.get().announced_at == LATER
    assert not Email.objects.exists()


def test_a_paper_in_the_hands_of_one_worker_is_left_to_it_and_taken_up_when_it_died(invoice):
    [paper] = papers._take(LATER)

    assert papers.make_waiting_papers(at=LATER + timedelta(minutes=4)) == 0
    assert papers.make_waiting_papers(at=LATER + timedelta(minutes=6)) == 1
    paper.refresh_from_db()
    assert paper.made_at


def test_a_paper_that_fails_stops_no_other(monkeypatch, caplog):
    families = households_at_the_canteen(3)
    issue()
    real = pdfs.invoice_pdf

    def sometimes(invoice):
        if invoice.family == families[1]:
            raise ZeroDivisionError
        return real(invoice)

    with patch.object(pdfs, "invoice_pdf", sometimes):
        assert papers.make_waiting_papers(at=LATER) == 2

    assert Email.objects.count() == 2
    assert "Le PDF de la facture" in caplog.text
    assert papers.make_waiting_papers(at=LATER + timedelta(minutes=6)) == 1
    assert Email.objects.count() == 3


def test_cut_between_paper_and_mail_it_announces_at_the_next_pass(invoice):
    with patch.object(papers, "queue_mails", side_effect=ZeroDivisionError), pytest.raises(ZeroDivisionError):
        papers.make_waiting_papers(at=LATER)
    assert InvoicePdf.objects.get().announced_at is None

    papers.make_waiting_papers(at=LATER + timedelta(minutes=1))

    assert Email.objects.count() == 1
    assert InvoicePdf.objects.get().made_at == LATER


# --- On demand --------------------------------------------------------------------------------------------------------


def test_a_paper_asked_for_before_the_sweep_is_made_at_once_kept_and_announced_later(invoice):
    first = papers.paper_of(invoice, at=LATER)

    assert first == papers.paper_of(invoice, at=LATER + timedelta(days=1)), "kept, not made again"
    assert not Email.objects.exists()
    assert papers.make_waiting_papers(at=LATER) == 0
    assert Email.objects.count() == 1


def test_a_paper_lost_by_the_disk_is_made_again(invoice):
    papers.paper_of(invoice, at=LATER)
    default_storage.delete(InvoicePdf.objects.get().file.name)

    assert papers.paper_of(invoice, at=LATER).startswith(b"%PDF-")


def test_its_name_cannot_be_guessed_and_making_it_again_leaves_no_other_copy(invoice):
    papers.paper_of(invoice, at=LATER)
    paper = InvoicePdf.objects.get()
    folder = paper.file.name.rpartition("/")[0]
    before = len(default_storage.listdir(folder)[1])

    papers.make_paper(paper, papers.invoices_to_print([invoice.pk])[invoice.pk], at=LATER)

    assert invoice.number not in paper.file.name
    assert len(paper.file.name.rpartition("/")[2]) == 36
    assert len(default_storage.listdir(folder)[1]) == before
