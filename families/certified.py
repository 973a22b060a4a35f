"""The sections of the yearly certification that the families' own rows fill (registered when the application starts)."""

from datetime import date

from castres_portal.base.french import moment, phone, plain_day
from families.certification import Section, SectionState, register
from families.models import Custody, Family, FamilyContact, Guardian, QuotientRecord
from families.queries.certification import campaign_on
from families.queries.health import states_of
from families.queries.households import children_of
from families.queries.situation import adults_of
from families.rules.certification import is_to_confirm


def _household(family: Family, today: date) -> SectionState:
    address = ", ".join(part for part in (family.street, family.street_more) if part)
    return SectionState(
        [("Foyer", family.name), ("Adresse", f"{address}, {family.postcode} {family.city}")],
    )


def _guardians(family: Family, today: date) -> SectionState:
    rows = list(family.guardians.select_related("user").order_by("-pays", "pk"))
    # The address is its owner's: the other guardian only reads that the service knows it, as on the household's page.
    facts = [(str(one), _reached(one, "adresse électronique connue" if one.mail_address else "")) for one in rows]
    unreachable = [one.full_name for one in rows if not one.phone and one.rights != Guardian.Rights.EXCLUDED]
    missing = f"Il manque un téléphone : {', '.join(unreachable)}." if unreachable else ""
    return SectionState(facts, missing, [(str(one), _reached(one, one.mail_address)) for one in rows])


def _reached(guardian: Guardian, address: str) -> str:
    return " – ".join(part for part in (phone(guardian.phone), address) if part) or "Aucune coordonnée"


def _children(family: Family, today: date) -> SectionState:
    children = list(children_of(family, on=today))
    stays = {stay.child_id: stay for stay in Custody.objects.filter(family=family, child__in=children)}
    facts = []
    for child in children:
        words = [f"né(e) le {plain_day(child.birth_date)}", str(child.school or "sans école")]
        if child.level:
            words.append(child.get_level_display())
        if child.class_name:
            words.append(f"classe : {child.class_name}")
        if stays[child.pk].rhythm != Custody.Rhythm.FULL:
            words.append("une semaine sur deux dans ce foyer")
        facts.append((child.full_name, ", ".join(words)))
    return SectionState(facts)


def _people(family: Family, today: date) -> SectionState:
    adults = [(one.full_name, one.get_right_display()) for one in adults_of(family, today=today)]
    contacts = FamilyContact.objects.filter(family=family).order_by("position", "pk")
    calls = [(one.full_name, f"à prévenir, {phone(one.phone)}") for one in contacts]
    return SectionState([*adults, *calls] or [("Personnes", "aucune en dehors des responsables")])


def _quotient(family: Family, today: date) -> SectionState:
    rows = QuotientRecord.objects.filter(family=family, starts_on__lte=today).order_by("-starts_on")
    current = next((row for row in rows if row.ends_on is None or row.ends_on >= today), None)
    if current is None:
        return SectionState(
            [("Quotient", "Aucun en vigueur")], "Sans quotient en vigueur, le tarif le plus élevé s’applique."
        )
    until = f", valable jusqu’au {plain_day(current.ends_on)}" if current.ends_on else ""
    words = f"{current.value} € ({current.get_source_display()}){until}"
    return SectionState([("Quotient", words)], fingerprint=[current.pk, current.value])


def _health(family: Family, today: date) -> SectionState:
    states, campaign = states_of(family, today=today), campaign_on(today)
    facts, waiting = [], []
    for state in states:
        if not state.is_told:
            words = "à remplir"
        elif is_to_confirm(state.confirmed_at, campaign):
            words = "à confirmer"
        else:
            words = f"confirmée le {moment(state.confirmed_at)}"
        if words.startswith("à"):
            waiting.append(state.child.first_name)
        facts.append((state.child.full_name, words))
    missing = f"Fiche à remplir ou à confirmer : {', '.join(waiting)}." if waiting else ""
    return SectionState(facts, missing, [(state.child.pk, state.version) for state in states])


for _section in (
    Section("foyer", "Foyer et adresse", "home", _household, "families:coordinates"),
    Section("responsables", "Responsables et coordonnées", "user-group", _guardians, "families:coordinates"),
    Section("enfants", "Enfants", "academic-cap", _children, "families:household"),
    Section("personnes", "Personnes autorisées et à prévenir", "phone", _people, "families:household"),
    Section("quotient", "Quotient familial", "calculator", _quotient, "families:quotient"),
    Section(
        "sante", "Fiches sanitaires", "clipboard-document-list", _health, "families:health_sheets", "Ouvrir les fiches"
    ),
):
    register(_section)
