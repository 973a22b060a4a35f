"""What a household has to do because of the services it uses, for « Mon accueil »."""

from datetime import date

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.expressions import Combinable

from documents.models import RegulationAcceptance, RegulationVersion
from families.todo import Reason
from reservations.models import Enrolment


def _regulation_to_accept(today: date) -> Combinable:
    """Whether a service in which a child is enrolled has a règlement whose version in force nobody has accepted."""
    versions = RegulationVersion.objects.filter(regulation=OuterRef("activity__regulation"), in_force_on__lte=today)
    accepted = RegulationAcceptance.objects.filter(version=OuterRef("version_in_force"), family=OuterRef("family"))
    enrolments = Enrolment.objects.filter(family=OuterRef("pk"), ends_on__gte=today).annotate(
        version_in_force=Subquery(versions.order_by("-in_force_on").values("pk")[:1])
    )
    return Exists(enrolments.exclude(version_in_force=None).exclude(Exists(accepted)))


REASONS = (
    Reason(
        "reglement",
        "Un règlement intérieur a changé : la nouvelle version est à lire et à accepter.",
        "Lire et accepter",
        "documents:regulations",
        _regulation_to_accept,
        "document-text",
    ),
)
