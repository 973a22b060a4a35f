"""Limited rights over the whole site: every form of every household is refused, whoever writes the next one."""

import pytest
from django.test import Client
from django.urls import resolve, reverse

from billing.services.papers import announce_papers
from castres_portal.base import clock
from castres_portal.tests.cast import Cast, assemble
from castres_portal.tests.test_urls import ALL, is_public
from families.middleware import OWN_NAMES, OWN_PREFIXES, OWN_SPACES
from families.models import Guardian, RightsChange
from families.services.rights import limit_rights

pytestmark = pytest.mark.django_db
READ_ONLY, EXCLUDED = Guardian.Rights.READ_ONLY, Guardian.Rights.EXCLUDED
REASON = "Ordonnance du 3 novembre 2026, secrète"

# The forms of a household that its read-only guardian may send, by name: none but these, which are her own.
HER_OWN = {
    *("families:choose", "families:attach", "families:follow", "contact", "documents:check"),
    # Her own data, and papers that say what she already reads.
    *("families:ask_export", "families:ask_right", "families:ask_erasure", "documents:ask_paper"),
    # Whether mails come to her own address.
    *("reservations:reminder_choice", "reservations:stop_reminders"),
    # The address of her own calendar, which shows what she already reads.
    *("reservations:agenda", "reservations:agenda_cut"),
}


@pytest.fixture
def cast() -> Cast:
    return assemble()


# Where banks write: nobody is signed in there.
BANKS = {"billing:payzen_ipn", "billing:payfip_notification"}


def limited(cast: Cast, rights: str) -> Client:
    """Paul Martin, whose rights an agent has limited."""
    guardian = Guardian.objects.get(user=cast.paul)
    limit_rights(guardian=guardian, rights=rights, reason=REASON, until=None, by=cast.agent, at=clock.now())
    client = Client()
    client.force_login(cast.paul)
    return client


def is_of_an_account(name: str) -> bool:
    return name.partition(":")[0] in ("accounts", "admin", "demo") or name.startswith(OWN_PREFIXES)


def test_every_form_that_is_not_of_her_account_is_refused_to_who_may_only_read(cast: Cast):
    client = limited(cast, READ_ONLY)
    let_through = {}
    for name, path in ALL:
        if is_of_an_account(name) or name in HER_OWN or name in BANKS:
            continue
        for send in (client.post, client.put, client.patch, client.delete):
            response = send(path)
            if response.status_code != 403 or "lecture seule" not in response.content.decode():
                let_through[name, path] = response.status_code
    assert let_through == {}


def test_the_list_of_what_stays_hers_is_short_and_names_pages_that_exist():
    names = {name for name, _ in ALL}
    assert set(OWN_NAMES) <= names
    assert set(OWN_NAMES) - HER_OWN == BANKS
    assert set(OWN_SPACES) == {"accounts", "admin", "demo"}


def test_who_may_only_read_sees_all_and_is_told_so_on_each_page(cast: Cast):
    client = limited(cast, READ_ONLY)
    for path in (
        "/accueil/",
        "/factures/",
        f"/factures/{cast.invoice.number}/",
        "/demandes/",
        f"/reservations/{cast.leo.pk}/restauration/2026-12/",
    ):
        response = client.get(path)
        assert response.status_code == 200, path
        assert "Lecture seule" in response.content.decode()
        assert REASON not in response.content.decode()


def test_who_may_only_read_does_not_pay(cast: Cast):
    client = limited(cast, READ_ONLY)
    page = client.post(f"/factures/{cast.invoice.number}/payer/")
    assert page.status_code == 403
    assert "rien ne peut être modifié ni payé" in page.content.decode()
    assert cast.invoice.attempts.count() == 0


def test_her_account_stays_hers(cast: Cast):
    client = limited(cast, READ_ONLY)
    assert client.post(reverse("usersessions_list")).status_code == 302
    assert client.post(reverse("account_logout")).status_code == 302


