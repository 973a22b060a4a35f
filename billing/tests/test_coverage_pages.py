"""An agent writes down who else pays, in two steps; each payer reads its own invoice and nothing else of the other household."""

import csv
import io
from datetime import date, datetime
from decimal import Decimal as D
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from post_office.models import Email

from accounts import roles
from accounts.tests.factories import UserFactory
from billing.models import Coverage, CreditNote, InvoicePdf, PayingBody, PrintedInvoice
from billing.privacy import credit_note_rows
from billing.queries.coverage import asked_by, invoiced_between
from billing.queries.delivery import invoices_to_post
from billing.queries.invoices import InvoiceSheet, balance_of
from billing.queries.previews import preview_of
from billing.queries.till import cesu_left, debts_of
from billing.queries.treasury import unpaid_rows
from billing.services import coverage as service
from billing.services import papers, runs
from billing.services.corrections import confirm_credit_note
from billing.services.coverage import CannotCover, Decided, add_coverage, end_coverage
from billing.services.late_quotients import note_late_quotient
from billing.services.printing import ask_batch
from billing.services.unpaid import plan_reminders, send_reminders
from billing.tests.factories import ISSUED_AT, NOON, OCTOBER, WEEK, TariffFactory, book, evening_care, household, issue
from billing.tests.test_coverage import ccas, cover, credit, invoices_of
from castres_portal.base.clock import PARIS
from castres_portal.base.tests.races import at_once, meeting_after, take_locks_away
from families.models import Child, Family, QuotientRecord
from families.quotient_changes import QuotientChange
from families.tests.factories import GuardianFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def martin(db):
    TariffFactory()
    family = household()
    book(family, "Léa")
    return family


@pytest.fixture
def desk(client):
    client.force_login(UserFactory(agent=True, role=roles.AGENTS))
    return client


def decided(percent="50", **more):
    values = {
        "percent": D(percent),
        "ceiling": None,
        "starts_on": date(2026, 11, 1),
        "ends_on": None,
        "decision": "2026-112",
        "decided_on": date(2026, 10, 20),
        **more,
    }
    return Decided(**values)


def add(family, payer, percent="50", **more):
    return add_coverage(
        family=family,
        child=Child.objects.get(first_name="Léa"),
        payer=payer,
        decided=decided(percent, **more),
        by=UserFactory(agent=True),
        at=NOON,
    )


# --- Agents -----------------------------------------------------------------------------------------------------------


def test_an_agent_reads_what_it_will_do_before_she_writes_it_down(desk, martin):
    payer = ccas()
    issue()
    page = reverse("admin:billing_coverage_cover", args=[martin.pk])
    typed = {
        "child": Child.objects.get().pk,
        "body": payer.pk,
        "percent": "50",
        "ceiling": "30",
        "starts_on": "2026-10-01",
        "decision": "2026-112",
        "decided_on": "2026-09-20",
    }

    seen = desk.post(page, {**typed, "verifier": "1"}).content.decode().replace("\u00a0", " ")
    assert "CCAS de Castres paie 50 % du prix de chaque jour facturé de Léa MARTIN (toutes ses prestations)" in seen
    assert "Au plus 30,00 € par mois : au-delà, le foyer paie tout." in seen
    assert "Les jours déjà facturés (10/2026) ne changent pas." in seen
    assert Coverage.objects.count() == 0

    answer = desk.post(page, {**typed, "enregistrer": "1"}, follow=True)
    coverage = Coverage.objects.get()
    assert (coverage.payer, coverage.percent, coverage.ceiling) == (payer, D("50"), D("30"))
    assert "Dès la prochaine facturation" in answer.content.decode()
    again = desk.post(page, {**typed, "enregistrer": "1"}).content.decode()
    assert "existe déjà" in again
    assert 'value="2026-112"' in again, "nothing typed is lost"
    assert Coverage.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"percent": "0"}, "La part va de 0,01 à 100"),
        ({"percent": "cinquante"}, "Écrivez un pourcentage"),
        ({"body": "", "file": "F999999"}, "Aucun dossier ne porte"),
        ({"body": ""}, "Choisissez un organisme, ou donnez un numéro de dossier"),
        ({"ends_on": "2026-01-01"}, "La fin précède le début."),
        ({"decision": ""}, "obligatoire"),
    ],
)
def test_what_is_typed_wrong_is_said(desk, martin, typed, said):
    values = {
        "child": Child.objects.get().pk,
        "body": ccas().pk,
        "percent": "50",
        "starts_on": "2026-11-01",
        "decision": "12",
        "decided_on": "2026-10-20",
        **typed,
    }
    answer = desk.post(reverse("admin:billing_coverage_cover", args=[martin.pk]), {**values, "enregistrer": "1"})

    assert said in answer.content.decode()
    assert Coverage.objects.count() == 0


