"""What a household has to do about its papers, for « Mon accueil »."""

from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import Combinable

from documents.models import SupportingDocument
from families.todo import Reason

SOON_DAYS = 30
Status = SupportingDocument.Status


def _unanswered(documents: Q) -> Combinable:
    """Whether a paper of this sort has not been followed by a newer one of its kind, refused ones aside."""
    newer = SupportingDocument.objects.filter(
        Q(child=OuterRef("child")) | Q(child__isnull=True),
        family=OuterRef("family"),
        kind=OuterRef("kind"),
        sent_at__gt=OuterRef("sent_at"),
    ).exclude(status=Status.REFUSED)
    rows = SupportingDocument.objects.filter(documents, family=OuterRef("pk"), kind__is_offered=True)
    return Exists(rows.exclude(Exists(newer)))


def _refused(today: date) -> Combinable:
    return _unanswered(Q(status=Status.REFUSED))


def _ending(today: date) -> Combinable:
    return _unanswered(Q(status=Status.ACCEPTED, valid_until__lte=today + timedelta(days=SOON_DAYS)))


REASONS = (
    Reason(
        "piece-refusee",
        "Une pièce justificative est refusée : une autre est à déposer.",
        "Voir pourquoi",
        "documents:pieces",
        _refused,
        "document-minus",
    ),
    Reason(
        "piece-a-renouveler",
        "Une pièce justificative expire bientôt, ou a expiré.",
        "La renouveler",
        "documents:pieces",
        _ending,
        "document-arrow-up",
        is_urgent=False,
    ),
)
