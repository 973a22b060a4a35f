"""Papers delivered to families: what they say, that they never change, and what a stranger may learn of them."""

import re
import subprocess
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
import segno
from django.core.cache import cache
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from castres_portal.base.pdf import DRAWING, OwnFilesOnly
from castres_portal.base.qr import qr_drawing
from documents.household_papers import ACCEPTED_REGULATION, SUMMARY
from documents.models import IssuedPaper
from documents.pdfs import check_address, issued_paper_pdf
from documents.queries.papers import is_genuine
from documents.services.papers import forget_papers, issue_paper, withdraw_paper
from documents.tests.factories import IssuedPaperFactory, RegulationAcceptanceFactory, RegulationVersionFactory
from families.models import AuthorisedAdult, Guardian
from families.tests.factories import (
    NOON,
    ChildFactory,
    CustodyFactory,
    FamilyFactory,
    GuardianFactory,
    QuotientRecordFactory,
)

pytestmark = pytest.mark.django_db


def issue(guardian, kind=SUMMARY, submission=None, at=NOON, **answers):
    return issue_paper(
        kind=kind,
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        answers=answers,
        submission=submission or uuid4(),
        at=at,
    )


def text_of(pdf):
    text = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    return re.sub(r"\s+", " ", text.replace("\xa0", " "))


def said_by(paper):
    return text_of(issued_paper_pdf(paper))


# --- What they say ----------------------------------------------------------------------------------------------------


def test_the_summary_says_what_the_town_knows_of_this_household(martins):
    QuotientRecordFactory(family=martins.family, value=612)
    GuardianFactory(family=martins.family, other_parent=True, last_name="Martin", phone="0612345678")
    excluded = GuardianFactory(family=martins.family, first_name="Jean", last_name="Fabre", pays=False)
    Guardian.objects.filter(pk=excluded.pk).update(rights=Guardian.Rights.EXCLUDED)
    adult = AuthorisedAdult.objects.create(
        family=martins.family,
        first_name="Rose",
        last_name="Cazals",
        phone="0611223344",
        starts_on=date(2026, 9, 1),
        added_at=NOON,
    )
    adult.children.add(martins.child)
    paper = issue(martins.guardian)
    text = said_by(paper)
    for words in (
        f"N° {paper.number}",
        "Martin",
        martins.family.number,
        "12 rue des Tanneurs",
        "Madame Claire MARTIN",
        "Monsieur Paul MARTIN",
        "06 12 34 56 78",
        "Léa MARTIN",
        "7 mai 2018",
        "Rose CAZALS",
        "612 €",
        "au jeudi 19 novembre 2026",
    ):
        assert words in text, words
    assert "FABRE" not in text


def test_the_summary_says_nothing_of_the_other_household_nor_of_health(martins, durands):
    child = ChildFactory(first_name="Zoé", last_name="Bernard")
    CustodyFactory(child=child, family=martins.family, odd_weeks=True)
    CustodyFactory(child=child, family=durands.family, even_weeks=True)
    QuotientRecordFactory(family=durands.family, value=1789)
    text = said_by(issue(martins.guardian))
    assert "Zoé BERNARD" in text
    assert "semaines impaires" in text
    for words in ("Durand", "DURAND", durands.family.number, "1789", "semaines paires"):
        assert words not in text, words
    assert "Les renseignements de santé ne figurent pas" in text


def test_the_accepted_regulation_bears_who_when_and_the_text(martins):
    version = RegulationVersionFactory(body="# Délais\nSept jours.\n\n# Prix\nLe <b>quotient</b>.")
    accepted = RegulationAcceptanceFactory(version=version, guardian=martins.guardian)
    RegulationVersionFactory(regulation=version.regulation, number=2, in_force_on=date(2026, 11, 1), body="Huit jours.")
    text = said_by(issue(martins.guardian, ACCEPTED_REGULATION, chosen=str(accepted.pk)))
    assert "Madame Claire MARTIN a accepté en ligne, le 19/11/2026 à 12:06" in text
    assert "version 1" in text
    assert "Sept jours." in text
    assert "Le <b>quotient</b>." in text
    assert "Huit jours" not in text


def test_another_household_s_acceptance_gives_no_paper(martins, durands):
    accepted = RegulationAcceptanceFactory(guardian=durands.guardian)
    with pytest.raises(Refusal, match="n’a pas été accepté par votre foyer"):
        issue(martins.guardian, ACCEPTED_REGULATION, chosen=str(accepted.pk))
    assert not IssuedPaper.objects.exists()


# --- Numbered, sealed, never changed ----------------------------------------------------------------------------------


