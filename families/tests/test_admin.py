"""What an agent does with families in the back office."""

from datetime import date

import pytest
from django.urls import reverse
from post_office.models import STATUS, Email

from accounts.roles import AGENTS, REGISSEURS
from accounts.tests.factories import UserFactory
from castres_portal.base import clock, mail
from castres_portal.base.errors import Refusal
from families import quotient_changes
from families.models import ActivationCode, Child, Custody, Family, Guardian, QuotientRecord
from families.services.activation import TOO_MANY_BIRTH_DATES
from families.tests.factories import (
    NOON,
    ActivationCodeFactory,
    ChildFactory,
    CustodyFactory,
    FamilyFactory,
    GuardianFactory,
    QuotientRecordFactory,
    SchoolFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(client):
    user = UserFactory(agent=True, role=AGENTS)
    client.force_login(user)
    return user


def rows(prefix, *data, initial=0):
    """Return the POST of an inline: its rows and its bookkeeping."""
    posted = {f"{prefix}-TOTAL_FORMS": len(data), f"{prefix}-INITIAL_FORMS": initial}
    for place, row in enumerate(data):
        posted |= {f"{prefix}-{place}-{name}": value for name, value in row.items()}
    return posted


FAMILY = {"name": "Martin", "street": "12 rue des Tanneurs", "street_more": "", "postcode": "81100", "city": "Castres"}
CLAIRE = {"title": "Madame", "first_name": "Claire", "last_name": "Martin", "email": "", "phone": ""}
PAUL = {"title": "Monsieur", "first_name": "Paul", "last_name": "Martin", "email": "", "phone": ""}
LEA = {
    "first_name": "Léa",
    "last_name": "Martin",
    "birth_date": "07/05/2018",
    "level": "CE2",
    "rhythm": "pleine",
    "starts_on": "01/09/2026",
}


def whole(guardians=(), children=(), quotients=(), initial=(0, 0, 0), **family):
    return {
        **FAMILY,
        **family,
        **rows("guardians", *guardians, initial=initial[0]),
        **rows("custodies", *children, initial=initial[1]),
        **rows("quotients", *quotients, initial=initial[2]),
        **rows("authorised_adults"),
        **rows("contacts"),
    }


def add(client, **data):
    return client.post(reverse("admin:families_family_add"), whole(**data))


def change(client, family, **data):
    return client.post(reverse("admin:families_family_change", args=[family.pk]), whole(**data))


def errors(response):
    page = response.context
    return str(page["errors"]) if page and page.get("errors") else ""


def as_row(stay, **more):
    child = stay.child
    posted = {
        "id": stay.pk,
        "first_name": child.first_name,
        "last_name": child.last_name,
        "birth_date": child.birth_date.strftime("%d/%m/%Y"),
        "school": child.school_id,
        "level": child.level,
        "rhythm": stay.rhythm,
        "starts_on": stay.starts_on.strftime("%d/%m/%Y"),
    }
    return {**posted, **more}


def test_a_whole_file_is_opened_on_one_page(client, agent):
    school = SchoolFactory()
    quotient = {"value": 612, "month": "15/09/2026", "source": "caf", "starts_on": "01/09/2026"}
    response = add(
        client,
        guardians=[{**CLAIRE, "pays": "on"}, PAUL],
        children=[{**LEA, "school": school.pk}],
        quotients=[quotient],
    )
    assert response.status_code == 302, errors(response)
    family = Family.objects.get()
    assert family.number == "F000001"
    assert [str(guardian) for guardian in family.guardians.all()] == ["Madame Claire MARTIN", "Monsieur Paul MARTIN"]
    child = Child.objects.get(families=family)
    assert (child.first_name, child.birth_date, child.school) == ("Léa", date(2018, 5, 7), school)
    assert QuotientRecord.objects.get().month == date(2026, 9, 1)
    add(client, name="Durand")
    assert Family.objects.get(name="Durand").number == "F000002"


def test_a_lone_guardian_receives_the_invoices_without_being_asked(client, agent):
    add(client, guardians=[CLAIRE])
    assert Guardian.objects.get().pays


@pytest.mark.parametrize("paying", [(), ("on", "on")], ids=["nobody", "both"])
def test_of_two_guardians_one_receives_the_invoices(client, agent, paying):
    people = [{**CLAIRE, "pays": "on"}, {**PAUL, "pays": "on"}] if paying else [CLAIRE, PAUL]
    response = add(client, guardians=people)
    assert "un responsable et un seul" in errors(response)
    assert not Family.objects.exists()


def test_the_payer_is_changed_in_one_go(client, agent, martins):
    paul = GuardianFactory(family=martins.family, other_parent=True)
    claire = martins.guardian
    response = change(
        client,
        martins.family,
        guardians=[{"id": claire.pk, **CLAIRE}, {"id": paul.pk, **PAUL, "pays": "on"}],
        initial=(2, 0, 0),
    )
    assert response.status_code == 302, errors(response)
    assert Guardian.objects.get(pays=True) == paul


def test_a_child_of_another_household_is_chosen_not_typed_again(client, agent, martins):
    response = add(client, children=[{**LEA, "rhythm": "paire"}])
    assert "est déjà connu" in errors(response)
    assert Child.objects.count() == 1


@pytest.mark.parametrize(
    ("mother", "father", "accepted"),
    [("impaire", "paire", True), ("impaire", "impaire", False), ("pleine", "paire", False)],
)
def test_a_child_never_has_two_homes_on_one_day(client, agent, mother, father, accepted):
    child = ChildFactory()
    CustodyFactory(child=child, rhythm=mother)
    response = add(client, children=[{"child": child.pk, "rhythm": father, "starts_on": "01/09/2026"}])
    assert (response.status_code == 302) is accepted
    assert Custody.objects.count() == 1 + accepted
    if not accepted:
        assert "deux foyers" in errors(response)


def test_a_rhythm_changes_in_one_go_the_old_one_ended_the_new_one_begun(client, agent):
    stay = CustodyFactory()
    response = change(
        client,
        stay.family,
        children=[
            as_row(stay, ends_on="31/12/2026"),
            {"child": stay.child_id, "rhythm": "impaire", "starts_on": "01/01/2027"},
        ],
        initial=(0, 1, 0),
    )
    assert response.status_code == 302, errors(response)
    assert Custody.objects.filter(child=stay.child).count() == 2


def test_a_child_s_level_and_class_are_put_right_from_the_family_s_page(client, agent):
    stay = CustodyFactory()
    response = change(client, stay.family, children=[as_row(stay, level="CM1", class_name="CM1 B")], initial=(0, 1, 0))
    assert response.status_code == 302, errors(response)
    stay.child.refresh_from_db()
    assert (stay.child.level, stay.child.class_name) == ("CM1", "CM1 B")
    assert Child.objects.count() == 1


def test_a_new_quotient_ends_the_one_before_the_day_before(client, agent):
    old = QuotientRecordFactory(starts_on=date(2026, 1, 1))
    kept = {"id": old.pk, "value": 612, "month": "01/09/2026", "source": "caf", "starts_on": "01/01/2026"}
    new = {"value": 480, "month": "01/11/2026", "source": "caf", "starts_on": "01/12/2026"}
    response = change(client, old.family, quotients=[kept, new], initial=(0, 0, 1))
    assert response.status_code == 302, errors(response)
    old.refresh_from_db()
    assert old.ends_on == date(2026, 11, 30)


def test_two_quotients_never_hold_on_one_day(client, agent):
    old = QuotientRecordFactory(starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    kept = {
        "id": old.pk,
        "value": 612,
        "month": "01/09/2026",
        "source": "caf",
        "starts_on": "01/01/2026",
        "ends_on": "31/12/2026",
    }
    new = {"value": 480, "month": "01/11/2026", "source": "caf", "starts_on": "01/12/2026"}
    response = change(client, old.family, quotients=[kept, new], initial=(0, 0, 1))
    assert "Deux quotients vaudraient le 1er décembre 2026" in errors(response)


def test_a_quotient_that_cannot_be_changed_now_is_said_and_nothing_typed_is_lost(client, agent, monkeypatch):
    def refuse(change):
        raise Refusal("La part du CCAS est en cours de facturation.")

    monkeypatch.setattr(quotient_changes, "_listeners", [refuse])
    old = QuotientRecordFactory(starts_on=date(2026, 1, 1))
    kept = {"id": old.pk, "value": 612, "month": "01/09/2026", "source": "caf", "starts_on": "01/01/2026"}
    new = {"value": 483, "month": "01/11/2026", "source": "caf", "starts_on": "01/12/2026"}

    response = change(client, old.family, quotients=[kept, new], initial=(0, 0, 1), street="8 rue Neuve")

    page = response.content.decode()
    assert "La part du CCAS est en cours de facturation." in page
    assert 'value="483"' in page
    assert 'value="8 rue Neuve"' in page
    old.refresh_from_db()
    assert (old.ends_on, QuotientRecord.objects.count()) == (None, 1), "all or nothing"
    assert old.family.street != "8 rue Neuve"


@pytest.mark.parametrize("words", ["F000777", "Lafarge", "claire@example.org", "Zoé"])
def test_a_file_is_found_by_number_name_address_or_child(client, agent, words):
    family = FamilyFactory(number="F000777", name="Lafarge")
    GuardianFactory(family=family, email="claire@example.org")
    ChildFactory(first_name="Zoé", at_home=family)
    FamilyFactory(name="Autre")
    page = client.get(reverse("admin:families_family_changelist"), {"q": words})
    assert [row.number for row in page.context["cl"].result_list] == ["F000777"]


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("families_family", lambda: ChildFactory(at_home=GuardianFactory().family)),
        ("families_guardian", lambda: ActivationCodeFactory(clear=f"A{Guardian.objects.count():09d}")),
        ("families_child", lambda: CustodyFactory()),
        ("families_activationcode", lambda: ActivationCodeFactory(clear=f"A{Guardian.objects.count():09d}")),
    ],
)
def test_a_list_costs_the_same_queries_with_one_row_and_with_ten(client, agent, name, make):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200
        return len(queries)

    make()
    cost()
    one = cost()
    for _ in range(9):
        make()
    assert cost() == one


