"""Households, their people, and what they ask of the town."""

from families.models.activation import ActivationCode, PendingActivation
from families.models.custody import Custody, CustodyException
from families.models.people import Child, Family, Guardian, School, SchoolLevel
from families.models.privacy import (
    DataExport,
    Erasure,
    ErasureRequest,
    InactivityNotice,
    RetentionRun,
    RightsRequest,
)
from families.models.quotients import QuotientRecord
from families.models.requests import FamilyRequest, RequestMessage, RequestStep

__all__ = [
    "ActivationCode",
    "Child",
    "Custody",
    "CustodyException",
    "DataExport",
    "Erasure",
    "ErasureRequest",
    "Family",
    "FamilyRequest",
    "Guardian",
    "InactivityNotice",
    "PendingActivation",
    "QuotientRecord",
    "RequestMessage",
    "RequestStep",
    "RetentionRun",
    "RightsRequest",
    "School",
    "SchoolLevel",
]
