"""« Quotient familial », as a parent and an agent live it."""

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import AGENTS
from accounts.tests.factories import UserFactory
from castres_portal.base.errors import Refusal
from families import attachments, quotient_changes, quotient_effects
from families.models import FamilyRequest, QuotientClaim, QuotientRecord, RequestMessage
from families.quotient_effects import Effect
from families.tests.factories import QuotientRecordFactory

pytestmark = pytest.mark.django_db

PAGE, DECLARE = reverse("families:quotient"), reverse("families:quotient_declare")
GIVEN = {"value": "845", "month": "2026-11-01", "source": "caf"}


@pytest.fixture
def claire(client, martins):
    """Claire Martin, signed in on 19 November 2026."""
    martins.guardian.user = UserFactory(first_name="Claire", last_name="Martin")
    martins.guardian.save()
    client.force_login(martins.guardian.user)
    return martins


@pytest.fixture(autouse=True)
def _prices(monkeypatch):
    """Band B under 900 €, C from there or without a quotient."""

    def source(quotients, on):
        cheap = [value is not None and value < 900 for value in quotients]
        return [
            [Effect("Cantine", "B", Decimal(3)) if low else Effect("Cantine", "C", Decimal("4.5"))] for low in cheap
        ]

    monkeypatch.setattr(quotient_effects, "_sources", [source])


def text(response):
    return response.content.decode()


def test_the_page_says_what_holds_and_what_comes_after(client, claire):
    QuotientRecordFactory(family=claire.family, value=845, ends_on=date(2026, 12, 31), proof="Attestation lue")
    page = text(client.get(PAGE))
    for said in ("845 €", "1er septembre 2026 au 31 décembre 2026", "Attestation lue", "Tranche B", "3,00"):
        assert said in page
    after = page.partition("Ensuite")[2]
    assert "vendredi 1er janvier 2027" in after
    assert "le tarif le plus élevé s’applique" in after
    assert "Tranche C" in after


def test_without_a_quotient_the_page_says_the_highest_band(client, claire):
    page = text(client.get(PAGE))
    assert "Aucun quotient à jour" in page
    assert "Tranche C" in page


def test_a_quotient_to_come_is_said(client, claire):
    QuotientRecordFactory(family=claire.family, value=612, ends_on=date(2026, 11, 30))
    QuotientRecordFactory(family=claire.family, value=700, starts_on=date(2026, 12, 1))
    page = text(client.get(PAGE))
    assert "le quotient de 700 € s’applique" in page
    assert "À venir" in page


def test_the_history_costs_the_same_with_many_quotients(client, claire):
    def visit():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(PAGE).status_code == 200
        return len(seen)

    QuotientRecordFactory(family=claire.family, starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 31))
    visit()  # the first visit writes its session
    alone = visit()
    for year in range(2000, 2020):
        QuotientRecordFactory(family=claire.family, starts_on=date(year, 1, 1), ends_on=date(year, 12, 31))
    assert visit() == alone


def test_another_household_s_quotient_is_not_there(client, claire, durands):
    QuotientRecordFactory(family=durands.family, value=1650)
    assert "1650" not in text(client.get(PAGE))


def test_a_declaration_becomes_a_request_that_the_page_shows(client, claire):
    page = client.post(DECLARE, GIVEN, follow=True)
    request = FamilyRequest.objects.get()
    assert page.redirect_chain[-1][0] == reverse("families:request", args=[request.number])
    assert "Joignez votre attestation" in text(page)
    assert "845 €" in text(page)
    assert request.number in text(client.get(PAGE))
    # A second one would be confusing: the way leads to the first.
    assert client.get(DECLARE)["Location"] == reverse("families:request", args=[request.number])


@pytest.mark.parametrize(
    "changes, field, said",
    [
        ({"value": ""}, "value", "Saisissez votre quotient"),
        ({"value": "huit cents"}, "value", "en chiffres"),
        ({"value": "845,50"}, "value", "en chiffres"),
        ({"value": "-3"}, "value", "pas négatif"),
        ({"value": "1000000"}, "value", "trop grand"),
        ({"month": ""}, "month", "Choisissez le mois"),
        ({"month": "2026-12-01"}, "month", ""),
        ({"month": "2024-01-01"}, "month", ""),
        ({"source": ""}, "source", "Dites qui l’a calculé"),
        ({"source": "demo"}, "source", ""),
    ],
)
def test_what_is_badly_typed_is_said_and_nothing_is_lost(client, claire, changes, field, said):
    page = client.post(DECLARE, GIVEN | changes)
    assert said in str(page.context["form"].errors[field])
    assert not FamilyRequest.objects.exists()
    if field != "value":
        assert 'value="845"' in text(page)


