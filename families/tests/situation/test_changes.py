"""What a parent proposes, what an agent’s acceptance does to the file, and what is refused."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from post_office.models import Email

from castres_portal.base.errors import Refusal
from families.models import (
    AuthorisedAdult,
    ChangeProposal,
    Child,
    Custody,
    CustodyException,
    Family,
    FamilyRequest,
    Guardian,
)
from families.queries.requests import open_requests
from families.rules.situation import Change
from families.services.requests import refuse_request, withdraw_request
from families.services.requests.thread import mark_read_by_service
from families.services.situation.applying import apply_due_changes
from families.services.situation.proposing import ChangedMeanwhile
from families.tests.factories import NOON, ChildFactory, CustodyExceptionFactory, CustodyFactory, FamilyFactory
from families.tests.situation.conftest import TODAY

pytestmark = pytest.mark.django_db
NOE = {"first_name": "Noé", "last_name": "Martin", "birth_date": "2026-11-10"}
ADDRESS = {"street": "8 rue Émile Zola", "street_more": "", "postcode": "81100", "city": "Castres"}


def school(row, on="2026-11-19", level="CM1"):
    return {"school": {"id": row.pk, "label": str(row)}, "level": level, "starts_on": on, "reason": ""}


def mails(template_word):
    return [(mail.to[0], mail.message) for mail in Email.objects.all() if template_word in mail.subject]


def test_nothing_changes_before_an_agent_accepts_a_birth(martin, accept):
    proposal = martin.ask(Change.BIRTH, NOE)
    assert proposal.request.status == FamilyRequest.Status.RECEIVED
    assert not Child.objects.filter(first_name="Noé").exists()

    accept(proposal)

    child = Child.objects.get(first_name="Noé")
    stay = Custody.objects.get(child=child)
    assert (stay.family, stay.rhythm, stay.starts_on) == (martin.family, "pleine", date(2026, 11, 10))


def test_an_agent_may_put_right_what_she_accepts(martin, accept):
    proposal = martin.ask(Change.BIRTH, NOE)
    accept(proposal, **{**NOE, "first_name": "Noah"})
    proposal.refresh_from_db()
    assert Child.objects.filter(first_name="Noah").exists()
    assert (proposal.proposed["first_name"], proposal.decided["first_name"]) == ("Noé", "Noah")


def test_the_same_form_twice_makes_one_request(martin):
    submission = uuid4()
    first, second = (martin.ask(Change.BIRTH, NOE, submission=submission) for _ in range(2))
    assert first == second
    assert FamilyRequest.objects.filter(family=martin.family).count() == 1


def test_a_child_already_known_is_attached_not_doubled(martin, accept):
    known = ChildFactory(first_name="NOÉ", last_name="martin", birth_date=date(2026, 11, 10))
    proposal = martin.ask(Change.BIRTH, NOE)
    with pytest.raises(Refusal, match="déjà connu"):
        accept(proposal)
    accept(proposal, same_child=True)
    assert Child.objects.filter(birth_date=date(2026, 11, 10)).count() == 1
    assert known.custodies.get().family == martin.family


def test_a_child_who_arrives_never_gets_two_homes(martin, parted, accept):
    asked = {
        "first_name": "Zoé", "last_name": "Bernard", "birth_date": "2018-06-01", "school": None, "level": "",
        "starts_on": "2026-12-01", "rhythm": "pleine", "first_monday": None, "reason": "",
    }  # fmt: skip
    proposal = martin.ask(Change.ARRIVAL, asked)
    with pytest.raises(Refusal, match="deux foyers"):
        accept(proposal, same_child=True)
    assert not martin.family.children.filter(first_name="Zoé").exists()


def test_a_new_address_waits_for_a_proof_when_the_setting_says_so(martin, accept, settings):
    settings.ADDRESS_NEEDS_PROOF = True
    proposal = martin.ask(Change.ADDRESS, ADDRESS)
    martin.family.refresh_from_db()
    assert martin.family.street != ADDRESS["street"]
    accept(proposal)
    martin.family.refresh_from_db()
    assert martin.family.street == ADDRESS["street"]
    assert [to for to, _ in mails("adresse de votre foyer")] == ["paul@example.org"]


def test_a_new_address_is_written_at_once_otherwise_and_keeps_what_was(martin, settings):
    settings.ADDRESS_NEEDS_PROOF = False
    proposal = martin.ask(Change.ADDRESS, ADDRESS)
    martin.family.refresh_from_db()
    assert martin.family.street == ADDRESS["street"]
    assert proposal.request.status == FamilyRequest.Status.DONE
    assert proposal.before["street"] == "12 rue des Tanneurs"
    assert [to for to, _ in mails("adresse de votre foyer")] == ["paul@example.org"]
    assert mails("n° " + proposal.request.number)


def test_an_address_that_is_the_same_is_no_request(martin):
    before = {key: getattr(martin.family, key) for key in ADDRESS}
    with pytest.raises(Refusal, match="rien modifié"):
        martin.ask(Change.ADDRESS, before)
    assert not ChangeProposal.objects.exists()


def test_what_changed_while_the_form_was_open_is_told(martin):
    with pytest.raises(ChangedMeanwhile):
        martin.ask(Change.ADDRESS, ADDRESS, shown="autre chose")
    assert not ChangeProposal.objects.exists()


def test_a_file_that_moved_since_is_not_written_over_in_silence(martin, accept):
    proposal = martin.ask(Change.ADDRESS, ADDRESS)
    Family.objects.filter(pk=martin.family.pk).update(street="1 place Jean Jaurès")

    with pytest.raises(Refusal, match="1 place Jean Jaurès"):
        accept(proposal)
    martin.family.refresh_from_db()
    assert martin.family.street == "1 place Jean Jaurès"
    proposal.request.refresh_from_db()
    assert proposal.request.is_open

    accept(proposal, despite=True)
    martin.family.refresh_from_db()
    assert martin.family.street == ADDRESS["street"]


def test_two_parents_who_ask_for_the_same_child_are_both_seen_and_the_second_meets_the_first(parted, accept, lambert):
    mother, father = parted
    one = mother.ask(Change.SCHOOL, school(lambert), child=mother.child)
    two = father.ask(Change.SCHOOL, school(lambert, level="CE2"), child=father.child)
    accept(one)
    with pytest.raises(Refusal, match="a changé depuis"):
        accept(two)
    mother.child.refresh_from_db()
    assert (mother.child.school, mother.child.level) == (lambert, "CM1")


def test_both_parents_are_told_of_a_school_and_nothing_of_a_household(parted, accept, lambert):
    mother, _ = parted
    asked = {**school(lambert), "reason": "Mon adresse est 3 rue Villegoudou"}
    accept(mother.ask(Change.SCHOOL, asked, child=mother.child))

    told = mails("Zoé")
    assert [to for to, _ in told if "acc" not in to] and {to for to, _ in told} >= {"hugo@example.org"}
    for to, text in told:
        if to == "hugo@example.org":
            assert "Lambert" in text
            assert "Villegoudou" not in text
            assert "Petit" not in text
            assert mother.family.number not in text


def test_a_school_to_come_waits_for_its_day(parted, accept, lambert):
    mother, _ = parted
    proposal = mother.ask(Change.SCHOOL, school(lambert, on="2027-01-04"), child=mother.child)
    accept(proposal)
    mother.child.refresh_from_db()
    assert mother.child.school != lambert
    assert apply_due_changes(at=NOON + timedelta(days=40)) == 0
    assert apply_due_changes(at=NOON + timedelta(days=46)) == 1
    assert apply_due_changes(at=NOON + timedelta(days=46)) == 0
    mother.child.refresh_from_db()
    assert (mother.child.school, mother.child.level) == (lambert, "CM1")


def test_a_class_alone_changes_and_both_parents_are_told(parted, accept):
    mother, _ = parted
    asked = {**school(mother.child.school, level=mother.child.level), "class_name": "CE1-CE2 de Mme Roy"}
    accept(mother.ask(Change.SCHOOL, asked, child=mother.child))
    mother.child.refresh_from_db()
    assert mother.child.class_name == "CE1-CE2 de Mme Roy"
    told = [text for to, text in mails("Zoé") if to == "hugo@example.org"]
    assert len(told) == 2  # asked, then done
    assert all("CE1-CE2 de Mme Roy" in text for text in told)


def test_a_class_does_not_follow_to_another_school(parted, accept, lambert):
    mother, _ = parted
    Child.objects.update(class_name="CE2 A")
    mother.child.refresh_from_db()
    accept(mother.ask(Change.SCHOOL, school(lambert), child=mother.child))
    mother.child.refresh_from_db()
    assert (mother.child.school, mother.child.class_name) == (lambert, "")


def test_a_change_that_its_day_makes_impossible_comes_back_to_the_agents(parted, accept, lambert):
    mother, _ = parted
    proposal = mother.ask(Change.SCHOOL, school(lambert, on="2027-01-04"), child=mother.child)
    accept(proposal)
    assert proposal.request not in open_requests()
    ChangeProposal.objects.filter(pk=proposal.pk).update(child=None)

    later = NOON + timedelta(days=46)
    assert apply_due_changes(at=later) == 0

    assert proposal.request in open_requests()
    proposal.refresh_from_db()
    assert proposal.tasks == ["L’enfant concerné n’est plus dans les dossiers."]
    assert proposal.request.unread_by_service
    assert "au jour prévu" in proposal.request.steps.last().words

    mark_read_by_service(proposal.request)
    assert apply_due_changes(at=later + timedelta(hours=1)) == 0
    assert proposal.request not in open_requests()  # called once for one reason, not every hour
    assert proposal.request.steps.filter(words__contains="au jour prévu").count() == 1


def test_an_identity_is_put_right(martin, accept):
    asked = {"first_name": "Léa-Lou", "last_name": "Martin", "birth_date": "2018-05-08", "reason": ""}
    accept(martin.ask(Change.IDENTITY, asked, child=martin.child))
    martin.child.refresh_from_db()
    assert (martin.child.first_name, martin.child.birth_date) == ("Léa-Lou", date(2018, 5, 8))


RHYTHMS = [
    ("paire", None, ("paire", None), ("impaire", None)),
    ("alternee", "2026-12-07", ("alternee", date(2026, 12, 7)), ("alternee", date(2026, 12, 14))),
    ("pleine", None, ("pleine", None), None),
]


@pytest.mark.parametrize(("rhythm", "monday", "here", "there"), RHYTHMS)
def test_another_rhythm_gives_the_other_weeks_to_the_other_household(parted, accept, rhythm, monday, here, there):
    mother, father = parted
    asked = {"rhythm": rhythm, "first_monday": monday, "starts_on": "2026-12-07", "judgment": "Jugement", "reason": ""}
    accept(mother.ask(Change.CUSTODY, asked, child=mother.child))

    def now(home):
        row = Custody.objects.filter(child=home.child, family=home.family, starts_on=date(2026, 12, 7)).first()
        return (row.rhythm, row.first_monday) if row else None

    assert (now(mother), now(father)) == (here, there)
    ended = Custody.objects.filter(child=mother.child, starts_on=date(2020, 1, 1))
    assert {row.ends_on for row in ended} == {date(2026, 12, 6)}
    assert [to for to, _ in mails("semaines de Zoé")] == ["hugo@example.org"]


def test_a_child_who_leaves_is_no_longer_promised_to_the_household(parted, accept):
    mother, father = parted
    CustodyExceptionFactory(
        child=mother.child, family=mother.family, starts_on=date(2026, 12, 7), ends_on=date(2026, 12, 13)
    )
    accept(mother.ask(Change.CHILD_LEAVES, {"ends_on": "2026-12-09", "reason": ""}, child=mother.child))
    assert Custody.objects.get(family=mother.family).ends_on == date(2026, 12, 9)
    assert CustodyException.objects.get().ends_on == date(2026, 12, 9)
    assert Custody.objects.get(family=father.family).ends_on is None


def test_a_new_guardian_joins_the_household_without_paying(martin, accept):
    asked = {
        "title": "Monsieur", "first_name": "Karim", "last_name": "Haddad", "email": "karim@example.org",
        "phone": "06 39 98 00 09", "link": "beau-père", "reason": "",
    }  # fmt: skip
    proposal = martin.ask(Change.GUARDIAN, asked)
    accept(proposal)
    karim = Guardian.objects.get(first_name="Karim")
    assert (karim.family, karim.pays, karim.user) == (martin.family, False, None)
    proposal.refresh_from_db()
    assert "code d’activation" in proposal.tasks[0]


def test_a_name_changes_on_the_file_and_on_the_account(martin, accept):
    asked = {"title": "Madame", "first_name": "Claire", "last_name": "Vidal", "reason": ""}
    accept(martin.ask(Change.NAME, asked, target=martin.guardian))
    martin.guardian.refresh_from_db()
    martin.guardian.user.refresh_from_db()
    assert (martin.guardian.last_name, martin.guardian.user.last_name) == ("Vidal", "Vidal")


def test_a_separation_opens_a_second_household_and_shares_the_weeks(martin, accept):
    paul = martin.family.guardians.get(first_name="Paul")
    asked = {
        "leaver": {"id": paul.pk, "label": str(paul)}, "starts_on": "2026-12-07", "rhythm": "impaire",
        "first_monday": None, "street": "", "street_more": "", "postcode": "", "city": "", "reason": "",
    }  # fmt: skip
    proposal = martin.ask(Change.SEPARATION, asked, target=paul)
    with pytest.raises(Refusal, match="adresse"):
        accept(proposal)
    accept(proposal, **ADDRESS)

    paul.refresh_from_db()
    assert paul.family != martin.family
    assert paul.pays
    assert paul.family.street == ADDRESS["street"]
    stays = Custody.objects.filter(child=martin.child, starts_on=date(2026, 12, 7))
    assert {(stay.family_id, stay.rhythm) for stay in stays} == {
        (martin.family.pk, "impaire"), (paul.family_id, "paire"),
    }  # fmt: skip


def test_a_prohibition_is_written_by_an_agent_only_and_lifted_the_same_way(martin, accept):
    asked = {
        "name": {"first_name": "Jean", "last_name": "Roques", "label": "Jean ROQUES"}, "link": "oncle",
        "children": [{"id": martin.child.pk, "label": "Léa"}], "starts_on": "2026-11-19", "ends_on": None,
        "judgment": "TJ de Castres, 3 novembre 2026",
    }  # fmt: skip
    accept(martin.ask(Change.BAN, asked))
    adult = AuthorisedAdult.objects.get()
    assert (adult.right, list(adult.children.all()), adult.removed_at) == ("interdit", [martin.child], None)

    accept(martin.ask(Change.BAN_ENDS, {"reason": "Jugement du 18 novembre"}, adult=adult))
    adult.refresh_from_db()
    assert adult.removed_at == NOON


def test_a_prohibition_never_names_another_household_s_child(martin, parted, accept):
    zoe = parted[0].child
    asked = {
        "name": {"first_name": "Jean", "last_name": "Roques", "label": "Jean ROQUES"}, "link": "",
        "children": [{"id": zoe.pk, "label": "Zoé"}], "starts_on": "2026-11-19", "ends_on": None, "judgment": "x",
    }  # fmt: skip
    accept(martin.ask(Change.BAN, asked))
    assert list(AuthorisedAdult.objects.get().children.all()) == []


def test_telephones_change_at_once_and_leave_a_trace(martin):
    asked = {"phone": "07 39 98 00 02", "second_phone": "+34612345678", "contact_by": "telephone"}
    proposal = martin.ask(Change.COORDINATES, asked, target=martin.guardian)
    martin.guardian.refresh_from_db()
    assert (martin.guardian.phone, martin.guardian.contact_by) == ("07 39 98 00 02", "telephone")
    assert (proposal.request.status, proposal.before["phone"]) == ("traitee", "06 39 98 00 01")


def test_a_refusal_changes_nothing_and_says_why(martin, agent):
    proposal = martin.ask(Change.BIRTH, NOE)
    refuse_request(request=proposal.request, by=agent, words="L’acte de naissance manque.", at=NOON)
    proposal.request.refresh_from_db()
    assert (proposal.request.status, proposal.request.decision) == ("refusee", "L’acte de naissance manque.")
    assert not Child.objects.filter(first_name="Noé").exists()


def test_a_proposal_is_withdrawn_until_it_is_decided(martin, accept):
    proposal = martin.ask(Change.BIRTH, NOE)
    withdraw_request(request=proposal.request, by=martin.guardian.user, at=NOON)
    with pytest.raises(Refusal, match="a retiré"):
        accept(proposal)


def test_a_child_of_two_other_homes_is_left_to_the_child_s_page(martin, parted, accept):
    mother, _ = parted
    CustodyFactory(child=mother.child, family=FamilyFactory(), starts_on=date(2030, 1, 1))
    asked = {"rhythm": "pleine", "first_monday": None, "starts_on": "2026-12-07", "judgment": "Jugement", "reason": ""}
    with pytest.raises(Refusal, match="plusieurs autres foyers"):
        accept(mother.ask(Change.CUSTODY, asked, child=mother.child))
    assert TODAY  # nothing else was written
    assert Custody.objects.filter(child=mother.child, ends_on=None).count() == 3
