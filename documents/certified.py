"""The règlements and the supporting documents in the yearly certification (registered when the application starts)."""

from datetime import date

from castres_portal.base.french import moment
from documents.queries.regulations import consents_of
from documents.queries.supporting import expected_documents
from families.certification import Section, SectionState, register
from families.models import Family

WORDS = {
    "manquante": "à envoyer",
    "analyse": "en cours d’analyse",
    "deposee": "déposée, à examiner",
    "acceptee": "acceptée",
    "bientot": "acceptée, expire bientôt",
    "refusee": "refusée",
    "expiree": "expirée",
}


def _regulations(family: Family, today: date) -> SectionState:
    facts, waiting = [], []
    consents = consents_of(family, today)
    for consent in consents:
        accepted, title = consent.sheet.accepted, consent.sheet.regulation.title
        if accepted is None:
            waiting.append(title)
        number = consent.sheet.current.number
        said = f"acceptée le {moment(accepted.accepted_at)}" if accepted else "à accepter"
        facts.append((title, f"version {number}, {said}"))
    if not consents:
        facts.append(("Règlements", "aucun ne concerne le foyer"))
    missing = f"À lire et à accepter : {', '.join(waiting)}." if waiting else ""
    accepted_ids = [row.pk for consent in consents for row in consent.sheet.acceptances]
    return SectionState(facts, missing, [[one.sheet.regulation.pk for one in consents], accepted_ids])


def _papers(family: Family, today: date) -> SectionState:
    expected = expected_documents(family, today)
    facts = [(f"{one.kind} – {one.subject.label}", WORDS[one.state]) for one in expected]
    waiting = [str(one.kind) for one in expected if one.must_act]
    missing = f"À envoyer : {', '.join(dict.fromkeys(waiting))}." if waiting else ""
    sent: list[object] = [one.document.pk for one in expected if one.document]
    return SectionState(facts or [("Pièces", "aucune n’est demandée")], missing, [sent or "aucune"])


register(Section("reglements", "Règlements intérieurs", "document-text", _regulations, "documents:regulations", "Lire"))
register(Section("pieces", "Pièces justificatives", "paper-clip", _papers, "documents:pieces", "Ouvrir mes pièces"))