def test_coverages_that_meet_are_refused_and_one_that_ended_makes_room(martin):
    payer, other = ccas(), household("Bernard")
    care = evening_care()
    first = add(martin, payer, "60")
    for refused, why in (
        (lambda: add(martin, payer, "10", activity=care), "existe déjà"),
        (lambda: add(martin, other, "50"), "feraient 110\u00a0% du prix"),
        (lambda: add(martin, martin, "10"), "Le payeur est un autre dossier"),
        (lambda: add(other, payer, "10"), "n’habite pas dans ce foyer"),
        (lambda: add(martin, Family.objects.create(number="F9", name="Vide"), "10"), "aucun responsable"),
    ):
        with pytest.raises(CannotCover, match=why):
            refused()
    add(martin, other, "40", activity=care)

    agent = UserFactory(agent=True)
    with pytest.raises(CannotCover, match="Dites pourquoi"):
        end_coverage(coverage=first, last_day=date(2026, 11, 30), why=" ", by=agent, at=NOON)
    end_coverage(coverage=first, last_day=date(2026, 11, 30), why="Situation changée", by=agent, at=NOON)
    with pytest.raises(CannotCover, match="déjà arrêtée"):
        end_coverage(coverage=first, last_day=date(2026, 11, 20), why="Encore", by=agent, at=NOON)
    second = add(martin, payer, "60", starts_on=date(2026, 12, 1))
    assert end_coverage(coverage=second, last_day=date(2026, 1, 1), why="Erreur", by=agent, at=NOON).never_counted, (
        "typed wrongly, it never counts"
    )
    add(martin, payer, "30", starts_on=date(2026, 12, 1))


def write_two_at_once(martin, monkeypatch):
    """Two agents, each a decision of 60 %: both have looked before either has written, unless one waits for the other."""
    payers, agents = [ccas(), ccas("Autre CCAS")], [UserFactory(agent=True), UserFactory(agent=True)]
    monkeypatch.setattr(service, "check_coverage", meeting_after(service.check_coverage))

    def write(payer, agent):
        return add_coverage(
            family=martin, child=Child.objects.get(), payer=payer, decided=decided("60"), by=agent, at=NOON
        )

    return at_once(*(lambda pair=pair: write(*pair) for pair in zip(payers, agents, strict=True)))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_agents_at_once_one_writes_and_the_other_is_told(martin, monkeypatch):
    answers = write_two_at_once(martin, monkeypatch)

    assert sorted(type(answer).__name__ for answer in answers) == ["CannotCover", "Coverage"]
    assert Coverage.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_a_day_is_paid_more_than_whole(martin, monkeypatch):
    take_locks_away(monkeypatch)

    write_two_at_once(martin, monkeypatch)

    assert sum(Coverage.objects.values_list("percent", flat=True)) == 120


def test_an_organisation_is_opened_with_its_contact_and_its_invoices_leave_by_mail(desk, martin):
    typed = {
        "name": "CCAS de Castres",
        "kind": "ccas",
        "names_children": "on",
        "street": "3 place Jean-Jaurès",
        "postcode": "81100",
        "city": "Castres",
        "title": "Madame",
        "first_name": "Anne",
        "last_name": "Roux",
        "email": "factures@ccas.example.org",
    }
    wrong = desk.post(reverse("admin:billing_payingbody_open_body"), {**typed, "postcode": "81"})
    assert "cinq chiffres" in wrong.content.decode()
    # The tests give files numbers of their own: this one takes the next of the portal.
    Family.objects.update(number="X1")
    desk.post(reverse("admin:billing_payingbody_open_body"), typed)
    body = PayingBody.objects.get()
    assert (body.names_children, body.family.guardians.get().pays) == (True, True)
    cover(martin, body.family)
    issue()
    [theirs] = invoices_of(body.family)

    with patch("billing.services.papers.pdfs.invoice_pdf", return_value=b"%PDF"):
        papers.make_waiting_papers(at=NOON)

    [letter] = Email.objects.filter(to="factures@ccas.example.org")
    assert letter.attachments.get().name == f"facture-{theirs.number}.pdf"
    assert "Léa" not in letter.message
    assert theirs not in invoices_to_post(OCTOBER), "it left by mail"
    listed = desk.get(reverse("admin:billing_payingbody_changelist")).content.decode()
    assert "factures@ccas.example.org" in listed


