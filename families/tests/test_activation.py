"""From a code to a space: what each person can do with a code, and what no one can."""

from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import check_password
from django.db import IntegrityError, transaction
from post_office.models import Email

from accounts.models import User
from accounts.tests.factories import PASSWORD, UserFactory
from castres_portal.base.errors import Refusal
from families.models import ActivationCode, PendingActivation
from families.rules import codes
from families.services import activation
from families.tests.conftest import BORN
from families.tests.factories import NOON, ActivationCodeFactory, GuardianFactory

pytestmark = pytest.mark.django_db
LETTER, MAIL = ActivationCode.Channel.LETTER, ActivationCode.Channel.MAIL
CLEAR = "ACDEFGHJKM"
NOT_BORN = date(2018, 5, 8)


def give(guardian, channel=LETTER, at=NOON, by=None):
    return activation.make_activation_code(guardian=guardian, by=by, channel=channel, at=at)


def check(text=CLEAR, born=BORN, at=NOON):
    return activation.check_code(text=text, birth_date=born, at=at)


def begin(code, email="claire@example.org", at=NOON, password=PASSWORD):
    """Begin, and return the link as the mail says it."""
    activation.begin_activation(code_id=code.pk, email=email, password=password, at=at)
    body = Email.objects.order_by("-pk")[0].message
    _, found, rest = body.partition("/activer/confirmer/")
    return rest.partition("/")[0] if found else ""


def attach(user, text=CLEAR, born=BORN, at=NOON):
    return activation.attach_household(user=user, text=text, birth_date=born, at=at)


# --- The agent --------------------------------------------------------------------------------------------------------


def test_a_code_has_ten_signs_lives_sixty_days_and_is_kept_as_a_digest(martins):
    agent = UserFactory(agent=True)
    made = give(martins.guardian, by=agent)
    assert len(made.clear) == 10
    assert set(made.clear) <= set(codes.ALPHABET)
    row = ActivationCode.objects.get()
    assert row.expires_at == NOON + timedelta(days=60)
    assert row.created_by == agent
    assert made.clear not in str(ActivationCode.objects.values().get())
    assert check(made.clear).guardian == martins.guardian


def test_a_new_code_stops_the_one_before(martins):
    first = give(martins.guardian)
    second = give(martins.guardian, at=NOON + timedelta(days=1))
    with pytest.raises(activation.CodeRefused):
        check(first.clear)
    assert check(second.clear)
    assert ActivationCode.objects.get(pk=first.row.pk).revoked_reason == activation.REPLACED


def test_a_revoked_code_stops_and_says_who_did_it(martins):
    made = give(martins.guardian)
    agent = UserFactory(agent=True, title="Monsieur", last_name="Agent")
    activation.revoke_activation_code(guardian=martins.guardian, by=agent, at=NOON)
    with pytest.raises(activation.CodeRefused):
        check(made.clear)
    assert ActivationCode.objects.get().revoked_reason == "Révoqué par Monsieur AGENT"


def test_revoking_when_there_is_no_code_is_said(martins):
    with pytest.raises(Refusal, match="n’a pas de code"):
        activation.revoke_activation_code(guardian=martins.guardian, by=None, at=NOON)


def test_a_code_by_mail_leaves_for_the_guardian_and_is_secret(martins):
    martins.guardian.email = "claire@example.org"
    martins.guardian.save()
    made = give(martins.guardian, channel=MAIL)
    sent = Email.objects.get()
    assert sent.to == ["claire@example.org"]
    assert sent.mark.secret
    assert codes.written(made.clear) in sent.message
    assert codes.written(made.clear) in sent.html_message
    assert made.clear[:5] not in sent.subject
    assert "lundi 18 janvier 2027" in sent.message


def test_a_code_by_mail_needs_an_address(martins):
    with pytest.raises(Refusal, match="Aucune adresse"):
        give(martins.guardian, channel=MAIL)
    assert not ActivationCode.objects.exists()


def test_a_guardian_who_has_her_space_needs_no_code(martins):
    guardian = GuardianFactory(with_space=True, family=martins.family, pays=False)
    with pytest.raises(Refusal, match="a déjà son espace"):
        give(guardian)


def test_a_detached_guardian_can_be_given_a_code_again(martins):
    guardian = GuardianFactory(with_space=True, family=martins.family, pays=False)
    activation.detach_account(guardian=guardian)
    assert give(guardian).clear
    with pytest.raises(Refusal, match="Aucun compte"):
        activation.detach_account(guardian=guardian)
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "wrong", [{}, {"used_at": NOON, "revoked_at": NOON}], ids=["two live codes", "used and revoked at once"]
)
def test_the_database_holds_the_line(martins, wrong):
    ActivationCodeFactory(guardian=martins.guardian, clear="ACDEFGHJKN")
    with pytest.raises(IntegrityError), transaction.atomic():
        ActivationCodeFactory(guardian=martins.guardian, **wrong)


