"""The households' own sections of the export: never a word of another guardian, never another household."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from families import request_kinds
from families.data_export import OTHER, Row, by_whom
from families.models import (
    AuthorisedAdult,
    Certification,
    Child,
    Custody,
    FamilyContact,
    FamilyRequest,
    Guardian,
    HealthAuthorisation,
)
from families.queries.health import export_of
from families.queries.households import children_of
from families.queries.readings import readings_of
from families.rules.masking import Masker, Person, masker

CHUNK = 200


def mask_for(guardian: Guardian, *, free_text: bool = False) -> Masker:
    """Return what leaves the other guardians, of this household and of her children's other one, out of a text; three queries."""
    children = list(Child.objects.filter(custodies__family=guardian.family).distinct())
    homes = Custody.objects.filter(child__in=children).values("family_id")
    others = Guardian.objects.filter(Q(family=guardian.family) | Q(family__in=homes)).exclude(pk=guardian.pk)
    people = []
    for other in others.exclude(user=guardian.user).select_related("family", "user"):
        reach = [other.email, other.phone, other.second_phone, other.user.email if other.user else ""]
        if other.family_id != guardian.family_id:
            reach += [other.family.street, other.family.number]
        people.append(Person(other.first_name, other.last_name, tuple(item for item in reach if item)))
    kept = {guardian.first_name, guardian.last_name}
    kept |= {name for child in children for name in (child.first_name, child.last_name)}
    return masker(people, kept=kept, free_text=free_text)


def identity_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield who she is in this household."""
    yield {
        "civilité": guardian.title,
        "prénom": guardian.first_name,
        "nom": guardian.last_name,
        "adresse électronique": guardian.email,
        "téléphone": guardian.phone,
        "autre téléphone": guardian.second_phone,
        "reçoit les factures du foyer": guardian.pays,
        "espace activé le": guardian.attached_at,
    }


def household_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the household's file: its address, how many other guardians it has (not who), its quotients."""
    family = guardian.family
    others = Guardian.objects.filter(family=family).exclude(pk=guardian.pk).count()
    yield {
        "numéro de dossier": family.number,
        "nom du foyer": family.name if _is_hers(guardian) else "",
        "adresse": family.street,
        "complément": family.street_more,
        "code postal": family.postcode,
        "commune": family.city,
        "dossier créé le": family.created_at,
        "autres responsables": [OTHER] * others,
        "quotients familiaux": [
            {
                "valeur": row.value,
                "mois": row.month,
                "source": row.get_source_display(),
                "du": row.starts_on,
                "au": row.ends_on,
            }
            for row in family.quotients.order_by("starts_on")
        ],
    }


def _is_hers(guardian: Guardian) -> bool:
    """Say whether the household's name tells nothing of another guardian: it is her own surname."""
    return guardian.last_name.casefold() in guardian.family.name.casefold() and not (
        Guardian.objects.filter(family=guardian.family)
        .exclude(pk=guardian.pk)
        .exclude(last_name__iexact=guardian.last_name)
        .exists()
    )


def child_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the children of the household, with their stays in this household only."""
    stays: dict[int, list[Custody]] = {}
    for stay in Custody.objects.filter(family=guardian.family).order_by("starts_on"):
        stays.setdefault(stay.child_id, []).append(stay)
    for child in Child.objects.filter(pk__in=stays).select_related("school").order_by("birth_date", "pk"):
        yield {
            "prénom": child.first_name,
            "nom": child.last_name,
            "né(e) le": child.birth_date,
            "école": str(child.school) if child.school else "",
            "niveau": child.get_level_display(),
            "classe": child.class_name,
            "chez nous": [
                {"rythme": stay.get_rhythm_display(), "du": stay.starts_on, "au": stay.ends_on}
                for stay in stays[child.pk]
            ],
        }


def adult_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield who may or may not collect the household's children, and whom to call, as this household said it."""
    adults = AuthorisedAdult.objects.filter(family=guardian.family).prefetch_related("children")
    for row in adults.order_by("added_at", "pk"):
        yield {
            "droit": row.get_right_display(),
            "personne": row.full_name,
            "téléphone": row.phone,
            "lien": row.link,
            "enfants": [child.full_name for child in row.children.all()],
            "du": row.starts_on,
            "au": row.ends_on,
            "retirée le": row.removed_at,
            "ajoutée par": by_whom(guardian=guardian, author=row.added_by_id),
        }
    for contact in FamilyContact.objects.filter(family=guardian.family).select_related("child"):
        yield {
            "à prévenir": contact.full_name,
            "téléphone": contact.phone,
            "lien": contact.link,
            "pour": contact.child.full_name if contact.child else "tous les enfants du foyer",
        }


def health_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the children's health sheets, what she authorises, and whom this household wants called."""
    answered = HealthAuthorisation.objects.filter(guardian=guardian)
    mine = {row.child_id: row for row in answered}
    for child in children_of(guardian.family, on=at.date()):
        yield {
            "enfant": child.full_name,
            **export_of(child, today=at.date()),
            "mes_autorisations": mine[child.pk].answers if child.pk in mine else {},
        }


def reading_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield who read the household's documents and its children's sheets."""
    for row in readings_of(guardian.family).iterator(CHUNK):
        yield {"le": row.at, "par": row.reader_shown, "quoi": row.subject}


def certification_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the yearly certifications of the file."""
    for row in Certification.objects.filter(family=guardian.family).order_by("certified_at"):
        yield {
            "année scolaire": row.school_year,
            "certifiée le": row.certified_at,
            "par": by_whom(guardian=guardian, author=row.guardian_id),
        }


def request_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the household's démarches; of those of another guardian, only the kind, the number, the dates and the state."""
    rows = FamilyRequest.objects.filter(family=guardian.family).order_by("received_at", "pk")
    rows = rows.select_related("rights_request", "erasure_request").prefetch_related("steps", "messages")
    mask = mask_for(guardian, free_text=True)
    for request in rows.iterator(CHUNK):
        row: Row = {
            "numéro": request.number,
            "démarche": request_kinds.kind_of(request).label,
            "reçue le": request.received_at,
            "état": request.get_status_display(),
            "traitée le": request.decided_at,
            "déposée par": by_whom(guardian=guardian, author=request.guardian_id),
        }
        if request.guardian_id == guardian.pk:
            row |= {
                "objet": mask(request.summary),
                "réponse du service": mask(request.decision),
                "étapes": [{"état": step.get_status_display(), "le": step.at} for step in request.steps.all()],
                "messages": [
                    {"le": message.at, "de": _writer(message.from_service), "texte": mask(message.body)}
                    for message in request.messages.all()
                    if message.from_service or message.author_id == guardian.user_id
                ],
            }
            row |= _words_of(request)
        yield row


def _writer(from_service: bool) -> str:
    return "service" if from_service else "moi"


def _words_of(request: FamilyRequest) -> Row:
    """Return what she wrote herself in a démarche about her data."""
    if right := getattr(request, "rights_request", None):
        return {"droit": right.get_right_display(), "précisions": right.body}
    if erasure := getattr(request, "erasure_request", None):
        return {"précisions": erasure.body}
    return {}
