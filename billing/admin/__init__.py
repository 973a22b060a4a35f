"""The money in the agents' back office."""

from billing.admin import anomalies, delivery, invoices, payments, runs  # noqa: F401  (each registers its pages)
from families.admin.links import FamilyLink, add_family_links

add_family_links(
    FamilyLink("Factures", "billing", "invoice"),
    FamilyLink("Paiements", "billing", "payment"),
)