def test_papers_are_numbered_by_year_without_gap(martins):
    first, second = issue(martins.guardian), issue(martins.guardian)
    later = issue(martins.guardian, at=datetime(2027, 1, 1, 0, 30, tzinfo=PARIS))
    number = int(first.number[6:])
    assert first.number == f"A2026-{number:06d}"
    assert second.number == f"A2026-{number + 1:06d}"
    assert later.number.startswith("A2027-")


def test_a_form_sent_twice_gives_one_paper(martins):
    submission = uuid4()
    assert issue(martins.guardian, submission=submission) == issue(martins.guardian, submission=submission)
    assert IssuedPaper.objects.count() == 1


def test_a_paper_says_the_same_whatever_the_family_becomes(martins):
    paper = issue(martins.guardian)
    before = said_by(paper)
    martins.family.street = "41 avenue d’Albi"
    martins.family.save()
    assert said_by(IssuedPaper.objects.get()) == before
    assert "41 avenue d’Albi" in said_by(issue(martins.guardian))


def test_what_a_paper_says_is_nowhere_in_clear_in_the_database(martins):
    issue(martins.guardian)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM documents_issuedpaper")
        stored = cursor.fetchone()[0]
    assert "Tanneurs" not in stored
    assert stored.startswith("gAAAAA")


@pytest.mark.parametrize(
    "change",
    [{"number": "A2026-999999"}, {"initials": "X. X."}, {"issued_at": NOON}, {"token": "x"}, {"digest": "0"}],
)
def test_the_database_refuses_to_change_a_paper(martins, change):
    issue(martins.guardian, at=NOON + timedelta(minutes=1))
    with pytest.raises(DatabaseError, match="ne change plus"), transaction.atomic():
        IssuedPaper.objects.update(**change)
    assert IssuedPaper.objects.update(withdrawn_at=NOON, withdrawn_reason="Erreur.") == 1


def test_a_paper_rewritten_behind_the_portal_s_back_is_not_recognised(martins, client):
    paper = issue(martins.guardian)
    assert is_genuine(IssuedPaper.objects.get())
    IssuedPaper.objects.update(content={**paper.content, "title": "Autre chose"})
    assert not is_genuine(IssuedPaper.objects.get())
    assert client.get(f"/verifier/{paper.token}/").status_code == 404


def test_a_withdrawal_has_a_reason_and_happens_once(martins, agent):
    paper = issue(martins.guardian)
    with pytest.raises(Refusal, match="Dites pourquoi"):
        withdraw_paper(paper=paper.pk, user=agent, reason=" ", at=NOON)
    withdraw_paper(paper=paper.pk, user=agent, reason="Délivré par erreur.", at=NOON)
    again = withdraw_paper(paper=paper.pk, user=agent, reason="Autre motif.", at=NOON + timedelta(days=1))
    assert (again.withdrawn_at, again.withdrawn_reason) == (NOON, "Délivré par erreur.")
    with pytest.raises(IntegrityError, match="paper_withdrawn_with_reason"), transaction.atomic():
        IssuedPaper.objects.update(withdrawn_reason="")


def test_old_papers_are_forgotten(martins):
    issue(martins.guardian)
    limit = NOON + timedelta(days=3 * 365)
    assert forget_papers(at=limit) == 0
    assert forget_papers(at=limit + timedelta(minutes=1), dry_run=True) == 1
    assert forget_papers(at=limit + timedelta(minutes=1)) == 1
    assert not IssuedPaper.objects.exists()


# --- The PDF ----------------------------------------------------------------------------------------------------------


def test_the_pdf_is_tagged_and_bears_what_proves_it(martins):
    paper = issue(martins.guardian)
    pdf = issued_paper_pdf(paper)
    facts = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert "Tagged:          yes" in facts
    assert paper.number in facts
    text = text_of(pdf)
    assert f"code de contrôle {paper.check_code[:4]}-{paper.check_code[4:]}" in text
    assert "testserver/verifier/" in text


def test_the_qr_code_holds_the_public_address(martins, monkeypatch):
    drawn = []
    real = segno.make
    monkeypatch.setattr(segno, "make", lambda text, **options: drawn.append(text) or real(text, **options))
    paper = issue(martins.guardian)
    issued_paper_pdf(paper)
    assert drawn == [f"http://testserver/verifier/{paper.token}/"] == [check_address(paper)]


def test_a_paper_shows_drawings_of_its_own_and_no_other_address():
    assert qr_drawing("essai").startswith(DRAWING)
    assert OwnFilesOnly().fetch(qr_drawing("essai"))
    for address in (
        "data:text/html,x",
        "data:image/png;base64,AAAA",
        "https://example.org/x.svg",
        "file:///etc/passwd",
    ):
        with pytest.raises(ValueError, match="refusée"):
            OwnFilesOnly().fetch(address)


# --- The family's pages -----------------------------------------------------------------------------------------------


@pytest.fixture
def signed_in(client, martins):
    client.force_login(martins.guardian.user)
    return client


