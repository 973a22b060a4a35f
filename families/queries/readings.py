"""Who read a household’s file, as the household may know it."""

from django.db.models import Q, QuerySet

from families.models import Custody, Family, Reading


def readings_of(family: Family) -> QuerySet[Reading]:
    """Return the readings of a household's own documents and of its children's sheets, the latest first.

    A child's sheet belongs to the child: each of her households sees every reading of it. What belongs to the other
    household is not here.
    """
    children = Custody.objects.filter(family=family).values("child_id")
    return Reading.objects.filter(Q(family=family) | Q(child__in=children)).order_by("-at", "-pk")
