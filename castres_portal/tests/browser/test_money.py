"""The whole of the money, by hand: a month previewed and issued, paid on a phone and at the counter, contested and given back.

What one test already walks is not walked again: test_main_job.py goes to the bank from an invoice that a command issued.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from castres_portal.demo.accounts import AGENT, DURAND, MARTIN, REGISSEUR
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import sign_in, sign_in_as_agent
from castres_portal.tests.browser.sight import look

# Three canteen days that no other test books, so that both households have a bill whatever ran before.
BOOK = """
from datetime import date, datetime
from castres_portal.base.clock import PARIS
from reservations.models import Booking, Enrolment
for first, last in (("Léa", "Martin"), ("Hugo", "Durand")):
    row = Enrolment.objects.filter(
        child__first_name=first, child__last_name=last, activity__is_meal=True,
        starts_on__lte=date(2026, 11, 16), ends_on__gte=date(2026, 11, 20),
    ).first()
    for day in (16, 17, 19):
        Booking.objects.get_or_create(
            child=row.child, activity=row.activity, day=date(2026, 11, day), status="active",
            defaults={"enrolment": row, "family": row.family, "site": row.site,
                      "booked_at": datetime(2026, 9, 15, 20, tzinfo=PARIS), "booked_by": row.request.entered_by},
        )
"""


@pytest.mark.timeout(300)
def test_a_month_of_money_from_its_preview_to_a_credit_note(town: Stack, visit: Visit):
    town.run(BOOK)
    town.set_clock("2026-12-08T10:00")
    regie = visit("desktop")
    sign_in_as_agent(regie, town, REGISSEUR.email)
    preview_and_issue(regie)

    mother = visit("phone")
    sign_in(mother, MARTIN.email)
    open_from_the_mail(mother, town, MARTIN.email)
    understand_a_line(mother)
    pay_at_the_bank(mother)

    father = visit("desktop")
    sign_in(father, DURAND.email)
    number = open_from_the_mail(father, town, DURAND.email)
    take_a_cheque(regie, number)
    close_and_deposit(regie)
    father.reload()
    expect(father.locator("main")).to_contain_text("Réglée")
    demand = contest_a_line(father)

    agent = visit("desktop")
    sign_in_as_agent(agent, town, AGENT.email)
    accept(agent, demand)
    confirm_the_credit_note(regie, number)
    read_the_credit_note(father, number)


# --- The régie issues -------------------------------------------------------------------------------------------------


def preview_and_issue(page: Page) -> None:
    page.goto("/admin/billing/billingrun/")
    page.get_by_role("link", name="Préparer un mois").click()
    expect(page.get_by_label("Mois à préparer")).to_be_visible()
    page.get_by_label("Mois à préparer").select_option("2026-11")
    look(page)
    page.get_by_role("button", name="Voir l’aperçu de ce mois").click()
    expect(page.get_by_role("button", name="Valider et émettre")).to_be_visible(timeout=60_000)
    expect(page.locator("main, #content, body").first).to_contain_text("Restauration scolaire")
    look(page)
    page.get_by_role("button", name="Valider et émettre").click()
    expect(page.locator("body")).to_contain_text("Terminée le", timeout=60_000)
    look(page)


# --- The families -----------------------------------------------------------------------------------------------------


def open_from_the_mail(page: Page, stack: Stack, email: str) -> str:
    """Follow the link of the mail that announces November; return the invoice's number."""
    mail = stack.wait_for_mail(email, "facture de novembre 2026", seconds=90)
    link = re.search(r"http://\S+/factures/2611\d{6}/", mail.get_body(("plain",)).get_content()).group()
    page.goto(link)
    expect(page.locator("h1")).to_contain_text("Facture")
    look(page)
    return link.rstrip("/").rpartition("/")[2]


def understand_a_line(page: Page) -> None:
    page.locator("main details summary").first.click()
    page.locator("main details a").first.click()
    expect(page.locator("main")).to_contain_text("D’où vient ce prix")
    expect(page.locator("main")).to_contain_text("DEMO-2026-06")
    look(page)
    page.go_back()
    expect(page.locator("h1")).to_contain_text("Facture")


