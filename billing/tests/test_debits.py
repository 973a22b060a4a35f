"""Direct debits from the signature to the return, as a family, the régie and the bank live them."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from defusedxml import ElementTree
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from post_office.models import Email

from accounts import roles
from accounts.tests.factories import PASSWORD, UserFactory
from billing.models import Allocation, Anomaly, Debit, DebitBatch, Payment, SepaMandate
from billing.queries.payments import owed_on
from billing.sepa.returns import Return, read_returns, write_returns
from billing.services import debits as services
from billing.services.debits import batches
from billing.tests.factories import TariffFactory, book, household, invoice_of, pay
from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from castres_portal.base.tests.races import at_once, expect_both, meeting_before

pytestmark = pytest.mark.django_db
IBAN = "FR76 3000 6000 0112 3456 7890 189"
SIGNED_AT = datetime(2026, 11, 10, 20, 0, tzinfo=PARIS)
TOLD_AT = datetime(2026, 11, 25, 9, 0, tzinfo=PARIS)
COLLECT_ON = date(2026, 12, 9)
SENT_AT = datetime(2026, 12, 4, 9, 0, tzinfo=PARIS)
TAKEN_AT = datetime(2026, 12, 9, 15, 0, tzinfo=PARIS)
PAIN = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.008.001.02"}


@pytest.fixture(autouse=True)
def _town(settings):
    settings.SEPA = {
        "ICS": "FR72ZZZ123456",
        "CREDITOR": "Ville de Castres",
        "IBAN": "FR7630001007941234567890185",
        "BIC": "BDFEFRPP",
    }


@pytest.fixture
def martin():
    family = household()
    TariffFactory()
    book(family)
    family.invoice = invoice_of(family)
    family.payer = family.guardians.get(pays=True)
    return family


@pytest.fixture
def regisseur(client):
    user = UserFactory(agent=True, role=roles.REGISSEURS)
    client.force_login(user)
    return user


def sign(family, iban=IBAN, at=SIGNED_AT):
    payer = family.guardians.get(pays=True)
    return services.sign_mandate(
        family=family, guardian=payer, user=payer.user, holder="Claire Martin", iban=iban, at=at
    )


def announce(at=TOLD_AT, collect_on=COLLECT_ON):
    return services.announce_debits(collect_on=collect_on, by=None, at=at)


def sent(family):
    sign(family)
    return services.make_file(batch=announce().pk, at=SENT_AT)


def collected(family):
    batch = sent(family)
    services.confirm_batch(batch=batch.pk, by=family.payer.user, at=TAKEN_AT)
    return Debit.objects.get(invoice=family.invoice)


def refused(debit, code="AM04", day=date(2026, 12, 14)):
    return services.apply_returns(returns=[Return(debit.end_to_end, code, day)], at=TAKEN_AT + timedelta(days=5))


def subjects():
    return [mail.subject.replace("\u00a0", " ") for mail in Email.objects.order_by("pk")]


# --- The mandate ------------------------------------------------------------------------------------------------------


def test_a_guardian_signs_for_her_household_and_receives_it_by_mail(martin):
    mandate = sign(martin)
    assert (mandate.rum, mandate.masked_iban) == (f"ESPACEFAMILLE-{martin.number}-1", "•••• 0189")
    assert (mandate.bic, mandate.creditor_id) == ("AGRIFRPPXXX", "FR72ZZZ123456")
    assert subjects() == ["Votre mandat de prélèvement est signé"]


def test_the_iban_is_nowhere_in_clear_in_the_database(martin):
    sign(martin)
    with connection.cursor() as cursor:
        cursor.execute("select * from billing_sepamandate")
        assert "30006000011234567890189" not in str(cursor.fetchall())


def test_another_account_replaces_the_first_mandate_with_a_new_reference(martin):
    first = sign(martin)
    second = sign(martin, "FR1420041010050500013M02606")
    first.refresh_from_db()
    assert first.ending == SepaMandate.Ending.REPLACED
    assert second.rum.endswith("-2")
    assert sign(martin, "FR1420041010050500013M02606") == second


@pytest.mark.parametrize("iban", ["FR7630006000011234567890188", "FR76", "", "n’importe quoi"])
def test_a_wrong_iban_is_refused_in_french(martin, iban):
    with pytest.raises(Refusal, match="n’est pas valide"):
        sign(martin, iban)
    assert not SepaMandate.objects.exists()


def test_the_page_keeps_what_was_typed_and_signs_once_it_is_right(martin, client):
    client.force_login(martin.payer.user)
    page = reverse("billing:sign_mandate")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    typed = {"holder": "Claire Martin", "iban": "FR76 3000 6000 0112 3456 7890 188", "agreed": "on"}
    wrong = client.post(page, typed).content.decode()
    assert "n’est pas valide" in wrong
    assert "FR76 3000 6000 0112 3456 7890 188" in wrong
    done = client.post(page, typed | {"iban": IBAN}, follow=True).content.decode()
    assert "Votre mandat est signé" in done
    assert "•••• 0189" in done
    paper = client.get(reverse("billing:mandate", args=[SepaMandate.objects.get().rum]))
    assert paper["Content-Type"] == "application/pdf"


def test_signing_asks_the_password_again(martin, client):
    client.force_login(martin.payer.user)
    assert "confirmer" in client.get(reverse("billing:sign_mandate")).url


def test_there_is_no_direct_debit_without_a_creditor_identifier(martin, client, settings):
    settings.SEPA = settings.SEPA | {"ICS": ""}
    client.force_login(martin.payer.user)
    assert client.get(reverse("billing:debits")).status_code == 404


def test_a_revoked_mandate_takes_nothing_that_is_not_at_the_bank(martin):
    sign(martin)
    announce()
    services.end_mandate(family=martin, guardian=martin.payer, user=martin.payer.user, at=TOLD_AT)
    assert Debit.objects.get().words == "Mandat terminé\u00a0: révoqué par la famille"
    with pytest.raises(Refusal, match="plus rien à prélever"):
        services.make_file(batch=DebitBatch.objects.get().pk, at=SENT_AT)


def test_a_mandate_lapses_after_36_months_without_use(martin):
    sign(martin)
    assert services.end_unused_mandates(at=SIGNED_AT + timedelta(days=1090)) == 0
    assert services.end_unused_mandates(at=SIGNED_AT + timedelta(days=1100)) == 1
    assert SepaMandate.objects.get().ending == SepaMandate.Ending.UNUSED


# --- The collection ---------------------------------------------------------------------------------------------------


def test_each_household_is_told_the_amount_and_the_day(martin):
    sign(martin)
    durand = household("Durand")
    announce()
    assert Debit.objects.get().amount == Decimal("12.00")
    assert subjects()[-1] == "Prélèvement de 12,00 € le 9 décembre 2026"
    assert not Debit.objects.filter(invoice__family=durand).exists()


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 12, 8), "le premier jour possible est le mercredi 9 décembre 2026"),
        (date(2026, 12, 12), "Les banques n’échangent pas le samedi 12 décembre 2026"),
    ],
)
def test_a_day_too_near_or_without_banks_is_refused(martin, day, words):
    sign(martin)
    with pytest.raises(Refusal) as refusal:
        announce(collect_on=day)
    assert words in refusal.value.message.replace("\u00a0", " ")


def test_an_invoice_is_not_taken_twice(martin):
    sign(martin)
    announce()
    with pytest.raises(Refusal, match="Aucune facture à prélever"):
        announce()


def test_the_file_says_to_the_bank_what_the_mandate_says(martin):
    batch = sent(martin)
    with batch.file.open("rb") as file:
        root = ElementTree.fromstring(file.read())
    find = lambda name: root.find(f".//p:{name}", PAIN).text  # noqa: E731
    debit = Debit.objects.get()
    assert find("DrctDbtTxInf/p:InstdAmt") == "12.00"
    assert find("MndtId") == debit.mandate.rum
    assert find("DtOfSgntr") == "2026-11-10"
    assert find("EndToEndId") == f"FAC{martin.invoice.number}-1"
    assert find("SeqTp") == "FRST"
    assert find("ReqdColltnDt") == "2026-12-09"
    assert root.find(".//p:DbtrAcct/p:Id/p:IBAN", PAIN).text == IBAN.replace(" ", "")


def test_the_second_debit_of_a_mandate_is_a_following_one(martin):
    refused(collected(martin))
    later = announce(at=TAKEN_AT + timedelta(days=6), collect_on=date(2026, 12, 29))
    debit = later.debits.get()
    assert (debit.first_use, debit.end_to_end) == (False, f"FAC{martin.invoice.number}-2")


def test_what_was_paid_since_is_not_taken(martin):
    sign(martin)
    batch = announce()
    pay(martin.invoice, "5.00", at=TOLD_AT)
    services.make_file(batch=batch.pk, at=SENT_AT)
    assert Debit.objects.get().amount == Decimal("7.00")


def test_the_file_is_made_once(martin):
    batch = sent(martin)
    again = services.make_file(batch=batch.pk, at=SENT_AT + timedelta(days=1))
    assert (again.message_id, again.file.name) == (batch.message_id, batch.file.name)


def test_the_money_is_recorded_when_the_regisseur_finds_it_and_once(martin):
    batch = sent(martin)
    with pytest.raises(Refusal, match="constatez-le ce jour-là"):
        services.confirm_batch(batch=batch.pk, by=martin.payer.user, at=SENT_AT)
    assert owed_on(martin.invoice.pk) == Decimal("12.00")
    for _ in range(2):
        services.confirm_batch(batch=batch.pk, by=martin.payer.user, at=TAKEN_AT)
    assert owed_on(martin.invoice.pk) == 0
    assert [(row.means, row.amount) for row in Payment.objects.all()] == [("prelevement", Decimal("12.00"))]


def test_paid_by_card_after_the_file_it_is_the_households_credit(martin):
    batch = sent(martin)
    pay(martin.invoice, at=SENT_AT + timedelta(hours=2))
    services.confirm_batch(batch=batch.pk, by=martin.payer.user, at=TAKEN_AT)
    assert owed_on(martin.invoice.pk) == 0
    assert not Allocation.objects.filter(payment__means="prelevement").exists()


# --- Returns ----------------------------------------------------------------------------------------------------------


def test_a_return_reopens_the_invoice_charges_nothing_and_is_told(martin):
    debit = collected(martin)
    assert refused(debit) == 1
    assert owed_on(martin.invoice.pk) == Decimal("12.00")
    assert [row.amount for row in Payment.objects.order_by("pk")] == [Decimal("12.00"), Decimal("-12.00")]
    assert subjects()[-1] == "Votre prélèvement de 12,00 € a été rejeté"
    assert Anomaly.objects.get().kind == Anomaly.Kind.DEBIT_RETURNED
    assert SepaMandate.objects.get().ended_at is None


def test_a_return_before_the_money_is_found_only_leaves_the_invoice_due(martin):
    batch = sent(martin)
    refused(Debit.objects.get(), day=date(2026, 12, 9))
    assert services.confirm_batch(batch=batch.pk, by=martin.payer.user, at=TAKEN_AT) == 0
    assert not Payment.objects.exists()


def test_the_same_file_of_returns_twice_changes_nothing_more(martin):
    debit = collected(martin)
    assert (refused(debit), refused(debit)) == (1, 0)
    assert Payment.objects.count() == 2


def test_a_closed_account_ends_the_mandate(martin):
    refused(collected(martin), "AC04")
    assert SepaMandate.objects.get().ending == SepaMandate.Ending.BANK


def test_the_agent_sees_what_a_file_would_change_before_it_does(martin, client, regisseur, monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: date(2026, 12, 14))
    debit = collected(martin)
    page = reverse("admin:billing_debitbatch_take_returns")
    csv = f"Référence;Motif;Date\n{debit.end_to_end};AM04;09/12/2026\nFAC0-1;AM04;09/12/2026\n".encode()
    shown = client.post(page, {"returns": SimpleUploadedFile("rejets.csv", csv)})
    text = shown.content.decode()
    assert "la provision est insuffisante" in text
    assert "Aucun prélèvement ne porte cette référence" in text
    assert owed_on(martin.invoice.pk) == 0
    client.post(page, {"lignes": shown.context["shown"]})
    assert owed_on(martin.invoice.pk) == Decimal("12.00")


PAIN_002 = b"""<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt>
<OrgnlPmtInfAndSts><TxInfAndSts><OrgnlEndToEndId>FAC2610000001-1</OrgnlEndToEndId><TxSts>RJCT</TxSts>
<StsRsnInf><Rsn><Cd>MD01</Cd></Rsn></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"""


def test_the_banks_own_file_is_read_too():
    today = date(2026, 12, 14)
    told = Return("FAC2610000001-1", "MD01", today)
    assert read_returns(PAIN_002, today=today) == [told]
    assert read_returns(write_returns([told]).encode(), today=today) == [told]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a;b\n1;2\n", "avoir les colonnes"),
        (b"reference;motif;date\nFAC1-1;provision;09/12/2026\n", "Ligne 2"),
        ("reference;motif;date\nFAC1-1;AM04;9 décembre\n".encode(), "écrivez la date comme ceci"),
        (b"reference;motif;date\nFAC1-1;AM04;09/12/2027\n", "est à venir"),
        (b"<html></html>", "n’est pas un pain.002"),
        (b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", "ne se lit pas"),
    ],
)
def test_an_unreadable_file_is_refused_with_its_line(content, words):
    with pytest.raises(Refusal) as refusal:
        read_returns(content, today=date(2026, 12, 14))
    assert words in refusal.value.message.replace("\u00a0", " ")


# --- The back office --------------------------------------------------------------------------------------------------


def test_the_regisseur_goes_from_the_announcement_to_the_money(martin, client, regisseur, monkeypatch):
    sign(martin)
    now = [TOLD_AT]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    monkeypatch.setattr(clock, "today", lambda: now[0].date())
    client.post(reverse("admin:billing_debitbatch_announce"), {"collect_on": "09/12/2026"})
    batch = DebitBatch.objects.get()
    page = reverse("admin:billing_debitbatch_change", args=[batch.pk])
    assert "Préparer le fichier" in client.get(page).content.decode()
    now[0] = SENT_AT
    client.post(reverse("admin:billing_debitbatch_prepare", args=[batch.pk]))
    xml = client.get(reverse("admin:billing_debitbatch_file", args=[batch.pk]))
    assert b"".join(xml.streaming_content).startswith(b"<?xml")
    now[0] = TAKEN_AT
    client.post(reverse("admin:billing_debitbatch_confirm", args=[batch.pk]))
    assert "Encaissée" in client.get(page).content.decode()
    assert owed_on(martin.invoice.pk) == 0


def test_an_agent_reads_mandates_and_never_a_whole_iban(martin, client):
    mandate = sign(martin)
    client.force_login(UserFactory(agent=True, role=roles.AGENTS))
    page = client.get(reverse("admin:billing_sepamandate_change", args=[mandate.pk])).content.decode()
    assert "•••• 0189" in page
    assert "30006" not in page
    assert client.get(f"/admin/billing/sepamandate/{mandate.pk}/copie/").status_code == 403
    batch = announce()
    for name in ("prepare", "confirm"):
        assert client.post(reverse(f"admin:billing_debitbatch_{name}", args=[batch.pk])).status_code == 403


# --- Both at once -----------------------------------------------------------------------------------------------------


def confirm_twice(family, monkeypatch):
    batch = sent(family)
    monkeypatch.setattr(batches, "owed_each", meeting_before(batches.owed_each))

    def confirm():
        return services.confirm_batch(batch=batch.pk, by=family.payer.user, at=TAKEN_AT)

    return at_once(confirm, confirm)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_clicks_on_the_money_record_it_once(martin, monkeypatch):
    assert sorted(confirm_twice(martin, monkeypatch)) == [0, 1]
    assert Payment.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_clicks_would_write(martin, monkeypatch):
    expect_both(monkeypatch)
    monkeypatch.setattr(batches, "_locked_batch", lambda pk: DebitBatch.objects.get(pk=pk))
    monkeypatch.setattr(batches, "_sent_debits", lambda batch: list(batch.debits.filter(state="remis")))
    monkeypatch.setattr(batches, "lock_invoices", lambda pks: None)
    answers = confirm_twice(martin, monkeypatch)
    assert 0 not in answers