def test_an_organisation_without_an_address_is_posted_or_mailed_once_it_has_one(martin):
    first, second, third = (ccas(name, email="") for name in ("CCAS", "Usine", "Comité"))
    for payer in (first, second, third):
        cover(martin, payer, "20")
    issue()
    [posted], [later], [told] = (invoices_of(payer) for payer in (first, second, third))
    third.guardians.update(email="comite@example.org")
    InvoicePdf.objects.update(made_at=NOON)

    with patch("billing.services.papers.paper_of", return_value=b"%PDF"):
        papers.announce_papers(at=NOON)
        assert set(InvoicePdf.objects.filter(announced_at=None)) == {posted.pdf, later.pdf}
        assert {posted, later} < set(invoices_to_post(OCTOBER)), "nobody can write to them"

        second.guardians.update(email="usine@example.org")
        assert later not in invoices_to_post(OCTOBER)
        ask_batch(month=OCTOBER, by=None, at=NOON)
        first.guardians.update(email="ccas@example.org")
        third.guardians.update(email="")
        papers.announce_papers(at=NOON)
        assert papers.announce_papers(at=NOON) == 0

    assert PrintedInvoice.objects.filter(invoice=posted).exists()
    assert not PrintedInvoice.objects.filter(invoice__in=[later, told]).exists()
    written = Email.objects.filter(to__in=["ccas@example.org", "usine@example.org", "comite@example.org"])
    assert sorted(str(mail.to[0]) for mail in written) == ["comite@example.org", "usine@example.org"]


def test_an_organisation_receives_its_credit_note_and_nobody_reads_the_household_s_reasons(client, martin, settings):
    payer, father = ccas(), household("Bernard")
    cover(martin, payer)
    cover(martin, father, "20")
    issue()
    [mine] = invoices_of(martin)
    QuotientRecord.objects.filter(family=martin).update(value=400)
    note_late_quotient(QuotientChange(martin, OCTOBER, NOON))

    def render(template, context):
        return render_to_string(template, {"town": settings.TOWN, "demo": False, **context}).encode()

    with patch("billing.pdfs.render_pdf", render):
        confirm_credit_note(note=mine.creditnotes.get(), by=UserFactory(agent=True), at=NOON)

    [letter] = Email.objects.filter(to="factures@ccas.example.org")
    paper = letter.attachments.get()
    theirs = CreditNote.objects.get(family=payer)
    assert paper.name == f"avoir-{theirs.number}.pdf"
    with paper.file.open() as kept:
        content = kept.read().decode()
    assert "Votre espace" not in content
    client.force_login(father.guardians.get().user)
    his = CreditNote.objects.get(family=father)
    pages = [reverse("billing:credit_note", args=[his.number]), reverse("billing:invoices")]
    told = Email.objects.get(to=father.guardians.get().user.email, mark__kind="billing/mail/credit_note_ready")
    for said in (letter.message, told.message, content, *(client.get(page).content.decode() for page in pages)):
        assert "correction de jours pris en charge" in said.lower()
        assert "uotient reçu" not in said
    assert [row["motif"] for row in credit_note_rows(father.guardians.get(), NOON)] == [
        "Correction de jours pris en charge"
    ]
    assert mine.creditnotes.get().reason_shown == "Quotient reçu après la facture"


def test_the_regie_is_told_of_every_title_to_reduce_and_every_note_to_post(client, martin, monkeypatch):
    payer = ccas(email="")
    cover(martin, payer)
    issue()
    [mine], [theirs] = invoices_of(martin), invoices_of(payer)
    note = credit(mine)
    monkeypatch.setattr("billing.admin.corrections.is_handed_over", lambda invoice: invoice == theirs.pk)
    client.force_login(UserFactory(agent=True, role=roles.REGISSEURS))

    said = client.post(reverse("admin:billing_creditnote_confirm_this", args=[note.pk]), follow=True).content.decode()

    assert f"La facture {theirs.number} est transmise au Trésor" in said
    assert "réduire le titre de 6,00" in said
    assert "CCAS de Castres n’a ni espace ni adresse électronique" in said


def test_a_day_of_two_services_is_one_day_and_what_is_over_is_said_so(desk, martin):
    payer = ccas()
    coverage = cover(martin, payer, ends_on=WEEK[0])
    book(martin, coverage.child, [WEEK[0]], evening_care())
    issue()
    [theirs] = invoices_of(payer)

    assert [row.days for row in asked_by(theirs)] == [1]
    page = reverse("admin:billing_coverage_change", args=[coverage.pk])
    with patch("billing.admin.coverage.clock.today", return_value=date(2027, 1, 4)):
        seen = desk.get(page).content.decode().replace("\u00a0", " ")
    assert "sur 1 jour facturé, le" in seen
    assert "Terminée : CCAS de Castres paie 50 %" in seen
    assert "Dès la prochaine facturation" not in seen
    assert invoiced_between(martin, date(2026, 1, 1), date(2026, 9, 30)) == []
    assert invoiced_between(martin, date(2026, 1, 1), None) == [OCTOBER]


