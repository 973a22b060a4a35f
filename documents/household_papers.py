"""The papers that a household may have of its own file: its summary, and the règlement that it accepted.

Only this household's data, and no health: what belongs to the other household of a child, or to a doctor, is on no paper.
"""

from datetime import date
from typing import Any

from django.db.models import Q

from castres_portal.base.errors import Refusal
from castres_portal.base.french import long_day, moment, phone, plain_day
from documents.forms.papers import AcceptedRegulationForm, PaperForm
from documents.models import RegulationAcceptance
from documents.paper_kinds import PaperKind, summary_sections
from documents.rules.papers import PaperContent, Section, initials_of
from documents.rules.regulations import blocks
from families.models import AuthorisedAdult, Child, Custody, Family, FamilyContact, Guardian
from families.rules.weeks import rhythm_words


def summary_content(family: Family, answers: dict[str, Any], today: date) -> PaperContent:
    """Return what the town knows of a household, as of a day."""
    return PaperContent(
        title="Récapitulatif des données de la famille",
        subject="foyer",
        initials=initials_of(family.name),
        intro=[
            f"Voici ce que l’Espace Famille connaît de votre foyer au {long_day(today)}. Une erreur ? Elle se corrige dans "
            "la rubrique « Situation familiale » de votre espace, ou à l’accueil."
        ],
        sections=[
            _household(family),
            _guardians(family),
            *[_child(stay) for stay in _stays(family, today)],
            *_people(family, today),
            *_quotient(family, today),
            *summary_sections(family, today),
        ],
        closing=["Les renseignements de santé ne figurent pas sur ce document."],
    )


def _household(family: Family) -> Section:
    address = [family.street, family.street_more, f"{family.postcode} {family.city}"]
    return Section(
        "Foyer",
        facts=[
            ["Nom du foyer", family.name],
            ["Numéro de dossier", family.number],
            ["Adresse", ", ".join(part for part in address if part)],
        ],
    )


def _guardians(family: Family) -> Section:
    rows = []
    for guardian in family.guardians.select_related("user").exclude(rights=Guardian.Rights.EXCLUDED):
        phones = " / ".join(phone(number) for number in (guardian.phone, guardian.second_phone) if number)
        pays = "oui" if guardian.pays else "non"
        rows.append([str(guardian), phones or "–", guardian.mail_address or "–", pays])
    head = ["Responsable", "Téléphone", "Adresse électronique", "Reçoit les factures"]
    return Section("Responsables légaux", head=head, rows=rows)


def _stays(family: Family, today: date) -> list[Custody]:
    """Return the present or coming stays of the household's children, each child once."""
    rows = Custody.objects.filter(family=family).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))
    found: dict[int, Custody] = {}
    for stay in rows.select_related("child__school").order_by("child__birth_date", "child__first_name", "starts_on"):
        found.setdefault(stay.child_id, stay)
    return list(found.values())


def _child(stay: Custody) -> Section:
    child: Child = stay.child
    level = f", {child.get_level_display()}" if child.level else ""
    return Section(
        child.full_name,
        facts=[
            ["Né(e) le", plain_day(child.birth_date)],
            ["École", f"{child.school}{level}" if child.school else "non renseignée"],
            *([["Classe", child.class_name]] if child.class_name else []),
            ["Chez vous", rhythm_words(stay)],
        ],
    )


def _people(family: Family, today: date) -> list[Section]:
    found = []
    adults = AuthorisedAdult.objects.filter(family=family, removed_at=None, starts_on__lte=today)
    adults = adults.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today)).prefetch_related("children")
    own = set(Custody.objects.filter(family=family).values_list("child_id", flat=True))
    rows = [
        [
            adult.full_name,
            adult.get_right_display(),
            ", ".join(child.first_name for child in adult.children.all() if child.pk in own),
            phone(adult.phone) if adult.phone else "–",
        ]
        for adult in adults
    ]
    if rows:
        found.append(
            Section("Personnes autorisées ou non", head=["Personne", "Droit", "Enfants", "Téléphone"], rows=rows)
        )
    contacts = FamilyContact.objects.filter(family=family).select_related("child")
    if called := [
        [row.full_name, row.link or "–", row.child.first_name if row.child else "tous", phone(row.phone)]
        for row in contacts
    ]:
        found.append(Section("Personnes à prévenir", head=["Personne", "Lien", "Enfants", "Téléphone"], rows=called))
    return found


def _quotient(family: Family, today: date) -> list[Section]:
    now = family.quotients.filter(starts_on__lte=today).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today)).first()
    if now is None:
        return [
            Section(
                "Quotient familial", text=["Aucun quotient n’est connu à ce jour : le tarif le plus haut s’applique."]
            )
        ]
    facts = [
        ["Quotient", f"{now.value} €"],
        [
            "Valable",
            f"depuis le {plain_day(now.starts_on)}" + (f", jusqu’au {plain_day(now.ends_on)}" if now.ends_on else ""),
        ],
        ["Source", now.get_source_display()],
    ]
    return [Section("Quotient familial", facts=facts)]


def accepted_regulation_content(family: Family, answers: dict[str, Any], today: date) -> PaperContent:
    """Return a règlement as the household accepted it, with who accepted it and when."""
    rows = RegulationAcceptance.objects.select_related("version__regulation", "guardian")
    accepted = rows.filter(family=family, pk=answers["chosen"]).first()
    if accepted is None:
        raise Refusal("Ce règlement n’a pas été accepté par votre foyer.")
    version, guardian = accepted.version, accepted.guardian
    demo = " (démonstration)" if version.is_demo else ""
    sections: list[Section] = []
    title = ""
    text: list[str] = []
    for block in blocks(version.body):
        if block.is_heading:
            if title or text:
                sections.append(Section(title, text=text))
            title, text = block.text, []
        else:
            text.append(block.text)
    sections.append(Section(title, text=text))
    return PaperContent(
        title="Règlement intérieur accepté",
        subject=f"{version.regulation.slug} {version.number}",
        initials=initials_of(guardian.first_name, guardian.last_name),
        intro=[
            f"{guardian} a accepté en ligne, le {moment(accepted.accepted_at)}, pour le foyer {family.name} (dossier "
            f"{family.number}), le texte qui suit : {version.regulation.title}, version {version.number}, en vigueur depuis le "
            f"{plain_day(version.in_force_on)}{demo}."
        ],
        sections=sections,
    )


SUMMARY = PaperKind(
    "recapitulatif",
    "Récapitulatif des données de la famille",
    "Ce que la Ville connaît de votre foyer : adresse, responsables, enfants, personnes autorisées, quotient.",
    "identification",
    PaperForm,
    summary_content,
    rank=10,
)
ACCEPTED_REGULATION = PaperKind(
    "reglement-accepte",
    "Règlement intérieur accepté",
    "Le texte que vous avez accepté, avec le nom, le jour et l’heure.",
    "document-check",
    AcceptedRegulationForm,
    accepted_regulation_content,
    rank=40,
)
