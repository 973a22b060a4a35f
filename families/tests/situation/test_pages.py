"""The pages of « Ma famille », as parents and agents meet them."""

import re
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import roles
from accounts.tests.factories import UserFactory
from families.models import (
    AuthorisedAdult,
    ChangeProposal,
    Child,
    Family,
    FamilyContact,
    FamilyRequest,
    WeekExchange,
)
from families.rules.situation import Change
from families.tests.factories import NOON, ChildFactory, GuardianFactory
from families.tests.situation.conftest import TODAY
from families.tests.situation.test_changes import ADDRESS, NOE, school

pytestmark = pytest.mark.django_db
NUMBER = re.compile(r"D2026-\d{6}")


def signed_in(home):
    client = Client()
    client.force_login(home.guardian.user)
    return client


def text_of(response):
    return response.content.decode()


def hidden(response):
    form = response.context["form"]
    return {name: form[name].value() for name in ("submission", "shown") if name in form.fields}


def fill(client, url, **answers):
    """Open a form and send it as a browser does."""
    return client.post(url, {**hidden(client.get(url)), **answers})


def url_of(change, pk=None):
    return reverse("families:change", args=[change]) if pk is None else reverse("families:change_of", args=[change, pk])


def test_the_page_shows_the_household_whole(martin):
    FamilyContact.objects.create(family=martin.family, first_name="Odile", last_name="Roques", phone="06 39 98 00 03")
    page = text_of(signed_in(martin).get("/famille/"))
    for words in (
        "12 rue des Tanneurs",
        "Madame Claire MARTIN",
        "Monsieur Paul MARTIN",
        "Léa",
        "7 mai 2018",
        "Odile ROQUES",
    ):
        assert words in page
    assert "paul@example.org" not in page
    assert "Séparation" in page


def test_a_parent_alone_is_not_offered_a_separation(parted):
    assert "Séparation" not in text_of(signed_in(parted[0]).get("/famille/"))
    assert signed_in(parted[0]).get(url_of("separation")).status_code == 404


def test_nothing_of_the_other_household_is_on_any_page(parted):
    mother, father = parted
    father.ask(Change.ADDRESS, ADDRESS)
    pages = ["/famille/", "/famille/coordonnees/", "/famille/personnes/", f"/famille/enfants/{mother.child.pk}/garde/"]
    pages += [url_of(change, mother.child.pk) for change in ("ecole", "garde", "identite", "depart-enfant")]
    for path in pages:
        page = text_of(signed_in(mother).get(path))
        assert father.family.number not in page, path
        assert "12 rue des Tanneurs" not in page, path
        assert "Hugo" not in page, path
        assert "hugo@example.org" not in page, path


def one_more_of_each(home):
    child = ChildFactory(at_home=home.family)
    GuardianFactory(family=home.family, pays=False, with_space=True)
    adult = AuthorisedAdult.objects.create(
        family=home.family, first_name="A", last_name=child.first_name, phone="x", starts_on=TODAY, added_at=NOON
    )
    adult.children.add(child)
    FamilyContact.objects.create(family=home.family, child=child, first_name="C", last_name="D", phone="x")
    home.ask(Change.BIRTH, {**NOE, "first_name": child.first_name})


@pytest.mark.parametrize("path", ["/famille/", "/famille/coordonnees/", "/famille/personnes/"])
def test_a_page_costs_the_same_for_a_large_family(martin, path, django_assert_num_queries):
    client = signed_in(martin)
    one_more_of_each(martin)
    client.get(path)  # what is read once for all is out of the way
    with CaptureQueriesContext(connection) as one:
        client.get(path)
    for _ in range(4):
        one_more_of_each(martin)
    with django_assert_num_queries(len(one)):
        client.get(path)


FORMS = [
    ("naissance", None, {"first_name": "Noé", "last_name": "Martin", "birth_date": "10/11/2026"}),
    (
        "arrivee",
        None,
        {
            "first_name": "Ana",
            "last_name": "Roy",
            "birth_date": "01/02/2019",
            "starts_on": "01/12/2026",
            "rhythm": "pleine",
        },
    ),
    ("adresse", None, ADDRESS),
    ("depart-ville", None, {**ADDRESS, "city": "Mazamet", "postcode": "81200", "starts_on": "01/12/2026"}),
    ("nom", None, {"title": "Madame", "first_name": "Claire", "last_name": "Vidal"}),
    ("responsable", None, {"title": "Monsieur", "first_name": "Karim", "last_name": "Haddad", "link": "beau-père"}),
    ("identite", "child", {"first_name": "Léa-Lou", "last_name": "Martin", "birth_date": "07/05/2018"}),
    ("garde", "child", {"rhythm": "paire", "starts_on": "07/12/2026", "judgment": "Jugement"}),
    ("depart-enfant", "child", {"ends_on": "10/12/2026"}),
]


