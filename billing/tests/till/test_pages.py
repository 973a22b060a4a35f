"""The régisseur's pages: see what would be written, write it once, read it again, print it."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.roles import AGENTS
from accounts.tests.factories import UserFactory
from billing.models import DepositSlip, Payment, TillClosing
from billing.services.till import close_till, deposit_titles
from billing.tests.factories import book, household, issue

from .world import NOON, Means, owed_by, regisseur, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, monkeypatch, settings):
    """The régisseur signed in; the second factor is tested with the sign-in."""
    settings.PORTAL_CLOCK = "2026-11-19T12:06"
    door = "castres_portal.back_office.BackOffice.has_permission"
    monkeypatch.setattr(door, lambda site, request: request.user.is_staff)
    client.force_login(regisseur())
    return client


def page_of(family, means):
    return f"{reverse('admin:billing_tillentry_collect', args=[family.pk])}?moyen={means}"


def typed(page, **values):
    """What the form holds once an agent has typed in it."""
    return {"submission": page.context["form"]["submission"].value(), **values}


def test_a_cheque_is_seen_before_it_is_written_and_written_once(desk, martins, september, october):
    url = page_of(martins, "cheque")
    page = desk.get(url)
    assert page.context["form"]["amount"].value() == 18
    sent = typed(page, amount="10,00", bank="Banque postale", cheque_number="0012345")

    seen = desk.post(url, {**sent, "verifier": "1"})
    assert not Payment.objects.exists()
    assert seen.context["plan"]["parts"] == {september.pk: 6, october.pk: 4}
    text = seen.content.decode()
    assert 'value="6,00"' in text
    assert 'value="4,00"' in text

    parts = {f"part_{september.pk}": "6,00", f"part_{october.pk}": "4,00"}
    first = desk.post(url, {**sent, **parts, "encaisser": "1"})
    second = desk.post(url, {**sent, **parts, "encaisser": "1"}, follow=True)
    payment = Payment.objects.get()
    assert first["Location"] == reverse("admin:billing_tillentry_change", args=[payment.pk])
    assert "déjà encaissés par ce formulaire" in second.content.decode()
    assert (owed_by(september), owed_by(october)) == (0, 8)


def test_what_is_refused_keeps_what_was_typed(desk, martins, october):
    url = page_of(martins, "cheque")
    sent = typed(desk.get(url), amount="douze", bank="Banque <b>postale</b>", cheque_number="7")
    text = desk.post(url, {**sent, "encaisser": "1"}).content.decode()

    assert "Écrivez un montant en euros, par exemple 12,50." in text
    assert 'value="douze"' in text
    assert "Banque &lt;b&gt;postale&lt;/b&gt;" in text
    assert not Payment.objects.exists()


def test_cash_shows_the_change_and_the_surplus_must_be_agreed(desk, martins, october, september):
    url = page_of(martins, "especes")
    sent = typed(desk.get(url), amount="20,00", cash_given="50,00")
    seen = desk.post(url, {**sent, "verifier": "1"}).content.decode()
    assert "Monnaie à rendre\u00a0: <strong>30,00\u00a0€</strong>" in seen
    assert "en avoir\u00a0: <strong>2,00\u00a0€</strong>" in seen

    refused = desk.post(url, {**sent, "encaisser": "1"}).content.decode()
    assert "rendez-les, ou dites que le foyer les garde en avoir" in refused
    taken = desk.post(url, {**sent, "keep_surplus": "on", "encaisser": "1"}, follow=True)
    assert "À rendre\u00a0: 30,00\u00a0€." in taken.content.decode()
    assert Payment.objects.get().amount == 20


def test_from_an_invoice_that_one_alone_is_proposed(desk, martins, september, october):
    answer = desk.get(reverse("admin:billing_invoice_collect", args=[october.pk]))
    page = desk.get(answer["Location"])

    assert page.context["form"]["amount"].value() == 12


def test_another_household_s_invoice_cannot_be_slipped_in(desk, martins, october):
    other = household("Durand")
    book(other)
    issue()
    theirs = other.invoices.get()
    url = page_of(martins, "especes")
    sent = typed(desk.get(url), amount="12,00", **{f"part_{theirs.pk}": "12,00"})
    desk.post(url, {**sent, "encaisser": "1"})

    assert owed_by(theirs) == 12


def test_the_means_that_the_act_forbids_are_not_offered(desk, martins, october, settings):
    settings.TILL = {**settings.TILL, "means": ("especes",)}
    page = desk.get(page_of(martins, "cheque"))

    assert [one.value for one, _ in page.context["tabs"]] == ["especes"]
    assert page.context["means"] == "especes"


def test_a_family_without_debt_says_so(desk, martins, september, october):
    take({september: "6.00", october: "12.00"})
    assert "Ce foyer n’a rien à régler" in desk.get(page_of(martins, "cheque")).content.decode()


def test_calling_off_asks_why(desk, october):
    payment = take(october, Means.CASH).payment
    url = reverse("admin:billing_tillentry_reverse", args=[payment.pk])
    asked = desk.get(url).content.decode()
    assert "Chèque rejeté" not in asked  # it was cash
    assert "Choisissez la cause" in desk.post(url, {"reason": "x"}).content.decode()

    done = desk.post(url, {"cause": "erreur", "reason": "Mauvaise famille"}, follow=True).content.decode()
    assert f"L’encaissement {payment.number} est annulé" in done
    assert owed_by(october) == 12


def test_the_day_is_closed_deposited_and_printed(desk, october, september, monkeypatch):
    take(september, Means.CASH)
    take(october, Means.CHEQUE)
    home = desk.get(reverse("admin:billing_tillentry_home")).content.decode()
    assert "Arrêter la caisse" in home
    assert "Total net" in home

    close = reverse("admin:billing_tillentry_close")
    assert "devrait contenir 56,00\u00a0€" in desk.post(close, {"cash_counted": "50"}).content.decode()
    assert desk.post(close, {"cash_counted": "56,00"}).status_code == 302
    deposit = reverse("admin:billing_tillentry_deposit")
    assert desk.post(deposit, {"nature": "cheque"}).status_code == 302
    assert desk.post(deposit, {"especes": "1", "amount": "6"}).status_code == 302
    assert "Rien n’attend" in desk.post(deposit, {"nature": "cheque"}, follow=True).content.decode()

    closing, slip = TillClosing.objects.get(), DepositSlip.objects.get(kind="cheque")
    for name, row in (("tillclosing", closing), ("depositslip", slip)):
        assert desk.get(reverse(f"admin:billing_{name}_change", args=[row.pk])).status_code == 200
        assert desk.get(reverse(f"admin:billing_{name}_paper", args=[row.pk])).content.startswith(b"%PDF")
    csv = desk.get(reverse("admin:billing_depositslip_table", args=[slip.pk])).content.decode("utf-8-sig")
    assert "Banque postale;0012345;Claire Martin" in csv
    assert csv.splitlines()[1].endswith(";12,00")


def test_the_journal_and_its_files(desk, october, september):
    take(september, Means.CASH)
    take(october, Means.CHEQUE)
    url = reverse("admin:billing_tillentry_journal")

    text = desk.get(url).content.decode()
    assert "2 mouvements" in text
    csv = desk.get(f"{url}?fichier=csv&moyen=cheque").content.decode("utf-8-sig").splitlines()
    assert len(csv) == 2
    assert ";12,00;12,00;" in csv[1]
    assert desk.get(f"{url}?fichier=xlsx").content.startswith(b"PK")
    assert "La fin précède le début" in desk.get(f"{url}?du=2026-11-10&au=2026-11-01").content.decode()


@pytest.mark.parametrize("name", ["home", "journal", "changelist"])
def test_pages_cost_the_same_with_one_row_and_thirty(desk, october, name, django_assert_max_num_queries):
    for _ in range(30):
        take({october: "0.10"}, Means.CASH)
    close_till(cash_counted=Decimal("53.00"), by=regisseur(), at=NOON)
    with django_assert_max_num_queries(18):
        desk.get(reverse(f"admin:billing_tillentry_{name}"))


def test_an_agent_reads_the_till_and_moves_nothing(desk, martins, october):
    payment = take(october, Means.CHEQUE).payment
    desk.force_login(UserFactory(agent=True, role=AGENTS))
    assert Group.objects.filter(name=AGENTS).exists()

    home = desk.get(reverse("admin:billing_tillentry_home")).content.decode()
    assert "Arrêter la caisse" not in home
    assert 'name="q"' not in home
    for url in (
        page_of(martins, "cheque"),
        reverse("admin:billing_tillentry_close"),
        reverse("admin:billing_tillentry_deposit"),
        reverse("admin:billing_tillentry_reverse", args=[payment.pk]),
    ):
        assert desk.post(url, {"amount": "1"}).status_code == 403, url
    assert Payment.objects.count() == 1


def test_the_family_downloads_its_receipt(client, october):
    payment = take(october, Means.CHEQUE).payment
    client.force_login(october.family.guardians.get().user)
    page = client.get(reverse("billing:invoice", args=[october.number])).content.decode()

    assert reverse("billing:receipt", args=[payment.number]) in page
    paper = client.get(reverse("billing:receipt", args=[payment.number]))
    assert paper.content.startswith(b"%PDF")
    assert f"quittance-{payment.number}.pdf" in paper["Content-Disposition"]


def test_a_slip_of_titles_is_of_cheques_or_cesu(october):
    from billing.services.till import TillRefused

    with pytest.raises(TillRefused, match="des chèques, des CESU ou des espèces"):
        deposit_titles(kind="carte", by=regisseur(), at=NOON)