def page(response):
    return response.content.decode().replace("\xa0", " ")


def test_a_parent_asks_for_a_paper_and_opens_it(signed_in, martins):
    assert "Récapitulatif des données de la famille" in page(signed_in.get("/documents/"))
    shown = page(signed_in.get("/documents/demander/recapitulatif/"))
    submission = re.search(r'name="submission" value="([^"]+)"', shown).group(1)
    shown = page(signed_in.post("/documents/demander/recapitulatif/", {"submission": submission}, follow=True))
    paper = IssuedPaper.objects.get()
    assert f"Votre document est prêt, sous le n° {paper.number}." in shown
    response = signed_in.get(f"/documents/papiers/{paper.number}/pdf/")
    assert response["Content-Type"] == "application/pdf"
    assert f"recapitulatif-{paper.number}.pdf" in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]
    assert paper.number in page(signed_in.get("/documents/"))


def test_the_summary_gives_a_child_s_class_when_it_is_known(martins):
    stay = CustodyFactory(family=martins.family, child__class_name="CE1-CE2 de Mme Roy")
    CustodyFactory(family=martins.family)
    found = SUMMARY.build(martins.family, {}, NOON.date()).sections
    classes = {section.title: fact[1] for section in found for fact in section.facts if fact[0] == "Classe"}
    assert classes == {stay.child.full_name: "CE1-CE2 de Mme Roy"}


def test_nothing_to_choose_is_said_instead_of_a_form(signed_in):
    shown = page(signed_in.get("/documents/demander/reglement-accepte/"))
    assert "Votre foyer n’a accepté aucun règlement" in shown
    assert "Obtenir le document" not in shown


def test_a_choice_that_is_not_offered_is_refused_in_words(signed_in, martins, durands):
    RegulationAcceptanceFactory(guardian=martins.guardian)
    other = RegulationAcceptanceFactory(guardian=durands.guardian, version=RegulationVersionFactory())
    data = {"submission": uuid4(), "chosen": other.pk}
    assert "Faites un choix dans la liste." in page(signed_in.post("/documents/demander/reglement-accepte/", data))
    assert not IssuedPaper.objects.exists()


def test_another_family_s_paper_does_not_exist(signed_in, durands):
    paper = IssuedPaperFactory(family=durands.family)
    for path in (f"/documents/papiers/{paper.number}/", f"/documents/papiers/{paper.number}/pdf/"):
        assert signed_in.get(path).status_code == 404
    assert paper.number not in page(signed_in.get("/documents/"))


def test_a_kind_that_does_not_exist_is_not_found(signed_in):
    assert signed_in.get("/documents/demander/diplome/").status_code == 404


def test_a_family_reads_why_a_paper_was_withdrawn(signed_in, martins):
    paper = IssuedPaperFactory(family=martins.family, withdrawn=True)
    assert "Délivrée par erreur." in page(signed_in.get(f"/documents/papiers/{paper.number}/"))


@pytest.mark.parametrize("number", [1, 12])
def test_the_page_costs_the_same_with_one_and_with_twelve(signed_in, martins, number, django_assert_max_num_queries):
    IssuedPaperFactory.create_batch(number, family=martins.family, guardian=martins.guardian)
    signed_in.get("/documents/")
    with django_assert_max_num_queries(7):
        shown = page(signed_in.get("/documents/"))
    assert ("Page suivante" in shown) is (number == 12)


# --- The public page --------------------------------------------------------------------------------------------------


@pytest.fixture
def paper(martins):
    return issue(martins.guardian)


def test_anybody_reads_that_a_paper_is_genuine_and_no_more(client, paper, martins):
    shown = page(client.get(f"/verifier/{paper.token}/"))
    assert "Document authentique" in shown
    assert "Récapitulatif des données de la famille" in shown
    assert "19 novembre 2026" in shown
    assert "<dd>M.</dd>" in shown
    for secret in (
        "Martin",
        "MARTIN",
        martins.family.number,
        "Tanneurs",
        "Léa",
        paper.number,
        paper.check_code,
        "12:06",
    ):
        assert secret not in shown, secret


def test_the_number_and_the_code_say_the_same(client, paper):
    data = {"number": f" {paper.number.lower()} ", "code": f"{paper.check_code[:4]} {paper.check_code[4:].lower()}"}
    shown = page(client.post("/verifier/", data))
    assert "Document authentique" in shown
    assert "19 novembre 2026" in shown


