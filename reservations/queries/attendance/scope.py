"""Whose sheets are whose: an animateur touches those of her places, an agent all of them."""

from datetime import date

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.models import User
from reservations.models import ActivitySite, AttendancePost
from reservations.rules.attendance import Window


def may_take(user: User) -> bool:
    """Say whether a person fills sheets at all."""
    return bool(user.is_active and user.is_staff and user.has_perm("reservations.add_attendance"))


def sees_all(user: User) -> bool:
    """Say whether every place is hers: she reads attendance in the back office."""
    return user.has_perm("reservations.view_attendance")


def sites_of(user: User, *, today: date) -> QuerySet[ActivitySite]:
    """Return the sites whose sheets a person fills, with activity and place."""
    rows = ActivitySite.objects.select_related("activity", "school", "venue")
    rows = rows.order_by("activity__position", "activity__name", "pk")
    if sees_all(user):
        return rows
    posts = AttendancePost.objects.filter(Q(until=None) | Q(until__gte=today), user=user)
    # An empty school is not the school of a centre: each list leaves its own empty values out.
    schools = posts.filter(school__isnull=False).values("school_id")
    venues = posts.filter(venue__isnull=False).values("venue_id")
    return rows.filter(Q(school__in=schools) | Q(venue__in=venues))


def window_of(user: User) -> Window:
    """Return how long a person may fill a sheet."""
    rule = settings.ATTENDANCE
    return Window(rule["agent_past_days" if sees_all(user) else "past_days"], rule["send_days"])