@pytest.mark.parametrize(("change", "about", "answers"), FORMS)
def test_each_change_has_its_form_its_number_and_its_page(martin, agent, change, about, answers):
    client = signed_in(martin)
    url = url_of(change, martin.child.pk if about else None)

    response = fill(client, url, **answers)

    asked = FamilyRequest.objects.get(family=martin.family)
    assert response["Location"] == reverse("families:request", args=[asked.number])
    assert asked.kind == f"changement-{change}"
    assert "Ce qui change" in text_of(client.get(response["Location"]))

    desk = Client()
    agent.groups.add(Group.objects.get(name=roles.AGENTS))
    desk.force_login(agent)
    page = reverse("admin:families_familyrequest_change", args=[asked.pk])
    seen = desk.get(page)
    assert "Ce qui change" in text_of(seen)
    form = seen.context["accept_form"]
    typed = {f"accord-{name}": shown(form[name]) for name in form.fields}
    done = desk.post(page, {"do": "accept", "decision-words": "", **typed})
    assert done.status_code == 302, seen_errors(done)
    asked.refresh_from_db()
    assert asked.status == "traitee"


def shown(field):
    """Return what a browser would send for a field left as it is shown."""
    value = field.value()
    if value is None or value is False:
        return ""
    return value if isinstance(value, list) else field.field.widget.format_value(value) or ""


def seen_errors(response):
    return response.context["accept_form"].errors if response.context else ""


def test_a_class_is_proposed_read_before_and_after_and_shown_on_the_file(martin, lambert, accept):
    Child.objects.filter(pk=martin.child.pk).update(class_name="CE2 A")
    client, here = signed_in(martin), martin.child.school_id
    form = client.get(url_of("ecole", martin.child.pk)).context["form"]
    assert form["class_name"].value() == "CE2 A"
    level = martin.child.level
    fill(client, url_of("ecole", martin.child.pk), school=here, level=level, class_name="CE2 B", starts_on="19/11/2026")
    proposal = ChangeProposal.objects.get()
    page = text_of(client.get(f"/demandes/{proposal.request.number}/"))
    assert "CE2 A" in page and "CE2 B" in page
    accept(proposal)
    assert "CE2 B" in text_of(client.get("/famille/"))


def test_the_class_of_the_school_that_is_left_stays_behind_unless_written(martin, lambert):
    Child.objects.filter(pk=martin.child.pk).update(class_name="CE2 A")
    client = signed_in(martin)
    fill(
        client,
        url_of("ecole", martin.child.pk),
        school=lambert.pk,
        level="CM1",
        class_name="CE2 A",
        starts_on="19/11/2026",
    )
    fill(
        client,
        url_of("ecole", martin.child.pk),
        school=lambert.pk,
        level="CM1",
        class_name="CM1 C",
        starts_on="19/11/2026",
    )
    asked = [row.proposed["class_name"] for row in ChangeProposal.objects.order_by("pk")]
    assert asked == ["", "CM1 C"]


def test_school_and_separation_and_prohibition_by_hand(martin, lambert):
    client = signed_in(martin)
    paul = martin.family.guardians.get(first_name="Paul")
    fill(client, url_of("ecole", martin.child.pk), school=lambert.pk, level="CM1", starts_on="04/01/2027")
    fill(client, url_of("separation"), leaver=paul.pk, starts_on="01/12/2026", rhythm="impaire")
    fill(
        client,
        url_of("interdiction"),
        first_name="Jean",
        last_name="Roques",
        children=[martin.child.pk],
        starts_on="19/11/2026",
        judgment="TJ de Castres, 3 novembre 2026",
    )
    assert set(ChangeProposal.objects.values_list("change", flat=True)) == {"ecole", "separation", "interdiction"}


