"""Forgetting a person: what goes, what the law keeps, and what keeps her from being forgotten yet."""

import json
import time
from datetime import date, timedelta

import pytest
from auditlog.models import LogEntry
from django.apps import apps
from django.urls import reverse
from post_office.models import Email

from accounts.tests.factories import UserFactory
from billing.models import Invoice, InvoiceLine
from billing.tests.factories import TariffFactory, issue
from castres_portal.base.errors import Refusal
from castres_portal.base.mail import queue_mail
from castres_portal.tests.factories import a_message, says_password_again
from families.models import Child, Erasure, Family, FamilyRequest, Guardian, QuotientRecord
from families.services.privacy import asking, erasing, exports
from families.services.requests import accept_request, refuse_request
from families.tests.factories import (
    NOON,
    ChildFactory,
    CustodyFactory,
    FamilyFactory,
    GuardianFactory,
    QuotientRecordFactory,
)
from reservations.models import Enrolment
from reservations.tests.factories import BookingFactory, EnrolmentFactory

pytestmark = pytest.mark.django_db
PAGE = reverse("families:ask_erasure")


@pytest.fixture(autouse=True)
def _clock(settings):
    settings.PORTAL_CLOCK = f"2026-11-19T12:06@{time.time()}"


@pytest.fixture
def agent(db):
    return UserFactory(agent=True)


@pytest.fixture
def claire(client, db):
    family = FamilyFactory(name="ZORGLUBfoyer", street="1 rue ZORGLUB")
    guardian = GuardianFactory(
        family=family, with_space=True, first_name="ZORGLUBprenom", last_name="ZORGLUBnom", phone="0639980001"
    )
    guardian.user.email, guardian.user.first_name, guardian.user.last_name = "zorglub@example.org", "ZORGLUB", "ZORGLUB"
    guardian.user.save()
    Guardian.objects.filter(pk=guardian.pk).update(email="zorglub@example.org")
    guardian.refresh_from_db()
    QuotientRecordFactory(family=family)
    client.force_login(guardian.user)
    return guardian


def everything_stored() -> str:
    """Return all that the database holds, but the invoices that the law keeps and the mail that says goodbye."""
    kept = {Invoice, InvoiceLine}
    found = []
    for model in apps.get_models():
        if model in kept or model._meta.label == "sessions.Session":
            continue
        for row in model.objects.all().values():
            if model is Email and row["subject"].endswith("vos données sont effacées"):
                continue
            found.append(json.dumps(row, default=str, ensure_ascii=False))
    return "\n".join(found)


def test_a_guardian_alone_is_forgotten_with_her_household_and_the_invoices_stay(claire, agent):
    TariffFactory()
    child = ChildFactory(first_name="ZORGLUBenfant", last_name="ZORGLUBnom", at_home=claire.family)
    enrolment = EnrolmentFactory(
        child=child, family=claire.family, ends_on=date(2026, 11, 1), request__summary="Inscription de ZORGLUBenfant"
    )
    BookingFactory(enrolment=enrolment, day=date(2026, 10, 5))
    issue()
    pay_all()
    a_message(guardian=claire, user=claire.user, body="ZORGLUB écrit", phone="0639980001")
    queue_mail(
        "families/mail/already_registered",
        "zorglub@example.org",
        {"guardian": claire, "attach_url": "http://testserver"},
    )
    exports.ask_export(user=claire.user, at=NOON)
    asked = asking.ask_erasure(guardian=claire, body="ZORGLUB s’en va", at=NOON)
    assert "zorglub" in everything_stored().lower()

    accept_request(request=asked, by=agent, words="C’est fait.", at=NOON + timedelta(days=2))

    assert "zorglub" not in everything_stored().lower()
    assert Invoice.objects.get().payer_name  # ten years
    assert InvoiceLine.objects.get().child_name.startswith("ZORGLUB")
    claire.refresh_from_db()
    assert (claire.user, claire.email, claire.last_name) == (None, "", "Effacé")
    assert Family.objects.get(pk=claire.family_id).street == ""
    assert Child.objects.get(pk=child.pk).birth_date == date(child.birth_date.year, 1, 1)
    assert not QuotientRecord.objects.exists()
    assert Erasure.objects.get().whole_household