@pytest.mark.parametrize("model", ["family", "guardian", "child", "school"])
def test_every_page_opens(client, agent, martins, model):
    target = {
        "family": martins.family,
        "guardian": martins.guardian,
        "child": martins.child,
        "school": martins.child.school,
    }[model]
    assert client.get(reverse(f"admin:families_{model}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:families_{model}_change", args=[target.pk])).status_code == 200


def code_page(guardian):
    return reverse("admin:families_guardian_code", args=[guardian.pk])


def test_the_letter_is_downloaded_at_once_and_a_new_one_revokes_the_old(client, agent, martins):
    first = client.post(code_page(martins.guardian), {"do": "letter"})
    assert first.headers["Content-Type"] == "application/pdf"
    assert "attachment" in first.headers["Content-Disposition"]
    assert "no-store" in first.headers["Cache-Control"]
    client.post(code_page(martins.guardian), {"do": "letter"})
    assert ActivationCode.objects.filter(revoked_at=None).count() == 1
    assert ActivationCode.objects.first().created_by == agent


def test_looking_at_the_page_gives_no_code(client, agent, martins):
    page = client.get(code_page(martins.guardian))
    assert "Remettre un code par courrier" in page.content.decode()
    assert "Envoyer un code par courriel" not in page.content.decode()  # no address is known
    assert not ActivationCode.objects.exists()