def test_an_agent_is_told_that_the_payer_is_excluded_from_the_child_s_household(desk, martin):
    father, stranger = household("Bernard"), household("Roux")
    GuardianFactory(family=martin, user=father.guardians.get().user, last_name="Bernard", rights="excluded", pays=False)
    page = reverse("admin:billing_coverage_cover", args=[martin.pk])

    def seen(payer):
        typed = {
            "child": Child.objects.get().pk,
            "file": payer.number,
            "percent": "50",
            "starts_on": "2026-10-01",
            "decision": "2026-112",
            "decided_on": "2026-09-20",
            "verifier": "1",
        }
        return desk.post(page, typed).content.decode()

    assert "BERNARD n’a accès à aucun papier du foyer de cet enfant" in seen(father)
    assert "n’a accès à aucun papier" not in seen(stranger)


def test_an_organisation_is_reminded_without_children_of_its_own(martin):
    payer = ccas()
    cover(martin, payer)
    issue()
    late = datetime(2026, 12, 20, 9, tzinfo=PARIS)
    plan_reminders(at=late, today=late.date())
    send_reminders(at=late)

    told = {str(mail.to[0]): mail.message for mail in Email.objects.filter(mark__kind="billing/mail/payment_reminder")}
    theirs, hers = told["factures@ccas.example.org"], told[martin.guardians.get().user.email]
    assert ("votre foyer" in theirs, "Vos enfants" in theirs) == (False, False)
    assert ("votre foyer" in hers, "Vos enfants" in hers) == (True, True)


def test_cesu_pay_the_part_of_care_around_school_that_another_household_pays(martin, settings):
    settings.TILL = {**settings.TILL, "cesu_around_school": ("garderie-du-soir",)}
    father = household("Bernard")
    coverage = cover(martin, father)
    book(martin, coverage.child, WEEK, evening_care())
    issue()
    [theirs], [mine] = invoices_of(father), invoices_of(martin)

    # Four evenings of 1.10 €, half each: what he pays is care too. The canteen's care is not around school.
    assert cesu_left([theirs.pk, mine.pk]) == {theirs.pk: D("2.20"), mine.pk: D("2.20")}


def test_the_preview_counts_the_other_payers_and_what_is_issued_is_what_it_said(martin):
    cover(martin, ccas(), "40")
    run = runs.start_preview(month=OCTOBER, by=None, at=ISSUED_AT, wake_workers=False)
    for chunk in runs.waiting_previews(run):
        runs.preview_chunk(chunk, at=ISSUED_AT)

    run.refresh_from_db()
    seen = preview_of(run)
    assert (seen.invoices, seen.total) == (2, D("12.00"))
    assert [(payer.name, payer.days, payer.amount) for payer in seen.payers] == [("CCAS de Castres", 4, D("4.80"))]
    assert run.previewed.get().total == D("7.20")

    later = cover(martin, household("Bernard"), "10")
    validated = runs.validate_run(run=run, seen=run.previewed_at, by=UserFactory(agent=True), at=NOON)
    assert validated.validated_at is None, f"the preview is older than {later}"


# --- Payers -----------------------------------------------------------------------------------------------------------


def test_each_household_reads_its_own_invoice_and_nothing_else_of_the_other(client, martin):
    father = household("Bernard", quotient=1200)
    cover(martin, father, "40")
    issue()
    [mine], [theirs] = invoices_of(martin), invoices_of(father)
    mother_user, father_user = (family.guardians.get().user for family in (martin, father))

    client.force_login(mother_user)
    page = client.get(reverse("billing:invoice", args=[mine.number])).content.decode().replace("\u00a0", " ")
    assert "À votre charge" in page
    assert "quotient 850" in page
    assert "40 % pour Léa MARTIN, toutes ses prestations : décision n° 2026-112 du 28 août 2026" in page
    line = mine.lines.order_by("day").first()
    explained = client.get(reverse("billing:line", args=[mine.number, line.pk])).content.decode()
    assert "Pris en charge" in explained
    assert "Quotient</dt>" in explained
    assert client.get(reverse("billing:invoice", args=[theirs.number])).status_code == 404

    client.force_login(father_user)
    page = client.get(reverse("billing:invoice", args=[theirs.number])).content.decode()
    assert "Vous prenez en charge une part de ces jours" in page
    assert "quotient 850" not in page, "the quotient of the mother is hers"
    with patch.object(InvoiceSheet, "is_at_treasury", True):
        assert (
            "Les enfants gardent leur place"
            in client.get(reverse("billing:invoice", args=[theirs.number])).content.decode()
        )
    part = theirs.lines.order_by("day").first()
    explained = client.get(reverse("billing:line", args=[theirs.number, part.pk])).content.decode()
    assert "Pourquoi vous payez une part" in explained
    assert "Ce qui s’est passé" not in explained
    assert "Quotient</dt>" not in explained
    assert client.get(reverse("billing:invoice", args=[mine.number])).status_code == 404
    assert client.get(reverse("billing:line", args=[mine.number, line.pk])).status_code == 404
    assert (balance_of(martin).owed, balance_of(father).owed) == (D("7.20"), D("4.80"))