@pytest.mark.parametrize("token", ["inconnu", "a" * 32, "A2026-000001", "' OR 1=1"])
def test_every_wrong_link_has_one_and_the_same_answer(client, paper, token):
    response, other = client.get(f"/verifier/{token}/"), client.get("/verifier/rien/")
    assert response.status_code == other.status_code == 404
    hide = lambda text: re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)  # noqa: E731
    assert hide(page(response)) == hide(page(other))
    assert "Document non reconnu" in page(response)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda paper: {"code": "ACDEFGHJ"},
        lambda paper: {"number": "A2026-999999"},
        lambda paper: {"number": "n’importe quoi"},
        lambda paper: {"code": paper.check_code[:7]},
    ],
)
def test_a_wrong_number_or_code_is_not_recognised_and_stays_typed(client, paper, wrong):
    typed = {"number": paper.number, "code": paper.check_code} | wrong(paper)
    shown = page(client.post("/verifier/", typed))
    assert "Ce document n’est pas reconnu." in shown
    assert "Document authentique" not in shown
    assert f'value="{typed["code"]}"' in shown


def test_what_is_missing_is_asked(client):
    assert "Saisissez le code de contrôle." in page(client.post("/verifier/", {"number": "A2026-000001"}))


def test_a_paper_withdrawn_says_so_to_anybody_without_the_reason(client, martins):
    paper = IssuedPaperFactory(family=martins.family, withdrawn=True)
    shown = page(client.get(f"/verifier/{paper.token}/"))
    assert "puis l’a retiré le 19 novembre 2026" in shown
    assert "Document authentique" not in shown
    assert "Délivrée par erreur." not in shown


def test_a_newer_paper_on_the_same_subject_is_mentioned(client, martins, paper):
    assert "plus récent" not in page(client.get(f"/verifier/{paper.token}/"))
    issue(martins.guardian, at=NOON + timedelta(days=3))
    assert "délivré le 22 novembre 2026" in page(client.get(f"/verifier/{paper.token}/"))


def test_the_public_page_stays_out_of_search_engines_and_other_sites_logs(client, paper):
    for path in ("/verifier/", f"/verifier/{paper.token}/"):
        response = client.get(path)
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert response["Referrer-Policy"] == "same-origin"  # stricter, browsers would send the form from nowhere
        assert 'name="robots" content="noindex, nofollow"' in page(response)
        assert "no-store" in response["Cache-Control"]


def test_whoever_tries_number_after_number_is_slowed_down(client, paper):
    cache.clear()
    answers = [client.post("/verifier/", {"number": paper.number, "code": "ACDEFGHJ"}).status_code for _ in range(45)]
    assert answers[:40] == [200] * 40
    assert set(answers[41:]) == {429}
    assert client.get("/verifier/").status_code == 200


# --- Agents -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def at_the_desk(client, agent):
    client.force_login(agent)
    return client


def test_an_agent_finds_a_paper_by_its_number_and_withdraws_it(at_the_desk, paper):
    found = page(at_the_desk.get(f"/admin/documents/issuedpaper/?q={paper.number}"))
    assert paper.number in found
    path = f"/admin/documents/issuedpaper/{paper.pk}/change/"
    assert "intacte" in page(at_the_desk.get(path))
    assert "Dites pourquoi" in page(at_the_desk.post(path, {"reason": ""}))
    assert "retiré" in page(at_the_desk.post(path, {"reason": "Erreur de foyer."}, follow=True))
    paper.refresh_from_db()
    assert paper.withdrawn_reason == "Erreur de foyer."
    assert at_the_desk.get(f"/admin/documents/issuedpaper/{paper.pk}/pdf/")["Content-Type"] == "application/pdf"


def test_an_agent_delivers_a_paper_at_the_counter(at_the_desk, martins, agent, client):
    path = "/admin/documents/issuedpaper/delivrer/"
    deliver = f"{path}{martins.family.pk}/recapitulatif/"
    assert deliver in page(at_the_desk.get(f"{path}?q=martin"))
    assert "Aucune famille" in page(at_the_desk.get(f"{path}?q=inconnue"))
    assert "Délivrer" in page(at_the_desk.get(deliver))
    at_the_desk.post(deliver, {"submission": uuid4()})
    paper = IssuedPaper.objects.get()
    assert (paper.family, paper.guardian, paper.issued_by) == (martins.family, None, agent)
    client.force_login(martins.guardian.user)
    assert paper.number in page(client.get("/documents/"))


def test_a_stranger_to_the_back_office_delivers_nothing(client, martins):
    client.force_login(UserFactory(agent=True))
    assert client.get("/admin/documents/issuedpaper/delivrer/").status_code == 403
    deliver = f"/admin/documents/issuedpaper/delivrer/{martins.family.pk}/recapitulatif/"
    assert client.post(deliver, {"submission": uuid4()}).status_code == 403
    assert not IssuedPaper.objects.exists()


def test_a_household_without_anything_has_a_summary_too():
    guardian = GuardianFactory(with_space=True, family=FamilyFactory(name="Seul"))
    assert "Aucun quotient n’est connu" in said_by(issue(guardian))