def pay_all() -> None:
    """Have every invoice paid."""
    from billing.models import Allocation, Payment

    for number, invoice in enumerate(Invoice.objects.all()):
        payment = Payment.objects.create(
            number=f"Q{number}",
            family=invoice.family,
            kind="paiement",
            means="carte",
            amount=invoice.total,
            received_at=NOON,
        )
        Allocation.objects.create(payment=payment, invoice=invoice, amount=invoice.total)


def test_she_can_no_longer_sign_in_and_her_sessions_end(client, claire, agent):
    asked = asking.ask_erasure(guardian=claire, body="", at=NOON)
    accept_request(request=asked, by=agent, words="", at=NOON)
    assert client.get("/accueil/")["Location"].startswith(reverse("account_login"))
    answer = client.post(reverse("account_login"), {"login": "zorglub@example.org", "password": "tramontane-Agout-27"})
    assert answer.status_code == 200
    assert client.get("/accueil/").status_code == 302


def test_the_report_goes_to_the_address_that_is_forgotten(claire, agent):
    asked = asking.ask_erasure(guardian=claire, body="", at=NOON)
    accept_request(request=asked, by=agent, words="Au revoir.", at=NOON)
    mails = Email.objects.filter(to="zorglub@example.org")
    (goodbye,) = mails
    assert goodbye.subject.endswith("vos données sont effacées")
    assert "Au revoir." in goodbye.message
    assert "dix ans" in goodbye.message
    assert goodbye.mark.secret
    asked.erasure_request.refresh_from_db()
    assert any("Votre compte" in line for line in asked.erasure_request.report["erased"])


def test_with_another_guardian_only_her_own_data_go(claire, agent):
    child = ChildFactory(first_name="Léo", at_home=claire.family)
    EnrolmentFactory(child=child, family=claire.family)  # no obstacle: the household stays
    paul = GuardianFactory(family=claire.family, with_space=True, pays=False, first_name="Paul", last_name="Petit")
    asked = asking.ask_erasure(guardian=claire, body="", at=NOON)
    accept_request(request=asked, by=agent, words="", at=NOON)
    family = Family.objects.get(pk=claire.family_id)
    assert family.street == "1 rue ZORGLUB"
    paul.refresh_from_db()
    assert (paul.last_name, paul.user.is_active) == ("Petit", True)
    assert Child.objects.get(pk=child.pk).first_name == "Léo"
    assert QuotientRecord.objects.count() == 1
    claire.refresh_from_db()
    assert claire.last_name == "Effacé"


def test_the_last_guardian_to_leave_takes_the_household_with_her(claire, agent):
    paul = GuardianFactory(family=claire.family, with_space=True, pays=False)
    for guardian in (claire, paul):
        accept_request(request=asking.ask_erasure(guardian=guardian, body="", at=NOON), by=agent, words="", at=NOON)
    assert Family.objects.get(pk=claire.family_id).name == "Dossier effacé"


def test_a_child_who_has_another_household_keeps_her_name(claire, agent):
    zoe = ChildFactory(first_name="Zoé")
    CustodyFactory(child=zoe, family=claire.family, odd_weeks=True)
    CustodyFactory(child=zoe, family=FamilyFactory(name="Bernard"), even_weeks=True)
    accept_request(request=asking.ask_erasure(guardian=claire, body="", at=NOON), by=agent, words="", at=NOON)
    assert Child.objects.get(pk=zoe.pk).first_name == "Zoé"


def test_an_account_that_opens_another_household_stays_open(claire, agent):
    other = GuardianFactory(family=FamilyFactory(name="Roux"), user=claire.user)
    accept_request(request=asking.ask_erasure(guardian=claire, body="", at=NOON), by=agent, words="", at=NOON)
    other.refresh_from_db()
    assert other.user == claire.user
    claire.user.refresh_from_db()
    assert claire.user.is_active
    assert claire.user.email == "zorglub@example.org"


def test_a_child_still_enrolled_keeps_her_household(claire, agent):
    EnrolmentFactory(child=ChildFactory(first_name="Léo", at_home=claire.family), family=claire.family)
    asked = asking.ask_erasure(guardian=claire, body="", at=NOON)
    with pytest.raises(Refusal, match="Léo est encore inscrit"):
        accept_request(request=asked, by=agent, words="", at=NOON)
    claire.refresh_from_db()
    assert claire.last_name == "ZORGLUBnom"
    assert FamilyRequest.objects.get(pk=asked.pk).status == FamilyRequest.Status.RECEIVED


