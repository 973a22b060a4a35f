"""What a household has to do because of the services it uses, for « Mon accueil »."""

from datetime import date

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.expressions import Combinable

from castres_portal.base.clock import midnight
from documents.models import RegulationAcceptance, RegulationVersion
from families.todo import Reason
from reservations.models import AbsenceDay, Enrolment, WaitingEntry
from reservations.queries.reminders import untouched


def _regulation_to_accept(today: date) -> Combinable:
    """Whether a service in which a child is enrolled has a règlement whose version in force nobody has accepted."""
    versions = RegulationVersion.objects.filter(regulation=OuterRef("activity__regulation"), in_force_on__lte=today)
    accepted = RegulationAcceptance.objects.filter(version=OuterRef("version_in_force"), family=OuterRef("family"))
    enrolments = Enrolment.objects.filter(family=OuterRef("pk"), ends_on__gte=today).annotate(
        version_in_force=Subquery(versions.order_by("-in_force_on").values("pk")[:1])
    )
    return Exists(enrolments.exclude(version_in_force=None).exclude(Exists(accepted)))


def _proof_of_absence(today: date) -> Combinable:
    """Whether an absence waits for a proof of which nothing has come."""
    waiting = AbsenceDay.objects.filter(
        outcome=AbsenceDay.Outcome.PENDING,
        absence__request__family=OuterRef("pk"),
        absence__request__attachments=None,
        absence__proof_until__gt=midnight(today),
    )
    return Exists(waiting)


def _place_offered(today: date) -> Combinable:
    """Whether a place is offered to a child who waits for it; the sweep ends each offer within a minute of its time."""
    offers = WaitingEntry.objects.filter(family=OuterRef("pk"), status=WaitingEntry.Status.OFFERED, day__gte=today)
    return Exists(offers)


def _usual_day_missing(today: date) -> Combinable:
    """Whether a usual day of which the household was reminded is still to be booked."""
    return Exists(untouched().filter(family=OuterRef("pk"), until__gt=midnight(today)))


REASONS = (
    Reason(
        "place-proposee",
        "Une place s’est libérée pour votre enfant : elle lui est gardée pour un temps limité.",
        "Répondre",
        "reservations:waiting",
        _place_offered,
        "ticket",
    ),
    Reason(
        "jours-habituels",
        "Des jours habituels ne sont pas réservés\u00a0: leur délai approche.",
        "Les relire",
        "reservations:usual_days",
        _usual_day_missing,
        "bell",
    ),
    Reason(
        "reglement",
        "Un règlement intérieur a changé : la nouvelle version est à lire et à accepter.",
        "Lire et accepter",
        "documents:regulations",
        _regulation_to_accept,
        "document-text",
    ),
    Reason(
        "justificatif-absence",
        "Une absence attend son justificatif : sans lui, les jours seront facturés.",
        "Joindre le justificatif",
        "families:requests",
        _proof_of_absence,
        "paper-clip",
        query="?demarche=absence&etat=en-cours",
    ),
)
