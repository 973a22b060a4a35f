"""The règlements in the yearly certification (registered when the application starts)."""

from datetime import date

from castres_portal.base.french import moment
from documents.queries.regulations import consents_of
from families.certification import Section, SectionState, register
from families.models import Family


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


register(Section("reglements", "Règlements intérieurs", "document-text", _regulations, "documents:regulations"))