# --- The code and the birth date --------------------------------------------------------------------------------------


def refused_cases():
    return {
        "unknown": lambda guardian: None,
        "expired": lambda guardian: ActivationCodeFactory(guardian=guardian, expired=True),
        "expires this instant": lambda guardian: ActivationCodeFactory(guardian=guardian, expires_at=NOON),
        "used": lambda guardian: ActivationCodeFactory(guardian=guardian, used=True),
        "revoked": lambda guardian: ActivationCodeFactory(guardian=guardian, revoked=True),
        "of a guardian who has a space": lambda guardian: ActivationCodeFactory(
            guardian=GuardianFactory(with_space=True, family=guardian.family, pays=False)
        ),
    }


@pytest.mark.parametrize("case", refused_cases())
def test_every_dead_code_gets_the_same_sentence_everywhere(martins, case):
    refused_cases()[case](martins.guardian)
    for try_it in (check, lambda: attach(UserFactory())):
        with pytest.raises(activation.CodeRefused) as refusal:
            try_it()
        assert refusal.value.message == activation.REFUSED


def test_a_live_code_is_accepted_with_the_birth_date_of_any_child(martins):
    from families.tests.factories import ChildFactory

    ChildFactory(birth_date=date(2021, 1, 31), at_home=martins.family)
    ActivationCodeFactory(guardian=martins.guardian)
    assert check(born=BORN)
    assert check(born=date(2021, 1, 31))
    assert ActivationCode.objects.get().wrong_birth_dates == 0


def test_a_child_of_another_household_opens_nothing(martins, durands):
    ActivationCodeFactory(guardian=martins.guardian)
    with pytest.raises(activation.CodeRefused):
        check(born=durands.child.birth_date)


def test_nine_wrong_birth_dates_leave_the_code_alive_and_the_tenth_revokes_it(martins):
    code = ActivationCodeFactory(guardian=martins.guardian)
    for _ in range(9):
        with pytest.raises(activation.CodeRefused):
            check(born=NOT_BORN)
    assert check()
    with pytest.raises(activation.CodeRefused):
        check(born=NOT_BORN)
    code.refresh_from_db()
    assert code.revoked_reason == activation.TOO_MANY_BIRTH_DATES
    assert code.wrong_birth_dates == 10
    with pytest.raises(activation.CodeRefused):
        check()


def test_known_and_unknown_codes_cost_the_same_reads(martins, django_assert_num_queries):
    ActivationCodeFactory(guardian=martins.guardian)

    def reads(text):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with (
            CaptureQueriesContext(
                connection,
            ) as queries,
            pytest.raises(activation.CodeRefused),
        ):
            check(text, born=NOT_BORN)
        return [query["sql"].split()[0] for query in queries if query["sql"].startswith(("SELECT", "UPDATE"))]

    unknown, known = reads("MMMMMMMMMM"), reads(CLEAR)
    assert known[: len(unknown)] == unknown
    assert set(known[len(unknown) :]) <= {"SELECT"}


# --- Address, password, link ------------------------------------------------------------------------------------------


def test_nothing_exists_before_the_link_is_followed(martins):
    code = ActivationCodeFactory(guardian=martins.guardian)
    link = begin(code)
    assert link
    assert not User.objects.exists()
    code.refresh_from_db()
    assert code.used_at is None
    pending = PendingActivation.objects.get()
    assert link not in str(PendingActivation.objects.values().get())
    assert check_password(PASSWORD, pending.password)
    assert Email.objects.get().mark.secret


def test_the_link_opens_the_space(martins):
    code = ActivationCodeFactory(guardian=martins.guardian)
    link = begin(code, email="Claire@Example.ORG ")
    user = activation.confirm_activation(link=link, at=NOON + timedelta(hours=1))
    martins.guardian.refresh_from_db()
    code.refresh_from_db()
    assert user.email == "claire@example.org"
    assert user.greeting == "Madame MARTIN"
    assert user.check_password(PASSWORD)
    assert EmailAddress.objects.get(user=user, verified=True, primary=True).email == user.email
    assert martins.guardian.user == user
    assert martins.guardian.email == user.email
    assert martins.guardian.attached_at == code.used_at == NOON + timedelta(hours=1)
    assert not PendingActivation.objects.exists()


def test_a_mistyped_address_is_corrected_with_the_same_code(martins):
    code = ActivationCodeFactory(guardian=martins.guardian)
    wrong = begin(code, email="clare@example.org")
    right = begin(check(), email="claire@example.org")
    with pytest.raises(activation.LinkRefused):
        activation.confirm_activation(link=wrong, at=NOON)
    assert activation.confirm_activation(link=right, at=NOON).email == "claire@example.org"


