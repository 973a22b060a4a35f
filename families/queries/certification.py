"""Where the yearly certification stands: the campaign, who certified, what changed since."""

from datetime import date

from django.conf import settings

from families.rules import certification as rules
from families.rules.certification import Campaign
from families.school_years import school_years


def campaign_on(today: date) -> Campaign | None:
    """Return the certification that runs on a day, or None; one query."""
    wanted = settings.CERTIFICATION
    return rules.campaign_on(today, school_years(), opens=wanted["opens"], due=wanted["due"])