WRONG = [
    ("naissance", {"first_name": "Noé", "last_name": "Martin", "birth_date": "10/11/2027"}, "à venir"),
    ("naissance", {"first_name": "Noé", "last_name": "Martin", "birth_date": "hier"}, "comme ceci"),
    ("naissance", {"first_name": "", "last_name": "Martin", "birth_date": "10/11/2026"}, "À remplir"),
    ("adresse", {**ADDRESS, "postcode": "811"}, "cinq chiffres"),
    (
        "arrivee",
        {
            **NOE,
            "birth_date": "10/11/2020",
            "starts_on": "01/12/2026",
            "rhythm": "alternee",
            "first_monday": "02/12/2026",
        },
        "n’est pas un lundi",
    ),
    ("arrivee", {**NOE, "birth_date": "10/11/2020", "starts_on": "01/12/2026", "rhythm": "alternee"}, "premier lundi"),
    ("arrivee", {**NOE, "birth_date": "10/11/2020", "starts_on": "01/12/2036", "rhythm": "pleine"}, "trop éloignée"),
]


@pytest.mark.parametrize(("change", "answers", "said"), WRONG)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(martin, change, answers, said):
    response = fill(signed_in(martin), url_of(change), **answers)
    assert response.status_code == 200
    page = text_of(response)
    assert said in page
    typed = next(value for key, value in answers.items() if value and key in ("last_name", "street"))
    assert f'value="{typed}"' in page
    assert not FamilyRequest.objects.filter(family=martin.family).exists()


def test_what_somebody_else_changed_meanwhile_is_shown_and_the_words_stay(martin, settings):
    settings.ADDRESS_NEEDS_PROOF = False
    client = signed_in(martin)
    url = url_of("adresse")
    marks = hidden(client.get(url))
    Family.objects.filter(pk=martin.family.pk).update(street="1 place Jean Jaurès")

    response = client.post(url, {**marks, **ADDRESS})
    page = text_of(response)
    assert "ont changé pendant" in page
    assert "1 place Jean Jaurès" in page
    assert 'value="8 rue Émile Zola"' in page

    client.post(url, {**marks, "shown": response.context["form"]["shown"].value(), **ADDRESS})
    martin.family.refresh_from_db()
    assert martin.family.street == "8 rue Émile Zola"


def test_another_family_s_child_adult_contact_and_exchange_do_not_exist(martin, parted):
    mother, father = parted
    adult = AuthorisedAdult.objects.create(
        family=mother.family, first_name="A", last_name="B", phone="x", starts_on=TODAY, added_at=NOON
    )
    contact = FamilyContact.objects.create(family=mother.family, first_name="C", last_name="D", phone="x")
    exchange = exchange_of(mother, father)
    for client in (signed_in(martin), signed_in(father)):
        assert client.get(f"/famille/personnes/{adult.pk}/retirer/").status_code == 404
        assert client.post(f"/famille/personnes/{adult.pk}/retirer/").status_code == 404
        assert client.get(f"/famille/contacts/{contact.pk}/").status_code == 404
        assert client.post(f"/famille/contacts/{contact.pk}/retirer/").status_code == 404
        assert client.post(f"/famille/contacts/{contact.pk}/avancer/").status_code == 404
        assert client.get(f"/famille/coordonnees/{mother.guardian.pk}/").status_code == 404
    assert signed_in(martin).get(f"/famille/echanges/{exchange.pk}/").status_code == 404
    assert signed_in(mother).get(f"/famille/echanges/{exchange.pk}/").status_code == 404
    assert signed_in(father).get(f"/famille/echanges/{exchange.pk}/").status_code == 200
    assert signed_in(martin).get(f"/famille/enfants/{mother.child.pk}/garde/").status_code == 404
    assert signed_in(martin).get(url_of("ecole", mother.child.pk)).status_code == 404
    assert signed_in(martin).get(url_of("ecole")).status_code == 404
    assert signed_in(martin).get(url_of("naissance", 3)).status_code == 404
    assert signed_in(martin).get(url_of("inconnu")).status_code == 404


def exchange_of(mother, father):
    client = signed_in(mother)
    answers = {
        "gives_from": "30/11/2026",
        "gives_to": "06/12/2026",
        "takes_from": "23/11/2026",
        "takes_to": "29/11/2026",
    }
    client.post(f"/famille/enfants/{mother.child.pk}/echange/", {"submission": uuid4(), "confirm": "1", **answers})
    return WeekExchange.objects.get(other_family=father.family)


