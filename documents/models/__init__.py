"""Paper in and out."""

from documents.models.regulations import Regulation, RegulationAcceptance, RegulationVersion

__all__ = ["Regulation", "RegulationAcceptance", "RegulationVersion"]