def test_a_code_is_mailed_revoked_and_said_so(client, agent, martins):
    martins.guardian.email = "claire@example.org"
    martins.guardian.save()
    page = client.post(code_page(martins.guardian), {"do": "mail"}, follow=True).content.decode()
    assert "part par courriel à claire@example.org" in page
    assert "valable jusqu’au 18 janvier 2027" in page
    page = client.post(code_page(martins.guardian), {"do": "revoke"}, follow=True).content.decode()
    assert "ne fonctionne plus" in page
    assert "aucun code en cours" in page


def test_a_refusal_is_said_to_the_agent(client, agent, martins):
    page = client.post(code_page(martins.guardian), {"do": "mail"}, follow=True).content.decode()
    assert "Aucune adresse électronique" in page


def test_an_account_is_detached(client, agent):
    guardian = GuardianFactory(with_space=True)
    page = client.post(code_page(guardian), {"do": "detach"}, follow=True).content.decode()
    assert "Le compte est détaché" in page
    guardian.refresh_from_db()
    assert guardian.user is None


def test_a_regisseur_gives_no_code(client, martins):
    client.force_login(UserFactory(agent=True, role=REGISSEURS))
    assert client.get(code_page(martins.guardian)).status_code == 403
    assert client.post(code_page(martins.guardian), {"do": "letter"}).status_code == 403
    assert not ActivationCode.objects.exists()