def test_a_double_click_sends_one_mail_and_keeps_its_link_good(martins):
    code = ActivationCodeFactory(guardian=martins.guardian)
    link = begin(code, password="Sidobre-granit-46")
    begin(code, at=NOON + timedelta(seconds=1))
    assert Email.objects.count() == 1
    assert activation.confirm_activation(link=link, at=NOON).check_password(PASSWORD)


def test_an_address_that_has_a_space_gets_another_mail_and_no_link(martins):
    UserFactory(email="claire@example.org")
    code = ActivationCodeFactory(guardian=martins.guardian)
    assert begin(code, email="CLAIRE@example.org") == ""
    sent = Email.objects.get()
    assert sent.subject == "Vous avez déjà un espace"
    assert "/compte/rattacher/" in sent.message
    assert not PendingActivation.objects.exists()
    code.refresh_from_db()
    assert code.used_at is None


def test_an_address_that_got_a_space_meanwhile_is_told_to_sign_in(martins):
    code = ActivationCodeFactory(guardian=martins.guardian)
    link = begin(code)
    UserFactory(email="claire@example.org")
    with pytest.raises(Refusal, match="a déjà un espace"):
        activation.confirm_activation(link=link, at=NOON)
    code.refresh_from_db()
    assert code.used_at is None


def test_two_codes_with_one_address_open_one_space_even_at_the_same_instant(martins, durands, monkeypatch):
    first = ActivationCodeFactory(guardian=martins.guardian)
    second = ActivationCodeFactory(guardian=durands.guardian, clear="ACDEFGHJKN")
    links = [begin(first), begin(second)]
    monkeypatch.setattr(activation, "has_account", lambda email: False)  # both looked before either wrote
    activation.confirm_activation(link=links[0], at=NOON)
    with pytest.raises(activation.AddressTaken):
        activation.confirm_activation(link=links[1], at=NOON)
    second.refresh_from_db()
    assert second.used_at is None
    assert User.objects.count() == 1


@pytest.mark.parametrize("death", ["used", "too old", "revoked", "renewed", "unknown"])
def test_a_dead_link_opens_nothing(martins, death):
    code = ActivationCodeFactory(guardian=martins.guardian)
    link, at = begin(code), NOON
    if death == "used":
        activation.confirm_activation(link=link, at=NOON)
    elif death == "too old":
        at = NOON + timedelta(hours=72)
    elif death == "revoked":
        activation.revoke_activation_code(guardian=martins.guardian, by=None, at=NOON)
    elif death == "renewed":
        give(martins.guardian)
    else:
        link = "x" * 43
    assert activation.pending_of(link, at=at) is None
    accounts = User.objects.count()
    with pytest.raises(activation.LinkRefused):
        activation.confirm_activation(link=link, at=at)
    assert User.objects.count() == accounts


def test_a_link_outlives_the_sixty_days_of_the_code_that_began_it(martins):
    code = ActivationCodeFactory(guardian=martins.guardian, expires_at=NOON + timedelta(minutes=1))
    link = begin(code)
    assert activation.confirm_activation(link=link, at=NOON + timedelta(hours=2))


def test_a_code_that_died_between_two_steps_begins_nothing(martins):
    code = ActivationCodeFactory(guardian=martins.guardian)
    activation.revoke_activation_code(guardian=martins.guardian, by=None, at=NOON)
    with pytest.raises(activation.CodeRefused):
        begin(code)


# --- One more household -----------------------------------------------------------------------------------------------


def test_a_person_who_is_signed_in_attaches_a_household_at_once(martins, durands):
    user = UserFactory(email="claire@example.org")
    ActivationCodeFactory(guardian=martins.guardian)
    guardian = attach(user)
    assert guardian == martins.guardian
    second = give(durands.guardian)
    attach(user, text=codes.written(second.clear).lower(), born=durands.child.birth_date)
    assert set(user.guardianships.values_list("family", flat=True)) == {martins.family.pk, durands.family.pk}
    assert guardian.email == "claire@example.org"
    assert not ActivationCode.objects.filter(used_at=None).exists()


def test_a_person_stands_once_in_a_household(martins):
    user = UserFactory()
    GuardianFactory(family=martins.family, user=user, pays=False)
    code = ActivationCodeFactory(guardian=martins.guardian)
    with pytest.raises(Refusal, match="déjà rattaché"):
        attach(user)
    code.refresh_from_db()
    assert code.used_at is None


def test_attaching_counts_wrong_birth_dates_too(martins):
    ActivationCodeFactory(guardian=martins.guardian)
    with pytest.raises(activation.CodeRefused):
        attach(UserFactory(), born=NOT_BORN)
    assert ActivationCode.objects.get().wrong_birth_dates == 1