def test_an_invoice_to_pay_keeps_her_household(claire, agent):
    TariffFactory()
    enrolment = EnrolmentFactory(child=ChildFactory(at_home=claire.family), family=claire.family)
    BookingFactory(enrolment=enrolment, day=date(2026, 10, 5))
    issue()
    Enrolment.objects.update(ends_on=date(2026, 11, 1))
    asked = asking.ask_erasure(guardian=claire, body="", at=NOON)
    with pytest.raises(Refusal, match="n’est pas réglée"):
        accept_request(request=asked, by=agent, words="", at=NOON)


def test_a_refusal_says_why_and_erases_nothing(claire, agent):
    asked = asking.ask_erasure(guardian=claire, body="", at=NOON)
    refuse_request(request=asked, by=agent, words="Un enfant est inscrit jusqu’en juillet.", at=NOON)
    claire.refresh_from_db()
    assert claire.last_name == "ZORGLUBnom"
    assert Email.objects.filter(to="zorglub@example.org", subject__contains="refusée").exists()


def test_nothing_is_written_in_the_journal_of_what_was_erased(claire, agent):
    claire.phone = "0639980002"
    claire.save()
    assert LogEntry.objects.filter(changes__icontains="0639980002").exists()
    accept_request(request=asking.ask_erasure(guardian=claire, body="", at=NOON), by=agent, words="", at=NOON)
    assert not LogEntry.objects.filter(changes__icontains="063998").exists()
    assert not LogEntry.objects.filter(object_repr__icontains="zorglub").exists()


# --- The page ---------------------------------------------------------------------------------------------------------


def test_her_password_is_asked_again_and_the_law_is_explained_first(client, claire):
    assert client.get(PAGE)["Location"].startswith(reverse("account_reauthenticate"))
    says_password_again(client)
    page = client.get(PAGE).content.decode()
    assert "dix ans" in page
    answer = client.post(PAGE, {"body": "Merci"})
    assert "Cochez cette case" in answer.content.decode()
    assert "Merci" in answer.content.decode()
    assert client.post(PAGE, {"understood": "on", "body": "Merci"}).status_code == 302
    assert FamilyRequest.objects.get().kind == "effacement"


def test_a_second_request_is_told_that_one_waits(client, claire):
    says_password_again(client)
    for _ in range(2):
        answer = client.post(PAGE, {"understood": "on", "body": ""})
    assert "déjà en cours" in answer.content.decode()
    assert FamilyRequest.objects.count() == 1


def test_both_sides_read_the_request(client, claire):
    asked = asking.ask_erasure(guardian=claire, body="Nous déménageons", at=NOON)
    assert "Nous déménageons" in client.get(reverse("families:request", args=[asked.number])).content.decode()
    client.force_login(UserFactory(administrator=True))
    page = client.get(f"/admin/families/familyrequest/{asked.pk}/change/", follow=True)
    assert "Nous déménageons" in page.content.decode()


# --- Households that nobody uses --------------------------------------------------------------------------------------


def test_a_household_asleep_for_two_years_is_forgotten_and_the_others_stay(claire):
    asleep, awake = claire.family, FamilyFactory(name="Durand")
    GuardianFactory(family=awake, with_space=True)
    Family.objects.update(created_at=NOON - timedelta(days=1000))
    claire.user.signed_in_at = NOON - timedelta(days=800)
    claire.user.save()
    Guardian.objects.filter(pk=claire.pk).update(attached_at=NOON - timedelta(days=900))
    Guardian.objects.filter(family=awake).update(attached_at=NOON - timedelta(days=9))
    assert erasing.purge_dormant_households(NOON, True) == 1
    assert Family.objects.get(pk=asleep.pk).street == "1 rue ZORGLUB"
    assert erasing.purge_dormant_households(NOON, False) == 1
    assert Family.objects.get(pk=asleep.pk).street == ""
    assert Family.objects.get(pk=awake.pk).name == "Durand"
    assert erasing.purge_dormant_households(NOON, False) == 0