def test_a_regisseur_is_offered_no_page_that_is_closed_to_him(client, martins):
    client.force_login(UserFactory(agent=True, role=REGISSEURS))
    page = client.get(reverse("admin:families_family_change", args=[martins.family.pk])).content.decode()
    assert code_page(martins.guardian) not in page
    assert reverse("admin:families_guardian_rights", args=[martins.guardian.pk]) not in page
    assert reverse("admin:families_familyrequest_changelist") not in page
    assert f"{reverse('admin:billing_invoice_changelist')}?family__id__exact={martins.family.pk}" in page


def test_a_file_leads_to_what_else_is_held_of_the_household(client, agent, martins):
    pages = client.get(reverse("admin:families_family_change", args=[martins.family.pk])).context["family_links"]
    assert [label for label, _ in pages] == [
        "Au guichet",
        "Ajouter une prise en charge",
        "Demandes",
        "Certifications",
        "Consultations",
        "Pièces",
        "Documents délivrés",
        "Règlements acceptés",
        "Inscriptions",
        "Réservations",
        "Liste d’attente",
        "Rendez-vous petite enfance",
        "Factures",
        "Paiements",
        "Prises en charge",
        "Mandats de prélèvement",
    ]
    for _, url in pages:
        assert client.get(url).status_code == 200


def test_a_guardian_s_account_is_named_and_not_linked(client, agent):
    guardian = GuardianFactory(with_space=True)
    page = client.get(reverse("admin:families_guardian_change", args=[guardian.pk])).content.decode()
    assert guardian.user.email in page
    assert reverse("admin:accounts_user_change", args=[guardian.user.pk]) not in page


def test_the_back_office_writes_days_in_figures(client, agent, martins):
    page = client.get(reverse("admin:families_child_changelist")).content.decode()
    assert f"{martins.child.birth_date:%d/%m/%Y}" in page
    assert "Full name" not in page


def test_blocked_codes_have_their_own_filter(client, agent, martins):
    ActivationCodeFactory(guardian=martins.guardian, revoked=True, clear="ACDEFGHJKN")
    blocked = ActivationCodeFactory(
        guardian=martins.guardian, revoked_at=NOON, revoked_reason=TOO_MANY_BIRTH_DATES, wrong_birth_dates=10
    )
    page = client.get(reverse("admin:families_activationcode_changelist"), {"etat": "bloque"})
    assert list(page.context["cl"].result_list) == [blocked]


@pytest.mark.parametrize("state", ["valable", "utilise", "expire", "revoque", "bloque"])
def test_each_state_of_a_code_can_be_listed(client, agent, state):
    assert client.get(reverse("admin:families_activationcode_changelist"), {"etat": state}).status_code == 200