def test_another_household_of_hers_is_not_concerned(cast: Cast):
    client = limited(cast, READ_ONLY)
    other = Guardian.objects.create(
        family=cast.durand, user=cast.paul, title="Monsieur", first_name="Paul", last_name="M"
    )
    client.post(reverse("families:choose"), {"family": other.family_id})
    page = client.get("/accueil/").content.decode()
    assert "Lecture seule" not in page
    assert client.post(f"/factures/{cast.invoice.number}/payer/").status_code == 404


def test_for_who_is_excluded_the_household_does_not_exist(cast: Cast):
    client = limited(cast, EXCLUDED)
    for path in (f"/factures/{cast.invoice.number}/", f"/reservations/{cast.leo.pk}/restauration/2026-12/"):
        assert client.get(path).status_code in (302, 404), path
        assert client.post(path).status_code in (302, 404, 405), path
    for name, path in ALL:
        if name.startswith(("admin:", "demo:")) or is_public(name):
            continue
        text = client.get(path).content.decode()
        for secret in (str(cast.martin), "Léo", cast.invoice.number, REASON):
            assert secret not in text, f"{path} montre {secret}"


def test_the_other_parent_sees_nothing_of_the_decision(cast: Cast):
    limited(cast, EXCLUDED)
    client = Client()
    client.force_login(cast.claire)
    for path in ("/accueil/", "/compte/", "/demandes/", "/factures/"):
        text = client.get(path).content.decode()
        assert REASON not in text
        assert "exclu" not in text.lower()


@pytest.mark.parametrize("rights, told", [(READ_ONLY, True), (EXCLUDED, False)])
def test_the_invoice_is_announced_to_who_reads_and_not_to_who_is_excluded(cast: Cast, rights, told):
    from post_office.models import Email

    from billing.models import InvoicePdf

    limited(cast, rights)
    InvoicePdf.objects.update(made_at=clock.now(), announced_at=None)
    announce_papers(at=clock.now())
    assert Email.objects.filter(to=cast.paul.email).exists() is told
    assert Email.objects.filter(to=cast.claire.email).exists()


# --- The agent --------------------------------------------------------------------------------------------------------


def agent_of(cast: Cast, person: str = "agent") -> Client:
    client = Client()
    client.force_login(getattr(cast, person))
    return client


def page_of(cast: Cast) -> str:
    return reverse("admin:families_guardian_rights", args=[Guardian.objects.get(user=cast.paul).pk])


def test_an_agent_limits_the_rights_and_the_reason_is_read_by_agents(cast: Cast):
    agent, path = agent_of(cast), page_of(cast)
    assert "Limiter" in agent.get(path.replace("droits", "change")).content.decode()
    done = agent.post(path, {"rights": "read_only", "reason": REASON, "until": "30/06/2027"}, follow=True)
    text = done.content.decode()
    assert "Lecture seule jusqu’au 30 juin 2027" in text
    assert REASON in text
    assert RightsChange.objects.get().by == cast.agent
    family = agent.get(reverse("admin:families_family_change", args=[cast.martin.pk])).content.decode()
    assert "Lecture seule jusqu’au 30 juin 2027" in family


def test_a_decision_without_a_reason_is_refused_and_keeps_what_was_typed(cast: Cast):
    page = agent_of(cast).post(page_of(cast), {"rights": "excluded", "reason": "", "until": ""})
    text = page.content.decode()
    assert page.status_code == 200
    assert "Ce champ est obligatoire" in text
    assert '<option value="excluded" selected' in text
    assert not RightsChange.objects.exists()


@pytest.mark.parametrize("person", ["cook", "regisseur", "claire"])
def test_who_may_not_change_a_guardian_may_not_limit_rights(cast: Cast, person):
    client = agent_of(cast, person)
    assert client.post(page_of(cast), {"rights": "excluded", "reason": "x"}).status_code in (302, 403)
    assert not RightsChange.objects.exists()


def test_resolving_the_page_of_rights_needs_a_number():
    assert resolve("/admin/families/guardian/12/droits/").url_name == "families_guardian_rights"
