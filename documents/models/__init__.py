"""Paper in and out."""

from documents.models.papers import IssuedPaper
from documents.models.regulations import Regulation, RegulationAcceptance, RegulationVersion
from documents.models.supporting import (
    Attachment,
    DocumentKind,
    DocumentReminder,
    PurgeLine,
    PurgeReport,
    SupportingDocument,
)

__all__ = [
    "Attachment",
    "DocumentKind",
    "DocumentReminder",
    "IssuedPaper",
    "PurgeLine",
    "PurgeReport",
    "Regulation",
    "RegulationAcceptance",
    "RegulationVersion",
    "SupportingDocument",
]
from documents.models.regulations import RegulationNotice

__all__ = ["Regulation", "RegulationAcceptance", "RegulationNotice", "RegulationVersion"]