@pytest.mark.parametrize("state", ["ouvert", "code", "aucun"])
def test_guardians_are_listed_by_state_of_their_space(client, agent, martins, state):
    expected = {
        "ouvert": GuardianFactory(with_space=True),
        "code": ActivationCodeFactory().guardian,
        "aucun": martins.guardian,
    }[state]
    page = client.get(reverse("admin:families_guardian_changelist"), {"espace": state})
    assert list(page.context["cl"].result_list) == [expected]


# --- Mails ------------------------------------------------------------------------------------------------------------


def mail_page(email):
    return reverse("admin:post_office_email_change", args=[email.pk])


@pytest.fixture
def secret_mail(martins):
    martins.guardian.email = "claire@example.org"
    martins.guardian.save()
    from families.services.activation import make_activation_code

    made = make_activation_code(guardian=martins.guardian, by=None, channel="courriel", at=NOON)
    return Email.objects.get(), made.clear


@pytest.fixture
def plain_mail(martins):
    from families.emails.activation import send_already_registered

    send_already_registered(martins.guardian, "claire@example.org")
    return Email.objects.get()


@pytest.mark.parametrize("sent", [False, True], ids=["waiting", "sent"])
def test_a_mail_with_a_code_never_shows_its_body(client, agent, secret_mail, sent):
    email, clear = secret_mail
    if sent:
        mail.send_waiting(at=clock.now())
    page = client.get(mail_page(email)).content.decode()
    assert "claire@example.org" in page
    assert "n’est jamais montré" in page
    assert clear[:5] not in page


def test_another_mail_shows_its_body(client, agent, plain_mail):
    assert "Le code n’est pas utilisé" in client.get(mail_page(plain_mail)).content.decode()


@pytest.mark.parametrize("address", ["/preview/", "/resend/"])
def test_the_library_s_own_ways_to_a_body_are_gone(client, agent, secret_mail, address):
    email, clear = secret_mail
    response = client.get(f"/admin/post_office/email/{email.pk}{address}", follow=True)
    assert clear[:5] not in response.content.decode()
    email.refresh_from_db()
    assert email.status == STATUS.queued


def test_a_mail_is_not_rewritten(client, agent, plain_mail):
    client.post(mail_page(plain_mail), {"subject": "Autre chose", "to": "autre@example.org"})
    plain_mail.refresh_from_db()
    assert plain_mail.to == ["claire@example.org"]


def send_again(client, *emails):
    data = {"action": "send_again", "_selected_action": [email.pk for email in emails]}
    return client.post(reverse("admin:post_office_email_changelist"), data, follow=True).content.decode()


def test_a_mail_that_failed_is_sent_again(client, agent, plain_mail):
    Email.objects.update(status=STATUS.failed)
    assert "remis en file d’attente : 1" in send_again(client, plain_mail)
    plain_mail.refresh_from_db()
    assert plain_mail.status == STATUS.queued


def test_a_secret_mail_that_failed_is_not(client, agent, secret_mail):
    Email.objects.update(status=STATUS.failed)
    assert "confidentiels laissés de côté : 1" in send_again(client, secret_mail[0])
    assert Email.objects.get().status == STATUS.failed


def test_a_mail_already_sent_does_not_leave_twice(client, agent, plain_mail):
    mail.send_waiting(at=clock.now())
    assert "Aucun de ces courriels n’est en échec" in send_again(client, plain_mail)
    assert Email.objects.get().status == STATUS.sent


def test_the_regie_reads_the_mails_about_money_and_no_others(client, plain_mail):
    listed = reverse("admin:post_office_email_changelist")
    client.force_login(UserFactory(agent=True, role=REGISSEURS))
    assert "claire@example.org" not in client.get(listed).content.decode()
    assert client.get(mail_page(plain_mail)).status_code == 302
    plain_mail.mark.kind = "billing/mail/invoice_ready"
    plain_mail.mark.save()
    assert "claire@example.org" in client.get(listed).content.decode()
    assert client.get(mail_page(plain_mail)).status_code == 200
