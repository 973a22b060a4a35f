"""What a household has to do: the families' own reasons, and the one query that tells which of all of them hold."""

from datetime import date, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.expressions import Combinable

from castres_portal.base.clock import midnight
from families.models import Certification, Custody, Family, FamilyRequest, QuotientRecord, WeekExchange
from families.queries.certification import campaign_on
from families.queries.requests import TO_ANSWER
from families.todo import Reason, all_reasons

SOON_DAYS = 30
FAMILY = OuterRef("pk")


def things_to_do(family: Family, *, today: date) -> list[Reason]:
    """Return the reasons that hold for a household on a day, what costs something to wait first. One query for all of them."""
    reasons = all_reasons()
    conditions = {f"todo_{place}": reason.holds(today) for place, reason in enumerate(reasons)}
    row = Family.objects.filter(pk=family.pk).annotate(**conditions).values_list(*conditions).get()
    held = [reason for reason, holds in zip(reasons, row, strict=True) if holds]
    return sorted(held, key=lambda reason: not reason.is_urgent)


def _answer_awaited(today: date) -> Combinable:
    asked = FamilyRequest.objects.filter(family=FAMILY)
    return Exists(asked.filter(Q(status=FamilyRequest.Status.WAITING) | Q(unread_by_family=True)))


def _exchange_offered(today: date) -> Combinable:
    open_ones = WeekExchange.objects.filter(request__status__in=FamilyRequest.OPEN, answered_at=None)
    return Exists(open_ones.filter(other_family=FAMILY))


def _in_force(day: date) -> Exists:
    records = QuotientRecord.objects.filter(family=FAMILY, starts_on__lte=day)
    return Exists(records.filter(Q(ends_on=None) | Q(ends_on__gte=day)))


def _quotient_missing(today: date) -> Combinable:
    return ~_in_force(today)


def _quotient_ending(today: date) -> Combinable | Q:
    return _in_force(today) & ~_in_force(today + timedelta(days=SOON_DAYS))


def _sheet_unconfirmed(today: date) -> Combinable:
    """Whether a child of the household has a sheet that nobody confirmed since the last campaign opened."""
    opens = date(today.year, *settings.CERTIFICATION["opens"])
    if today < opens:
        opens = opens.replace(year=today.year - 1)
    stays = Custody.objects.filter(family=FAMILY).filter(Q(ends_on=None) | Q(ends_on__gte=today))
    return Exists(stays.exclude(child__health__confirmed_at__gte=midnight(opens)))


def _uncertified(today: date) -> Combinable:
    campaign = campaign_on(today)
    if campaign is None:
        return Value(False)
    return ~Exists(Certification.objects.filter(family=FAMILY, school_year=campaign.year))


REASONS = (
    Reason(
        "reponse-attendue",
        "Le service attend votre réponse, ou vous a écrit.",
        "Lire et répondre",
        "families:requests",
        _answer_awaited,
        "chat-bubble-left-right",
        query=f"?etat={TO_ANSWER}",
    ),
    Reason(
        "echange-de-semaines",
        "L’autre parent vous propose d’échanger des jours de garde.",
        "Répondre",
        "families:household",
        _exchange_offered,
        "arrows-right-left",
    ),
    Reason(
        "quotient-absent",
        "Aucun quotient familial n’est connu : le tarif le plus élevé s’applique.",
        "Déclarer mon quotient",
        "families:quotient",
        _quotient_missing,
        "calculator",
    ),
    Reason(
        "quotient-bientot",
        "Votre quotient familial arrive à son terme.",
        "Le renouveler",
        "families:quotient",
        _quotient_ending,
        "calculator",
    ),
    Reason(
        "fiche-sanitaire",
        "Une fiche sanitaire est à remplir ou à confirmer pour l’année.",
        "Ouvrir les fiches",
        "families:health_sheets",
        _sheet_unconfirmed,
        "heart",
        is_urgent=False,
    ),
    Reason(
        "certification",
        "Votre dossier est à relire et à certifier pour l’année scolaire.",
        "Certifier mon dossier",
        "families:certification",
        _uncertified,
        "clipboard-document-check",
        is_urgent=False,
    ),
)
