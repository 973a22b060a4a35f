"""Paper in and out."""

from documents.models.regulations import Regulation, RegulationAcceptance, RegulationNotice, RegulationVersion

__all__ = ["Regulation", "RegulationAcceptance", "RegulationNotice", "RegulationVersion"]
