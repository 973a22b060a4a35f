"""The money in the agents' back office."""

from billing.admin import (  # noqa: F401  (each registers its pages)
    anomalies,
    corrections,
    coverage,
    daily,
    debits,
    delivery,
    instalments,
    invoices,
    payments,
    reconciliation,
    runs,
    till,
    unpaid,
)
from families.admin.links import FamilyLink, FamilyPage, add_family_links, add_family_pages

add_family_pages(
    FamilyPage("Encaisser", "admin:billing_tillentry_collect", "billing.collect_money"),
    FamilyPage("Ajouter une prise en charge", "admin:billing_coverage_cover", "billing.add_coverage"),
)
add_family_links(
    FamilyLink("Factures", "billing", "invoice"),
    FamilyLink("Paiements", "billing", "payment"),
    FamilyLink("Prises en charge", "billing", "coverage", "&etat=toutes"),
    FamilyLink("Mandats de prélèvement", "billing", "sepamandate"),
)