class Desk:
    """Somebody who keeps papers, and refuses one named « virus »."""

    def fields(self, request):
        return {"paper": forms.CharField(label="Attestation", required=False)}

    def keep(self, *, message, answers, **given):
        if answers["paper"] == "virus":
            raise Refusal("Ce fichier est refusé.")
        message.body = f"{message.body} {answers['paper']}"
        message.save()

    def papers_of(self, request):
        return []


def test_the_attestation_comes_with_the_declaration_when_papers_are_kept(client, claire, monkeypatch):
    monkeypatch.setattr(attachments, "_desk", Desk())
    assert "Attestation" in text(client.get(DECLARE))
    client.post(DECLARE, {**GIVEN, "paper": "attestation.pdf"})
    assert RequestMessage.objects.get().body == "Voici mon attestation. attestation.pdf"


def test_a_paper_that_is_refused_does_not_lose_the_declaration(client, claire, monkeypatch):
    monkeypatch.setattr(attachments, "_desk", Desk())
    page = client.post(DECLARE, {**GIVEN, "paper": "virus"}, follow=True)
    assert "Ce fichier est refusé. Joignez-la" in text(page)
    assert FamilyRequest.objects.count() == 1
    assert not RequestMessage.objects.exists()


def test_an_account_without_household_is_sent_to_attach_one(client, db):
    client.force_login(UserFactory())
    for path in (PAGE, DECLARE, reverse("families:quotient_fetch")):
        assert client.get(path)["Location"] == reverse("families:attach")


# --- The agent --------------------------------------------------------------------------------------------------------


@pytest.fixture
def agent(db):
    browser = Client()
    browser.force_login(UserFactory(agent=True, role=AGENTS))
    return browser


def accepted(**changes):
    given = {
        "value": "845", "month": "01/11/2026", "source": "caf", "starts_on": "01/11/2026", "ends_on": "31/10/2027",
    }  # fmt: skip
    return {"do": "accept", "decision-words": ""} | {
        f"accord-{name}": value for name, value in (given | changes).items()
    }


def test_an_agent_finds_the_period_proposed_and_accepts_it(client, claire, agent):
    client.post(DECLARE, GIVEN)
    request = FamilyRequest.objects.get()
    address = reverse("admin:families_familyrequest_change", args=[request.pk])
    page = text(agent.get(address))
    for proposed in ('value="845"', 'value="01/11/2026"', 'value="31/10/2027"'):
        assert proposed in page
    assert agent.post(address, accepted()).status_code == 302
    assert QuotientRecord.objects.get().value == 845
    assert "Quotient retenu" in text(client.get(reverse("families:request", args=[request.number])))


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"value": "945"}, "dites-lui pourquoi"),
        ({"ends_on": "31/10/2025"}, "La fin précède le début"),
        ({"month": "01/12/2026"}, "pas encore commencé"),
        ({"month": "01/01/2024"}, "plus de 12 mois"),
    ],
)
def test_an_agent_s_mistake_is_said_and_decides_nothing(client, claire, agent, changes, said):
    client.post(DECLARE, GIVEN)
    request = FamilyRequest.objects.get()
    page = agent.post(reverse("admin:families_familyrequest_change", args=[request.pk]), accepted(**changes))
    assert said in text(page)
    assert not QuotientRecord.objects.exists()
    assert QuotientClaim.objects.get().request.status == "recue"


def test_a_period_changed_on_the_household_s_page_is_told(claire, agent, monkeypatch):
    heard = []
    monkeypatch.setattr(quotient_changes, "_listeners", [heard.append])
    record = QuotientRecordFactory(family=claire.family)
    address = reverse("admin:families_family_change", args=[claire.family.pk])
    page = agent.get(address)
    data = {}
    for formset in [
        page.context["adminform"].form,
        *(inline.formset for inline in page.context["inline_admin_formsets"]),
    ]:
        for form in [formset.management_form, *formset.forms] if hasattr(formset, "management_form") else [formset]:
            for bound in form:
                data[bound.html_name] = "" if bound.value() is None else bound.value()
    data = {name: (f"{value:%d/%m/%Y}" if isinstance(value, date) else value) for name, value in data.items()}
    data = {name: value for name, value in data.items() if value is not False}
    prefix = "quotients-0-"
    answer = agent.post(address, data | {f"{prefix}value": "700"})
    assert answer.status_code == 302, text(answer)
    record.refresh_from_db()
    assert record.value == 700
    assert [(change.family, change.from_day) for change in heard] == [(claire.family, date(2026, 9, 1))]
    # A period that came while the page was open is not overwritten.
    QuotientRecordFactory(family=claire.family, starts_on=date(2020, 1, 1), ends_on=date(2020, 12, 31))
    late = agent.post(address, data | {f"{prefix}value": "800"})
    assert "rechargez la page" in text(late)