def pay_at_the_bank(page: Page) -> None:
    page.get_by_role("button", name="Payer ma facture").click()
    expect(page.locator("h1")).to_contain_text("Paiement de")
    page.get_by_role("button", name="Accepter le paiement").click()
    page.get_by_role("link", name="Retourner à la boutique").click()
    expect(page.locator("main")).to_contain_text("Votre paiement est enregistré")


def contest_a_line(page: Page) -> str:
    page.locator("main details summary").first.click()
    page.locator("main details a").first.click()
    expect(page.get_by_role("button", name="Envoyer ma contestation")).to_be_visible()
    page.get_by_role("button", name="Envoyer ma contestation").click()
    expect(page.locator("main")).to_contain_text("Choisissez un motif.")
    look(page)
    page.get_by_label("Mon enfant n’est pas venu").check()
    page.get_by_label("Dites-nous ce qui s’est passé").fill("L’école l’avait gardé en classe verte.")
    page.get_by_role("button", name="Envoyer ma contestation").click()
    expect(page).to_have_url(re.compile(r"/demandes/D2026-\d{6}/"))
    look(page)
    return re.search(r"D2026-\d{6}", page.url).group()


def read_the_credit_note(page: Page, number: str) -> None:
    page.goto("/factures/")
    page.get_by_role("link", name=re.compile(r"A2026-\d{6}")).first.click()
    expect(page.locator("main")).to_contain_text(number)
    look(page)


# --- The counter ------------------------------------------------------------------------------------------------------


def take_a_cheque(page: Page, number: str) -> None:
    page.goto("/admin/billing/tillentry/accueil")
    page.get_by_label("Famille, dossier ou facture").fill(number)
    page.get_by_role("button", name="Chercher").click()
    look(page)
    page.get_by_role("link", name=re.compile("Encaisser : Durand")).click()
    look(page)
    row = page.locator("tr", has_text=number)
    owed = re.search(r"\d+,\d\d", row.inner_text()).group()
    page.locator("[name=amount]").fill(owed)
    row.locator("input").fill(owed)
    for name, words in (
        ("handed_by", "M. Durand"),
        ("bank", "Banque postale"),
        ("cheque_number", "0004777"),
        ("drawer", "P. Durand"),
    ):
        page.locator(f"[name={name}]").fill(words)
    page.get_by_role("button", name="Vérifier avant d’encaisser").click()
    expect(page.locator("body")).to_contain_text("À confirmer")
    look(page)
    page.get_by_role("button", name=re.compile("^Encaisser ")).click()
    expect(page.locator("body")).to_contain_text(re.compile(r"quittance P2026-\d{6}"))
    look(page)


def close_and_deposit(page: Page) -> None:
    page.goto("/admin/billing/tillentry/accueil")
    page.get_by_role("link", name="Arrêter la caisse").click()
    expect(page.locator("[name=cash_counted]")).to_be_visible()
    look(page)
    page.locator("[name=cash_counted]").fill("0")
    page.locator("[name=explanation]").fill("Caisse vide : fonds repris par le suppléant (démonstration).")
    page.get_by_role("button", name="Arrêter la caisse").click()
    expect(page.locator("body")).to_contain_text("Caisse arrêtée")
    page.goto("/admin/billing/tillentry/accueil")
    page.get_by_role("link", name="Remettre à la trésorerie").click()
    look(page)
    page.get_by_role("button", name="Faire la remise de chèques").click()
    expect(page.locator("body")).to_contain_text(re.compile(r"Bordereau B2026-\d{5}"))
    look(page)


# --- What is given back -----------------------------------------------------------------------------------------------


def accept(page: Page, demand: str) -> None:
    page.goto(f"/admin/families/familyrequest/?q={demand}")
    page.get_by_role("link", name=demand).first.click()
    expect(page.get_by_role("button", name="Accepter")).to_be_visible()
    page.get_by_role("textbox", name=re.compile("Réponse à la famille")).fill("L’école le confirme.")
    page.get_by_role("button", name="Accepter").click()
    expect(page.locator("body")).to_contain_text("est acceptée")


def confirm_the_credit_note(page: Page, number: str) -> None:
    page.goto(f"/admin/billing/creditnote/?q={number}")
    page.get_by_role("link", name="Proposé", exact=True).first.click()
    page.get_by_role("link", name="Confirmer").first.click()
    expect(page.get_by_role("button", name="Confirmer")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Confirmer").click()
    expect(page.locator("body")).to_contain_text("Avoir confirmé.")
    look(page)
