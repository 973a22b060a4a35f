"""The first page of the agents' back office: what waits today, and the ways to everything they may see."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from django.db.models import Max
from django.http import HttpRequest
from django.urls import reverse
from post_office.models import STATUS, Email

from accounts.models import User
from billing.models import Anomaly, CreditNote, DebitBatch, Invoice
from billing.queries.board import to_collect
from billing.queries.delivery import invoices_to_post
from castres_portal.base import clock
from castres_portal.base.french import euros, of_month
from documents.queries.regulations import awaited_households, versions_in_force
from documents.queries.supporting import documents_to_review
from families.models import FamilyRequest
from families.queries.certification import campaign_on, uncertified
from families.queries.requests import late_requests, open_requests
from reservations.models import Appointment, Booking, KitchenCheck


@dataclass(frozen=True)
class Counter:
    """A figure of the day; ``url`` is empty for who may see the figure and not the names behind it."""

    value: int | str
    label: str
    url: str


def show_desk(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the figures of the day, and the menu's sections cut down to what this person may see (unfold's hook)."""
    sections = [
        {"title": group["title"], "items": [item for item in group["items"] if item["has_permission"]]}
        for group in context["sidebar_navigation"]
    ]
    context["counters"] = counters(request, today=clock.today())
    context["sections"] = [section for section in sections if section["items"]]
    return context


def counters(request: HttpRequest, *, today: date) -> list[Counter]:
    """Return the figures that this person may see; one query each."""

    def link(model: str, query: str = "") -> str:
        app, _, name = model.partition(".")
        if not request.user.has_perm(f"{app}.view_{name}"):
            return ""
        return reverse(f"admin:{app}_{name}_changelist") + query

    found = [
        Counter(
            Booking.objects.filter(day=today, status=Booking.Status.ACTIVE, given_back_at=None).count(),
            "réservations pour aujourd’hui",
            link("reservations.booking", f"?day__year={today.year}&day__month={today.month}&day__day={today.day}"),
        )
    ]
    if url := link("families.familyrequest"):
        found.append(
            Counter(
                FamilyRequest.objects.filter(received_at__gte=clock.midnight(today)).count(),
                "demandes reçues aujourd’hui",
                url,
            )
        )
        found.append(Counter(open_requests().count(), "demandes à traiter", f"{url}?afaire=ouvertes"))
        found.append(Counter(late_requests(today=today).count(), "demandes en retard", f"{url}?afaire=retard"))
    if link("families.certification") and (campaign := campaign_on(today)):
        found.append(
            Counter(
                uncertified(campaign, today=today).count(),
                f"dossiers à certifier pour {campaign.year}",
                link("families.family", "?certification=afaire"),
            )
        )
    if url := link("documents.regulationversion"):
        awaited = sum(awaited_households(version, today).count() for version in versions_in_force(today))
        found.append(Counter(awaited, "acceptations de règlement attendues", url))
    if url := link("documents.supportingdocument"):
        found.append(Counter(documents_to_review(cast(User, request.user)).count(), "pièces à examiner", url))
    if link("reservations.appointmentslot"):
        day = (clock.midnight(today), clock.midnight(today + timedelta(days=1)))
        planned = Appointment.objects.filter(status=Appointment.Status.PLANNED, slot__starts_at__range=day)
        url = reverse("admin:reservations_appointmentslot_week")
        found.append(Counter(planned.count(), "rendez-vous petite enfance aujourd’hui", url))
    if url := link("reservations.kitchencheck", "?agrees__exact=0"):
        gaps = KitchenCheck.objects.filter(agrees=False, day__gte=today).count()
        found.append(Counter(gaps, "jours dont la cuisine et les reçus ne comptent pas pareil", url))
    found += _money(link, today=today)
    if url := link("billing.anomaly"):
        found.append(Counter(Anomaly.objects.filter(settled_at=None).count(), "anomalies à examiner", url))
    if url := link("billing.creditnote"):
        waiting = CreditNote.objects.filter(status=CreditNote.Status.PROPOSED)
        found.append(Counter(waiting.count(), "avoirs à confirmer", url))
    if url := link("post_office.email", f"?etat={STATUS.failed}"):
        found.append(Counter(Email.objects.filter(status=STATUS.failed).count(), "courriels en échec", url))
    return found


def _money(link: Callable[..., str], *, today: date) -> list[Counter]:
    """Return what is to be collected and printed; two sums and a few counts, whatever the number of invoices."""
    found = []
    if url := link("billing.invoice"):
        owed = to_collect(today=today)
        found.append(Counter(euros(owed.this_month), "à encaisser ce mois-ci", f"{url}?reglement=a-regler"))
        found.append(Counter(euros(owed.late), "en retard de paiement", f"{url}?reglement=en-retard"))
    if url := link("billing.printbatch"):
        month = Invoice.objects.aggregate(last=Max("month"))["last"]
        if month:
            found.append(Counter(invoices_to_post(month).count(), f"factures {of_month(month)} à imprimer", url))
    if url := link("billing.debitbatch"):
        waiting = DebitBatch.objects.filter(confirmed_at=None, sent_at__isnull=False, collect_on__lte=today)
        found.append(Counter(waiting.count(), "prélèvements dont l’encaissement est à constater", url))
    return found
