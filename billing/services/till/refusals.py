"""What the counter refuses."""

from castres_portal.base.errors import Refusal


class TillRefused(Refusal):
    """The régie cannot do this; the sentence says why."""