def test_an_exchange_is_read_again_sent_and_answered(parted):
    mother, father = parted
    client, url = signed_in(mother), f"/famille/enfants/{mother.child.pk}/echange/"
    started = client.get(url + "?laisser=2026-11-30")
    assert 'value="30/11/2026"' in text_of(started)
    answers = {"submission": uuid4(), "gives_from": "30/11/2026", "gives_to": "06/12/2026"}
    review = text_of(client.post(url, answers))
    assert "Vérifiez avant d’envoyer" in review
    assert not WeekExchange.objects.exists()
    assert 'value="30/11/2026"' in text_of(client.post(url, {**answers, "edit": "1"}))

    sent = client.post(url, {**answers, "confirm": "1"})
    assert NUMBER.search(sent["Location"])
    exchange = WeekExchange.objects.get()
    other = signed_in(father)
    assert "À vous de répondre" in text_of(other.get(f"/famille/enfants/{mother.child.pk}/garde/"))
    assert "échange de jours" in text_of(other.get("/famille/"))
    page = text_of(other.get(f"/famille/echanges/{exchange.pk}/"))
    for secret in ("Anne", "PETIT", mother.family.number, "Villegoudou", exchange.request.number):
        assert secret not in page
    other.post(f"/famille/echanges/{exchange.pk}/", {"answer": "oui"})
    assert "Traitée" in text_of(client.get(sent["Location"]))
    assert "jours échangés" in text_of(client.get(f"/famille/enfants/{mother.child.pk}/garde/"))


def test_days_that_cannot_be_exchanged_are_refused_in_words(parted):
    mother, _ = parted
    url = f"/famille/enfants/{mother.child.pk}/echange/"
    page = text_of(
        signed_in(mother).post(url, {"submission": uuid4(), "gives_from": "23/11/2026", "gives_to": "29/11/2026"})
    )
    assert "n’est pas chez vous" in page
    assert 'value="23/11/2026"' in page
    assert "au moins" in text_of(signed_in(mother).post(url, {"submission": uuid4()}))


def test_the_year_of_53_weeks_is_explained(parted):
    page = text_of(signed_in(parted[0]).get(f"/famille/enfants/{parted[0].child.pk}/garde/"))
    assert "L’année 2026 compte 53 semaines" in page


def test_telephones_of_oneself_and_of_a_guardian_without_a_space_only(martin):
    client = signed_in(martin)
    karim = GuardianFactory(family=martin.family, pays=False, first_name="Karim")
    paul = martin.family.guardians.get(first_name="Paul")
    fill(client, f"/famille/coordonnees/{martin.guardian.pk}/", phone="0739980004", contact_by="telephone")
    fill(client, f"/famille/coordonnees/{karim.pk}/", phone="+34 612 345 678", contact_by="courriel")
    assert client.get(f"/famille/coordonnees/{paul.pk}/").status_code == 404
    martin.guardian.refresh_from_db()
    karim.refresh_from_db()
    assert (martin.guardian.phone, karim.phone) == ("07 39 98 00 04", "+34612345678")
    assert "tel:+34612345678" not in text_of(client.get("/famille/coordonnees/"))
    assert "/compte/" in text_of(client.get("/famille/coordonnees/"))

    bad = fill(client, f"/famille/coordonnees/{karim.pk}/", phone="06 39", contact_by="courriel")
    assert "Il manque 6 chiffres" in text_of(bad)
    assert 'value="06 39"' in text_of(bad)


def test_people_who_collect_are_added_and_taken_off_by_hand(martin):
    client = signed_in(martin)
    url = "/famille/personnes/ajouter/"
    answers = {"first_name": "Odile", "last_name": "Roques", "phone": "0639980003", "starts_on": "19/11/2026"}
    assert client.post(url, {"submission": uuid4(), "children": [martin.child.pk], **answers}).status_code == 302
    adult = AuthorisedAdult.objects.get()
    assert "Peut venir chercher" in text_of(client.get("/famille/personnes/"))
    client.get(f"/famille/personnes/{adult.pk}/retirer/")
    assert AuthorisedAdult.objects.get().removed_at is None
    client.post(f"/famille/personnes/{adult.pk}/retirer/")
    assert AuthorisedAdult.objects.get().removed_at
    assert "ne sont plus dans la liste" in text_of(client.get("/famille/personnes/"))
    wrong = client.post(url, {"submission": uuid4(), **answers, "phone": "", "starts_on": "01/01/2026"})
    assert "Cochez au moins un enfant" in text_of(wrong) or martin.family.children.count() == 1
    assert "Cette date est passée" in text_of(wrong)


