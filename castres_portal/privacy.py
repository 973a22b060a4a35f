"""What the site declares about personal data: the messages of the contact form."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from castres_portal.base import retention
from castres_portal.base.journals import delete_in_batches
from castres_portal.base.retention import PUBLIC_INTEREST, Category
from castres_portal.models import ContactMessage
from castres_portal.services.contact import KIND
from families import data_export, erasure
from families.data_export import Row, Section
from families.erasure import Part, Scope
from families.models import FamilyRequest, Guardian


def message_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield what she wrote by the contact form."""
    rows = ContactMessage.objects.filter(request__guardian=guardian).select_related("request")
    for row in rows.order_by("request__received_at"):
        yield {
            "demande": row.request.number,
            "reçu le": row.request.received_at,
            "sujet": row.subject_label,
            "message": row.body,
            "téléphone": row.phone,
        }


def erase_messages(scope: Scope, at: datetime) -> Iterable[tuple[str, int]]:
    """Empty the messages that the people of a scope wrote."""
    mine = ContactMessage.objects.filter(request__guardian__in=scope.guardians)
    return [("Messages du formulaire de contact", mine.update(body="", phone=""))]


def purge_messages(at: datetime, dry_run: bool) -> int:
    """Delete the messages of people without an account, answered long ago; return how many there are."""
    answered = FamilyRequest.objects.filter(kind=KIND, family=None).exclude(status__in=FamilyRequest.OPEN)
    return delete_in_batches(answered.filter(decided_at__lt=retention.limit("messages", at)), dry_run)


def declare() -> None:
    """Fill the registries."""
    retention.register(
        Category(
            slug="messages",
            label="Messages de personnes sans compte",
            data="nom, adresse électronique, téléphone s’il est donné, message et réponse",
            purpose="vous répondre",
            basis=PUBLIC_INTEREST,
            starts="après la réponse",
            then="effacés",
            source="démonstration : durée à confirmer par la Ville",
            applied_by="castres_portal.privacy.purge_messages",
            position=50,
        )
    )
    data_export.register(Section("messages", "Mes messages à l’Espace Famille", message_rows, position=45))
    erasure.register(Part("portal", erase=erase_messages))
