"""What becomes of a request: taken, answered, refused, taken back; and what is written about it."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from post_office.models import Email

from accounts.roles import AGENTS
from accounts.tests.factories import UserFactory
from castres_portal.base.errors import Refusal
from families import request_kinds
from families.models import FamilyRequest
from families.services import requests as services
from families.tests.factories import NOON, FamilyRequestFactory, GuardianFactory

Status = FamilyRequest.Status
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def claire(db):
    return GuardianFactory(with_space=True)


@pytest.fixture
def agent(db):
    return UserFactory(agent=True, role=AGENTS, title="Madame", last_name="Dupuy")


@pytest.fixture
def deeds(monkeypatch):
    """A kind whose acceptance, refusal and withdrawal are noted here."""
    noted = []
    kind = request_kinds.RequestKind(
        slug="essai",
        label="Essai",
        icon="inbox",
        detail_template="components/fact.html",
        load_detail=lambda request: {"label": "Contenu", "content": "le détail"},
        silence=FamilyRequest.Silence.REFUSED,
        promised_days=10,
        on_accept=lambda request, decision: noted.append(("accepted", decision.words, decision.answers)),
        on_refuse=lambda request, decision: noted.append(("refused", decision.words)),
        on_withdraw=lambda request, at: noted.append(("withdrawn", at)),
    )
    monkeypatch.setitem(request_kinds._kinds, kind.slug, kind)
    return noted


@pytest.fixture
def asked(claire, deeds):
    return record(claire)


def record(claire, status=Status.RECEIVED, **given):
    with transaction.atomic():
        return services.record_request(
            kind="essai",
            family=claire.family,
            guardian=claire,
            entered_by=claire.user,
            summary="Changer d’école",
            status=status,
            at=NOON,
            **given,
        )


def last_mail():
    return Email.objects.order_by("pk").last()


def test_a_request_to_decide_is_promised_an_answer_and_acknowledged(asked, claire):
    assert asked.promised_on == date(2026, 11, 29)
    assert asked.service == "Espace Famille"
    mail = last_mail()
    assert mail.to == [claire.user.email]
    assert mail.subject == f"Demande n° {asked.number} : accusé de réception"
    for said in (
        "19/11/2026 à 12:06",
        "29 novembre 2026",
        "05\u00a063\u00a062\u00a043\u00a044",
        "110 boulevard Maréchal Joffre",
        "refusée",  # what silence means
        "19 janvier 2027",
        f"/demandes/{asked.number}/",
    ):
        assert said in mail.message
        assert said in mail.html_message


def test_a_request_done_at_once_promises_nothing(claire, deeds):
    done = record(claire, Status.DONE, decided_at=NOON)
    assert done.promised_on is None
    assert done.silence == ""
    assert "Traitée le 19/11/2026 à 12:06" in last_mail().message


def test_somebody_without_an_account_is_acknowledged_at_the_address_given(deeds):
    with transaction.atomic():
        asked = services.record_request(
            kind="essai",
            family=None,
            guardian=None,
            entered_by=None,
            summary="Une question",
            status=Status.RECEIVED,
            at=NOON,
            sender_name="Jeanne Essai",
            sender_email="jeanne@example.org",
        )
    assert last_mail().to == ["jeanne@example.org"]
    assert "/demandes/suivi/" in last_mail().message
    assert last_mail().mark.secret
    assert asked.sender == "Jeanne Essai"


def test_a_request_comes_from_somebody():
    with pytest.raises(IntegrityError, match="request_from_somebody"), transaction.atomic():
        FamilyRequestFactory(family=None)


def test_taking_a_request_shows_an_agent_in_charge(asked, agent):
    services.take_in_charge(request=asked, by=agent, at=NOON)
    services.take_in_charge(request=asked, by=agent, at=NOON)
    asked.refresh_from_db()
    assert (asked.handler, asked.status) == (agent, Status.IN_PROGRESS)
    assert asked.steps.count() == 1


def test_only_who_holds_a_request_lets_it_go(asked, agent):
    with pytest.raises(Refusal, match="pas à votre charge"):
        services.release_request(request=asked, by=agent, at=NOON)
    services.take_in_charge(request=asked, by=agent, at=NOON)
    services.release_request(request=asked, by=agent, at=NOON)
    asked.refresh_from_db()
    assert asked.handler is None


def test_accepting_does_what_the_kind_does_and_tells_the_family(asked, agent, deeds, claire):
    services.accept_request(request=asked, by=agent, words=" Bienvenue ", at=NOON, answers={"school": 3})
    asked.refresh_from_db()
    assert deeds == [("accepted", "Bienvenue", {"school": 3})]
    assert (asked.status, asked.decided_by, asked.decision) == (Status.DONE, agent, "Bienvenue")
    assert last_mail().to == [claire.user.email]
    assert "traitée" in last_mail().subject
    assert "Bienvenue" not in last_mail().message


def test_a_refusal_needs_its_reason(asked, agent, deeds):
    with pytest.raises(Refusal, match="pourquoi"):
        services.refuse_request(request=asked, by=agent, words="  ", at=NOON)
    services.refuse_request(request=asked, by=agent, words="L’école est complète.", at=NOON)
    asked.refresh_from_db()
    assert deeds == [("refused", "L’école est complète.")]
    assert asked.status == Status.REFUSED
    assert "deux mois" in last_mail().message


def test_nothing_is_decided_when_the_deed_cannot_be_done(asked, agent, monkeypatch):
    def impossible(request, decision):
        FamilyRequest.objects.filter(pk=request.pk).update(summary="écrit puis repris")
        raise Refusal("Le dossier a changé entre-temps.")

    kind = request_kinds.kind_of(asked)
    monkeypatch.setitem(
        request_kinds._kinds, "essai", request_kinds.RequestKind(**{**vars(kind), "on_accept": impossible})
    )
    mails = Email.objects.count()
    with pytest.raises(Refusal, match="entre-temps"):
        services.accept_request(request=asked, by=agent, words="", at=NOON)
    asked.refresh_from_db()
    assert (asked.status, asked.summary) == (Status.RECEIVED, "Changer d’école")
    assert Email.objects.count() == mails


def test_a_deed_may_do_a_part_only(asked, agent, monkeypatch):
    kind = request_kinds.kind_of(asked)
    partly = {**vars(kind), "on_accept": lambda request, decision: Status.PARTLY}
    monkeypatch.setitem(request_kinds._kinds, "essai", request_kinds.RequestKind(**partly))
    assert services.accept_request(request=asked, by=agent, words="", at=NOON).status == Status.PARTLY


@pytest.mark.parametrize("second", [services.accept_request, services.refuse_request])
def test_the_second_agent_is_told_what_the_first_decided(asked, agent, deeds, second):
    services.accept_request(request=asked, by=agent, words="Oui", at=NOON)
    other = UserFactory(agent=True)
    with pytest.raises(Refusal, match="déjà reçu une réponse par Madame DUPUY"):
        second(request=asked, by=other, words="Non", at=NOON)
    assert len(deeds) == 1


def test_a_request_is_taken_back_until_it_is_answered(asked, claire, agent, deeds):
    services.withdraw_request(request=asked, by=claire.user, at=NOON)
    services.withdraw_request(request=asked, by=claire.user, at=NOON)
    asked.refresh_from_db()
    assert asked.status == Status.WITHDRAWN
    assert deeds == [("withdrawn", NOON)]
    with pytest.raises(Refusal, match="a retiré"):
        services.accept_request(request=asked, by=agent, words="", at=NOON)


def test_a_request_that_was_answered_is_not_taken_back(asked, claire, agent):
    services.accept_request(request=asked, by=agent, words="", at=NOON)
    with pytest.raises(Refusal, match="ne peut plus être retirée"):
        services.withdraw_request(request=asked, by=claire.user, at=NOON)


# --- The thread -------------------------------------------------------------------------------------------------------


def test_a_question_waits_for_the_family_and_her_answer_sets_it_going(asked, claire, agent):
    services.write_message(
        request=asked, body="Quelle école ?", submission=uuid4(), at=NOON, agent=agent, expects_answer=True
    )
    asked.refresh_from_db()
    assert (asked.status, asked.unread_by_family, asked.handler) == (Status.WAITING, True, agent)
    assert "Votre réponse est attendue" in last_mail().message
    assert "Quelle école" not in last_mail().message

    later = NOON + timedelta(hours=1)
    services.write_message(
        request=asked, body="Lambert", submission=uuid4(), at=later, guardian=claire, user=claire.user
    )
    asked.refresh_from_db()
    assert (asked.status, asked.unread_by_family, asked.unread_by_service) == (Status.IN_PROGRESS, False, True)
    assert [message.author_name for message in asked.messages.all()] == ["Espace Famille", "Madame Claire MARTIN"]


def test_a_double_click_writes_once(asked, claire):
    once = uuid4()
    for _ in range(2):
        services.write_message(
            request=asked, body="Bonjour", submission=once, at=NOON, guardian=claire, user=claire.user
        )
    assert asked.messages.count() == 1


def test_an_empty_message_is_refused(asked, claire):
    with pytest.raises(Refusal, match="Écrivez"):
        services.write_message(request=asked, body="  ", submission=uuid4(), at=NOON, guardian=claire, user=claire.user)


def test_nothing_is_written_about_a_request_taken_back(asked, claire):
    services.withdraw_request(request=asked, by=claire.user, at=NOON)
    with pytest.raises(Refusal, match="retirée"):
        services.write_message(request=asked, body="Encore", submission=uuid4(), at=NOON, guardian=claire)
