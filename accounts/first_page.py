"""Where a person lands once signed in."""

from accounts.models import User


def first_page(user: User) -> str:
    """Return the name of the first page of who is signed in: her sheets for an animateur, the back office for another agent."""
    if not user.is_staff:
        return "dashboard"
    only_takes = user.has_perm("reservations.add_attendance") and not user.has_perm("reservations.view_attendance")
    return "reservations:attendance_days" if only_takes else "admin:index"