def test_an_invoice_of_nothing_says_that_nothing_is_to_be_paid(client, martin):
    cover(martin, ccas(), "100")
    issue()
    [mine] = invoices_of(martin)
    client.force_login(martin.guardians.get().user)

    page = client.get(reverse("billing:invoice", args=[mine.number])).content.decode()

    assert "vous n’avez rien à régler" in page
    assert "Payer ma facture" not in page
    assert balance_of(martin).unpaid_count == 0


def test_the_till_takes_the_money_of_an_organisation(client, martin):
    payer = ccas()
    cover(martin, payer)
    issue()
    [theirs] = invoices_of(payer)
    client.force_login(UserFactory(agent=True, role=roles.REGISSEURS))
    found = client.get(f"{reverse('admin:billing_tillentry_home')}?{urlencode({'q': 'ccas'})}").content.decode()
    assert "CCAS de Castres" in found
    page = f"{reverse('admin:billing_tillentry_collect', args=[payer.pk])}?moyen=virement"
    form = client.get(page).context["form"]
    typed = {"amount": "6", "reference": "VIR 4512", "submission": form["submission"].value(), "encaisser": "1"}
    client.post(page, typed)

    assert debts_of(payer) == []
    assert theirs.allocations.get().payment.get_means_display() == "Virement"


def test_the_lists_cost_the_same_with_one_and_with_many(desk):
    TariffFactory()
    counts = []
    for page in ("coverage", "payingbody"):  # what the first visit alone asks
        desk.get(reverse(f"admin:billing_{page}_changelist"))
    for number in (1, 8):
        for rank in range(number):
            family = household(f"Foyer{number}{rank}")
            child = book(family, "Léa")[0].child
            cover(family, ccas(f"Organisme {number} {rank}"), child=child)
        pages = ("coverage", "payingbody")
        with CaptureQueriesContext(connection) as queries:
            for page in pages:
                desk.get(reverse(f"admin:billing_{page}_changelist"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_household_reads_who_pays_a_part_beside_its_invoices(client, martin):
    cover(martin, ccas(), "50", ceiling=D("40"))
    cover(martin, household("Bernard"), "20", ends_on=date(2026, 9, 30))
    client.force_login(martin.guardians.get().user)

    page = client.get(reverse("billing:invoices")).content.decode().replace("\u00a0", " ")

    assert page.count("D’autres paient une part") == 0, "nothing was invoiced yet: the page is empty"
    issue()
    page = client.get(reverse("billing:invoices")).content.decode().replace("\u00a0", " ")
    assert "CCAS de Castres, depuis le 1er septembre 2026, au plus 40,00 € par mois (décision n° 2026-112" in page
    assert "au plus 40,00 € par mois" in page
    assert "Bernard" not in page, "it is over"


def test_the_unpaid_list_and_the_file_of_invoices_ask_each_his_own(client, martin):
    payer = ccas()
    cover(martin, payer, "40")
    issue()
    late = datetime(2026, 12, 20, 9, tzinfo=PARIS)

    owing = {row.invoice.payer_name: row.owed for row in unpaid_rows(at=late, today=late.date())}
    client.force_login(UserFactory(agent=True, role=roles.REGISSEURS))
    written = client.post(f"{reverse('admin:billing_invoice_changelist')}exporter/", {"format": "csv"})

    assert owing == {"Madame Claire MARTIN": D("7.20"), "CCAS de Castres": D("4.80")}
    table = list(csv.DictReader(io.StringIO(b"".join(written).decode("utf-8-sig")), delimiter=";"))
    sums = {row["Nature"]: (row["Montant"], row["Prix des prestations"]) for row in table}
    assert sums == {"Foyer": ("7,20", "12,00"), "Prises en charge": ("4,80", "4,80")}
