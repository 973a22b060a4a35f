"""« Mes dernières demandes » and the acknowledgement of each."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.roles import AGENTS
from accounts.tests.factories import UserFactory
from families.models import FamilyRequest, RequestMessage
from families.outsiders import follow_path
from families.tests.factories import NOON, FamilyRequestFactory, GuardianFactory

pytestmark = pytest.mark.django_db
LIST = reverse("families:requests")


@pytest.fixture
def claire(client):
    guardian = GuardianFactory(with_space=True)
    client.force_login(guardian.user)
    return guardian


def page_of(asked):
    return reverse("families:request", args=[asked.number])


def test_requests_are_listed_the_latest_first(client, claire, trial_kind):
    old = FamilyRequestFactory(family=claire.family, received_at=NOON - timedelta(days=3), summary="La première")
    new = FamilyRequestFactory(family=claire.family, guardian=claire, summary="La dernière")
    page = client.get(LIST).content.decode()
    assert page.index("La dernière") < page.index("La première")
    assert page_of(old) in page
    assert page_of(new) in page
    assert "19/11/2026 à 12:06" in page


def test_nothing_asked_yet_is_said_kindly(client, claire):
    assert "Aucune demande pour l’instant" in client.get(LIST).content.decode()


def test_the_acknowledgement_says_number_day_service_address_and_telephones(client, claire, trial_kind):
    asked = FamilyRequestFactory(family=claire.family, guardian=claire)
    page = client.get(page_of(asked)).content.decode()
    for said in (
        asked.number,
        "19/11/2026 à 12:06",
        "Espace Famille",
        "110 boulevard Maréchal Joffre",
        "05\u00a063\u00a062\u00a043\u00a044",
        "Traitée",
        f"le détail de {asked.number}",
    ):
        assert said in page


def test_the_family_who_is_waited_for_reads_that_it_is_she(client, claire, trial_kind):
    asked = FamilyRequestFactory(family=claire.family, status=FamilyRequest.Status.WAITING, decided_at=None)
    page = client.get(page_of(asked)).content.decode()
    assert "Votre réponse est attendue" in page
    assert "Réponse promise avant le" not in page


@pytest.mark.parametrize("status", FamilyRequest.Status.values)
def test_each_state_has_its_word(client, claire, trial_kind, status):
    asked = FamilyRequestFactory(family=claire.family, status=status, decided_at=None)
    assert asked.words_for_family in client.get(page_of(asked)).content.decode()


def test_another_household_s_request_does_not_exist(client, claire, trial_kind):
    asked = FamilyRequestFactory(summary="Celle des autres")
    assert client.get(page_of(asked)).status_code == 404
    assert "Celle des autres" not in client.get(LIST).content.decode()


def test_thirty_requests_cost_no_more_queries_than_one(client, claire, trial_kind, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    FamilyRequestFactory(family=claire.family, guardian=claire)
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    for _ in range(29):
        FamilyRequestFactory(family=claire.family, guardian=claire)
    with django_assert_num_queries(len(one)):
        page = client.get(LIST)
    assert page.context["page_obj"].paginator.num_pages == 2
    assert client.get(LIST, {"page": 2}).status_code == 200


# --- Filters ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query, seen, unseen",
    [
        ({"etat": "en-cours"}, "À décider", "Déjà faite"),
        ({"etat": "terminees"}, "Déjà faite", "À décider"),
        ({"etat": "a-vous"}, "On vous questionne", "À décider"),
        ({"etat": "n-importe-quoi"}, "Déjà faite", "introuvable"),
        ({"demarche": "essai"}, "Déjà faite", "introuvable"),
        ({"demarche": "inconnue"}, "Aucune demande de cette sorte", "Déjà faite"),
    ],
)
def test_the_list_is_filtered_by_state_and_kind(client, claire, trial_kind, query, seen, unseen):
    open_ones = {"family": claire.family, "decided_at": None, "promised_on": date(2026, 12, 4)}
    FamilyRequestFactory(**open_ones, status="recue", summary="À décider")
    FamilyRequestFactory(**open_ones, status="attente", summary="On vous questionne")
    FamilyRequestFactory(family=claire.family, summary="Déjà faite")
    page = client.get(LIST, query).content.decode()
    assert seen in page
    assert unseen not in page


# --- One request ------------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(claire, trial_kind):
    return FamilyRequestFactory(
        family=claire.family, guardian=claire, status="recue", decided_at=None, promised_on=date(2026, 12, 4)
    )


def message(body, **typed):
    return {"body": body, "submission": str(uuid4()), **typed}


def test_the_page_says_by_when_an_answer_is_promised(client, claire, asked):
    assert "Réponse promise avant le 4 décembre 2026" in client.get(page_of(asked)).content.decode()


def test_the_page_owns_up_to_a_delay(client, claire, asked):
    FamilyRequest.objects.update(promised_on=date(2026, 11, 18))
    assert "le service est en retard" in client.get(page_of(asked)).content.decode()


def test_the_agent_in_charge_is_named(client, claire, asked):
    """CRPA L111-2: first name and surname of who handles a request."""
    FamilyRequest.objects.update(handler=UserFactory(agent=True, title="Madame", first_name="Inès", last_name="Dupuy"))
    assert "Madame Inès Dupuy (Espace Famille) s’occupe de votre demande" in client.get(page_of(asked)).content.decode()


def test_a_message_is_sent_and_shown(client, claire, asked):
    page = client.post(page_of(asked), message("Une précision"), follow=True).content.decode()
    assert "Une précision" in page
    assert "Votre message est envoyé" in page
    assert RequestMessage.objects.get().author == claire.user


def test_a_message_too_long_is_refused_and_kept(client, claire, asked):
    page = client.post(page_of(asked), message("mot " * 2000)).content.decode()
    assert "trop long" in page
    assert "mot mot mot" in page
    assert not RequestMessage.objects.exists()


def test_words_are_shown_as_they_were_typed_and_never_run(client, claire, asked):
    client.post(page_of(asked), message("<script>alert(1)</script> {{ request.user }}"))
    page = client.get(page_of(asked)).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ request.user }}" in page
    assert "<script>alert" not in page


def test_reading_the_page_marks_the_service_s_message_as_read(client, claire, asked):
    FamilyRequest.objects.update(unread_by_family=True)
    assert "Nouveau message du service" in client.get(LIST).content.decode()
    client.get(page_of(asked))
    assert "Nouveau message du service" not in client.get(LIST).content.decode()


def test_a_request_is_taken_back(client, claire, asked):
    page = client.post(reverse("families:request_withdraw", args=[asked.number]), follow=True).content.decode()
    assert "est retirée" in page
    assert "Retirer cette demande" not in page


@pytest.mark.parametrize("address", ["families:request", "families:request_withdraw"])
def test_nobody_writes_about_nor_takes_back_another_household_s_request(client, claire, trial_kind, address):
    other = FamilyRequestFactory(status="recue", decided_at=None)
    assert client.post(reverse(address, args=[other.number]), message("Bonjour")).status_code == 404
    other.refresh_from_db()
    assert other.status == "recue"
    assert not RequestMessage.objects.exists()


def test_the_acknowledgement_is_a_paper(client, claire, asked):
    response = client.get(reverse("families:request_acknowledgement", args=[asked.number]))
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")


# --- Who has no account -----------------------------------------------------------------------------------------------


@pytest.fixture
def question(db, trial_kind):
    return FamilyRequestFactory(
        family=None, sender_name="Jeanne Essai", sender_email="jeanne@example.org", status="recue", decided_at=None
    )


def test_the_link_of_the_mail_opens_the_request_and_takes_an_answer(client, question):
    path = follow_path(question)
    page = client.get(path)
    assert question.number in page.content.decode()
    assert page["X-Robots-Tag"] == "noindex"
    assert page["Referrer-Policy"] == "same-origin"  # without any referrer, browsers send the form from « null »
    client.post(path, message("Merci"))
    assert RequestMessage.objects.get().author_name == "Jeanne Essai"


def test_a_link_that_we_did_not_sign_opens_nothing(client, question):
    assert client.get(reverse("families:follow", args=[question.number])).status_code == 404
    assert client.get(follow_path(question)[:-3] + "/").status_code == 404


def test_a_household_s_request_is_never_opened_by_a_link(client, claire, asked):
    client.logout()
    assert client.get(follow_path(asked)).status_code == 404


# --- The agents -------------------------------------------------------------------------------------------------------


@pytest.fixture
def agent(client):
    user = UserFactory(agent=True, role=AGENTS)
    client.force_login(user)
    return user


ADMIN_LIST = reverse("admin:families_familyrequest_changelist")


def admin_page(asked):
    return reverse("admin:families_familyrequest_change", args=[asked.pk])


def test_what_is_late_comes_first_then_what_waits_then_the_rest(client, agent, trial_kind):
    waiting = {"status": "recue", "decided_at": None}
    FamilyRequestFactory(summary="Déjà faite")
    FamilyRequestFactory(**waiting, promised_on=date(2026, 12, 4), summary="Qui attend")
    FamilyRequestFactory(
        **waiting, promised_on=date(2026, 11, 10), summary="En retard", received_at=NOON - timedelta(30)
    )
    page = client.get(ADMIN_LIST).content.decode()
    assert page.index("En retard de 9 jours") < page.index("Qui attend") < page.index("Déjà faite")


@pytest.mark.parametrize(
    "heap, seen, unseen",
    [
        ("ouvertes", "Qui attend", "Déjà faite"),
        ("retard", "En souffrance", "Qui attend"),
        ("moi", "À moi", "Qui attend"),
        ("libres", "Qui attend", "À moi"),
        ("messages", "On a écrit", "Qui attend"),
    ],
)
def test_the_agents_have_their_heaps(client, agent, trial_kind, heap, seen, unseen):
    waiting = {"status": "recue", "decided_at": None, "promised_on": date(2026, 12, 4)}
    FamilyRequestFactory(summary="Déjà faite")
    FamilyRequestFactory(**waiting, summary="Qui attend")
    FamilyRequestFactory(**{**waiting, "promised_on": date(2026, 11, 1)}, summary="En souffrance")
    FamilyRequestFactory(**waiting, summary="À moi", handler=agent)
    FamilyRequestFactory(summary="On a écrit", unread_by_service=True)
    page = client.get(ADMIN_LIST, {"afaire": heap}).content.decode()
    assert seen in page
    assert unseen not in page


def test_an_agent_takes_asks_and_accepts(client, agent, asked):
    client.force_login(agent)
    client.post(admin_page(asked), {"do": "take"})
    asked.refresh_from_db()
    assert asked.handler == agent
    typed = {"do": "ask", "message-body": "Quelle école ?", "message-submission": str(uuid4())}
    client.post(admin_page(asked), typed)
    asked.refresh_from_db()
    assert asked.status == "attente"
    page = client.post(admin_page(asked), {"do": "accept", "decision-words": "C’est fait."}, follow=True)
    assert "est acceptée" in page.content.decode()
    asked.refresh_from_db()
    assert (asked.status, asked.decision) == ("traitee", "C’est fait.")


def test_a_refusal_without_a_reason_keeps_the_page_as_it_was(client, agent, asked):
    client.force_login(agent)
    page = client.post(admin_page(asked), {"do": "refuse", "decision-words": " "}).content.decode()
    assert "pourquoi sa demande est refusée" in page
    asked.refresh_from_db()
    assert asked.status == "recue"


def test_who_may_only_read_decides_nothing(client, asked):
    reader = UserFactory(agent=True)
    reader.user_permissions.add(*permissions("view_familyrequest"))
    client.force_login(reader)
    assert "Accepter" not in client.get(admin_page(asked)).content.decode()
    assert client.post(admin_page(asked), {"do": "accept"}).status_code == 403


def permissions(*names):
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename__in=names)


def test_thirty_requests_cost_the_agents_no_more_queries_than_one(client, agent, trial_kind, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    FamilyRequestFactory()
    client.get(ADMIN_LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(ADMIN_LIST)
    for _ in range(29):
        FamilyRequestFactory(handler=agent)
    with django_assert_num_queries(len(one)):
        client.get(ADMIN_LIST)
