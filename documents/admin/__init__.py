"""The documents in the agents' back office."""

from documents.admin import kinds, papers, purges, regulations, supporting  # noqa: F401  (each registers its pages)
from families.admin.links import FamilyLink, add_family_links

add_family_links(
    FamilyLink("Pièces", "documents", "supportingdocument", "&etat=toutes"),
    FamilyLink("Documents délivrés", "documents", "issuedpaper"),
    FamilyLink("Règlements acceptés", "documents", "regulationacceptance"),
)
