"""The mail to the régisseurs when the nightly check finds something new."""

from collections import Counter
from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from billing.models import Discrepancy, ReconciliationRun
from castres_portal.base.mail import Letter


def discrepancies_found(run: ReconciliationRun, new: Sequence[Discrepancy], *, to: str) -> Letter:
    """Tell a régisseur how many new discrepancies of each kind there are; who is concerned is on the page, not in the mail."""
    kinds = Counter(row.get_kind_display() for row in new)
    return Letter(
        "billing/mail/discrepancies_found",
        to,
        {
            "run": run,
            "number": len(new),
            "kinds": kinds.most_common(),
            "page_url": settings.SITE_URL + reverse("admin:billing_reconciliationrun_last"),
        },
    )