def test_a_contact_changed_by_the_other_guardian_meanwhile_is_not_written_over(martin):
    row = FamilyContact.objects.create(
        family=martin.family, first_name="Odile", last_name="Roques", phone="06 39 98 00 03"
    )
    client, url = signed_in(martin), f"/famille/contacts/{row.pk}/"
    marks = hidden(client.get(url))
    FamilyContact.objects.filter(pk=row.pk).update(phone="06 39 98 00 99")
    answers = {"first_name": "Odile", "last_name": "Roques", "phone": "0639980005"}
    page = text_of(client.post(url, {**marks, **answers}))
    assert "ont changé pendant" in page
    row.refresh_from_db()
    assert row.phone == "06 39 98 00 99"
    assert fill(client, url, **answers).status_code == 302
    row.refresh_from_db()
    assert row.phone == "06 39 98 00 05"


def test_an_agent_reads_what_it_does_and_a_parent_does_not(parted, agent, accept, lambert):
    mother, father = parted
    one = mother.ask(Change.SCHOOL, school(lambert), child=mother.child)
    father.ask(Change.SCHOOL, school(lambert, level="CE2"), child=father.child)
    agent.groups.add(Group.objects.get(name=roles.AGENTS))
    desk = Client()
    desk.force_login(agent)
    page = text_of(desk.get(reverse("admin:families_familyrequest_change", args=[one.request.pk])))
    assert "Une autre demande attend" in page
    assert father.family.number in page
    mine = text_of(signed_in(mother).get(reverse("families:request", args=[one.request.number])))
    assert "Une autre demande attend" not in mine
    assert father.family.number not in mine


def test_the_agents_page_of_a_family_keeps_its_people(martin, agent):
    agent.groups.add(Group.objects.get(name=roles.AGENTS))
    desk = Client()
    desk.force_login(agent)
    page = desk.get(reverse("admin:families_family_change", args=[martin.family.pk]))
    assert page.status_code == 200
    assert "authorised_adults-TOTAL_FORMS" in text_of(page)
    assert "contacts-TOTAL_FORMS" in text_of(page)


def test_an_account_without_a_household_is_sent_to_attach_one():
    client = Client()
    client.force_login(UserFactory())
    for path in ("/famille/", "/famille/coordonnees/", "/famille/personnes/", url_of("naissance")):
        assert client.get(path)["Location"] == reverse("families:attach")


def test_the_agents_page_tells_that_the_file_moved_and_asks_for_a_tick(martin, agent):
    proposal = martin.ask(Change.ADDRESS, ADDRESS)
    agent.groups.add(Group.objects.get(name=roles.AGENTS))
    desk = Client()
    desk.force_login(agent)
    page = reverse("admin:families_familyrequest_change", args=[proposal.request.pk])
    assert "Appliquer malgré" not in text_of(desk.get(page))
    typed = {"do": "accept", "decision-words": "Vu.", **{f"accord-{name}": value for name, value in ADDRESS.items()}}
    Family.objects.filter(pk=martin.family.pk).update(street="1 place Jean Jaurès")

    refused = text_of(desk.post(page, typed))
    assert "1 place Jean Jaurès à présent" in refused
    assert "Appliquer malgré le changement du dossier" in refused
    assert "À présent" in refused
    assert desk.post(page, {**typed, "accord-despite": "on"}).status_code == 302
    martin.family.refresh_from_db()
    assert martin.family.street == ADDRESS["street"]


def test_an_exchange_is_decided_by_an_agent_who_sees_what_is_reserved(parted, agent):
    mother, father = parted
    exchange = exchange_of(mother, father)
    agent.groups.add(Group.objects.get(name=roles.AGENTS))
    desk = Client()
    desk.force_login(agent)
    page = reverse("admin:families_familyrequest_change", args=[exchange.request.pk])
    assert father.family.number in text_of(desk.get(page))
    assert desk.post(page, {"do": "accept", "decision-words": "Accord écrit."}).status_code == 302
    assert father.family.number not in text_of(signed_in(mother).get(f"/demandes/{exchange.request.number}/"))
