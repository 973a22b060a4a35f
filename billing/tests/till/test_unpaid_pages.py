"""The régisseur's list of what is unpaid, and the batches that leave for the Trésor."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.roles import AGENTS
from accounts.tests.factories import UserFactory
from billing.models import RecoveryHold, TreasuryBatch
from billing.services.unpaid import plan_reminders, send_reminders

from .test_unpaid import DUE, on
from .world import owed_by, regisseur

pytestmark = pytest.mark.django_db
LIST = "/admin/billing/paymentreminder/impayes/"


@pytest.fixture
def desk(client, monkeypatch, settings, september, october):
    """The régisseur, in the middle of January; September was reminded of, and twelve meals are enough for the Trésor."""
    settings.PORTAL_CLOCK = "2027-01-15T09:00"
    settings.UNPAID = {**settings.UNPAID, "treasury_least": Decimal("5.00")}
    monkeypatch.setattr(
        "castres_portal.back_office.BackOffice.has_permission", lambda site, request: request.user.is_staff
    )
    day = DUE + timedelta(days=30)
    plan_reminders(at=on(day), today=day)
    send_reminders(at=on(day))
    client.force_login(regisseur())
    return client


def test_a_batch_from_the_list_to_the_tresor_s_money(desk, september, october):
    page = desk.get(LIST).content.decode()
    assert "2 (18,00 €)" in page
    assert "1 (6,00 €)" in page
    assert "Échue depuis moins de 60 jours" in page

    refused = desk.post(LIST, {"facture": [october.pk]}, follow=True).content.decode()
    assert "Rien n’est transmis" in refused
    assert "au moins une facture" in desk.post(LIST, {"facture": ["x"]}, follow=True).content.decode()
    made = desk.post(LIST, {"facture": [september.pk]}, follow=True).content.decode()
    batch = TreasuryBatch.objects.get()
    assert f"Lot {batch.number} préparé" in made

    csv = desk.get(reverse("admin:billing_treasurybatch_file", args=[batch.pk]))
    assert september.number in csv.content.decode("utf-8-sig")
    assert desk.get(reverse("admin:billing_treasurybatch_file", args=[batch.pk]) + "?format=pes").status_code == 404
    desk.post(reverse("admin:billing_treasurybatch_send", args=[batch.pk]))
    handover = batch.handovers.get()
    withdraw = reverse("admin:billing_treasurybatch_withdraw", args=[handover.pk])
    assert "est envoyé" in desk.post(withdraw, {"reason": "x"}).content.decode()
    collected = reverse("admin:billing_treasurybatch_collected", args=[handover.pk])
    assert "ne doit plus que" in desk.post(collected, {"amount": "7"}).content.decode()
    assert "Soldée" in desk.post(collected, {"amount": "6,00"}, follow=True).content.decode()
    assert owed_by(september) == 0


def test_an_invoice_is_taken_back_with_its_reason(desk, september):
    desk.post(LIST, {"facture": [september.pk]})
    url = reverse("admin:billing_treasurybatch_withdraw", args=[TreasuryBatch.objects.get().handovers.get().pk])

    assert "Indiquez pourquoi" in desk.post(url, {"reason": " "}).content.decode()
    assert "Retirée le 15/01/2027" in desk.post(url, {"reason": "Payée ce matin"}, follow=True).content.decode()


def test_an_invoice_is_left_alone_and_taken_up_again(desk, september):
    url = reverse("admin:billing_invoice_hold", args=[september.pk])
    desk.post(url, {"cause": "situation", "reason": ""})
    assert "Recouvrement suspendu" in desk.get(LIST).content.decode()
    desk.post(url, {"cause": "situation"})
    assert RecoveryHold.objects.get().lifted_by == regisseur()


def test_the_list_costs_the_same_and_is_a_file_too(desk, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        desk.get(LIST)
    csv = desk.get(f"{LIST}?voir=a-transmettre&fichier=csv").content.decode("utf-8-sig").splitlines()
    assert len(csv) == 2
    assert csv[1].endswith(";6,00;1;à transmettre")


def test_an_agent_reads_and_hands_nothing_over(desk, september):
    desk.force_login(UserFactory(agent=True, role=AGENTS))
    page = desk.get(LIST)
    assert page.status_code == 200
    assert "Préparer un lot" not in page.content.decode()
    assert desk.post(LIST, {"facture": [september.pk]}).status_code == 403
    assert desk.get(reverse("admin:billing_invoice_hold", args=[september.pk])).status_code == 403
    assert not TreasuryBatch.objects.exists()
