"""What API Particulier answers, read strictly."""

import copy
from datetime import date

import pytest

from families.api_particulier.answers import Beneficiary, Unreadable, read_answer

ADDRESS = "https://particulier.api.gouv.fr"
LINK = f"{ADDRESS}/attestations/verification/AgADk9"
GOOD = {
    "data": {
        "quotient_familial": {
            "fournisseur": "CNAF", "valeur": 845, "annee": 2026, "mois": 11, "annee_calcul": 2026, "mois_calcul": 11,
        },
        "allocataires": [
            {"nom_naissance": "DELMAS", "nom_usage": "MARTIN", "prenoms": "CLAIRE MARIE", "date_naissance": "1988-03-14"}
        ],
        "enfants": [],
        "adresse": {},
    },
    "links": {},
    "meta": {"pdf_verification_link": LINK, "pdf_verification_code": "AB12-X9K3-TZ"},
}  # fmt: skip


def changed(path, value):
    said = copy.deepcopy(GOOD)
    place = said
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return said


QF = ("data", "quotient_familial")


def test_a_good_answer_gives_value_month_source_and_proof():
    found = read_answer(GOOD, address=ADDRESS)
    assert (found.value, found.month, found.source) == (845, date(2026, 11, 1), "caf")
    assert found.proof == f"API Particulier, code AB12-X9K3-TZ : {LINK}"
    assert [holder.usage_name for holder in found.holders] == ["MARTIN"]
    assert "DELMAS" not in repr(found)


@pytest.mark.parametrize(
    "path, value, source, worth",
    [
        ((*QF, "fournisseur"), "MSA", "msa", 845),
        ((*QF, "valeur"), 0, "caf", 0),
        ((*QF, "valeur"), 99_999, "caf", 99_999),
        (("data", "allocataires", 0, "nom_usage"), None, "caf", 845),
    ],
)
def test_what_may_vary(path, value, source, worth):
    found = read_answer(changed(path, value), address=ADDRESS)
    assert (found.source, found.value) == (source, worth)


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        {},
        "bonjour",
        {"data": None},
        changed(("data", "quotient_familial"), None),
        changed((*QF, "fournisseur"), "EDF"),
        changed((*QF, "fournisseur"), None),
        changed((*QF, "valeur"), -1),
        changed((*QF, "valeur"), 100_000),
        changed((*QF, "valeur"), "845"),
        changed((*QF, "valeur"), 845.5),
        changed((*QF, "valeur"), True),
        changed((*QF, "valeur"), None),
        changed((*QF, "mois"), 13),
        changed((*QF, "mois"), 0),
        changed((*QF, "annee"), 26),
        changed(("data", "allocataires"), []),
        changed(("data", "allocataires"), None),
        changed(("data", "allocataires"), ["DELMAS"]),
        changed(("data", "allocataires", 0, "nom_naissance"), 12),
    ],
)
def test_an_answer_that_is_not_what_the_api_says_is_refused(said):
    with pytest.raises(Unreadable):
        read_answer(said, address=ADDRESS)


@pytest.mark.parametrize(
    "meta",
    [
        {},
        None,
        {"pdf_verification_link": "https://pirate.example.org/x", "pdf_verification_code": "AB12"},
        {"pdf_verification_link": f"{ADDRESS}.example.org/x", "pdf_verification_code": "AB12"},
        {"pdf_verification_link": f"{ADDRESS}/{'x' * 300}", "pdf_verification_code": "AB12"},
        {"pdf_verification_link": LINK, "pdf_verification_code": "AB\n12"},
        {"pdf_verification_link": LINK},
    ],
)
def test_a_proof_that_is_not_the_api_s_is_not_kept(meta):
    assert read_answer({**GOOD, "meta": meta}, address=ADDRESS).proof == "Réponse de l’API Particulier"


def test_what_is_asked_of_somebody_born_in_france_and_of_somebody_born_elsewhere():
    claire = Beneficiary("Delmas", ("Claire", "Marie"), date(1988, 3, 14), "F", place="Castres", department="81")
    said = claire.parameters()
    assert [value for name, value in said if name == "prenoms[]"] == ["Claire", "Marie"]
    assert dict(said) | {"prenoms[]": ""} == {
        "nomNaissance": "Delmas",
        "prenoms[]": "",
        "anneeDateNaissance": "1988",
        "moisDateNaissance": "3",
        "jourDateNaissance": "14",
        "sexeEtatCivil": "F",
        "codeCogInseePaysNaissance": "99100",
        "nomCommuneNaissance": "Castres",
        "codeCogInseeDepartementNaissance": "81",
    }
    nadia = Beneficiary("Leroy", ("Nadia",), date(1989, 6, 21), "F", country="99352", place="Oran", department="81")
    names = {name for name, _ in nadia.parameters()}
    assert not names & {"nomCommuneNaissance", "codeCogInseeDepartementNaissance"}
