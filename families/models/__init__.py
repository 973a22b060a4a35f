"""Households, their people, and what they ask of the town."""

from families.models.activation import ActivationCode, PendingActivation
from families.models.custody import Custody, CustodyException
from families.models.people import Child, Family, Guardian, School, SchoolLevel
from families.models.quotients import QuotientClaim, QuotientRecord, QuotientReminder
from families.models.requests import FamilyRequest, RequestMessage, RequestStep

__all__ = [
    "ActivationCode",
    "Child",
    "Custody",
    "CustodyException",
    "Family",
    "FamilyRequest",
    "Guardian",
    "PendingActivation",
    "QuotientClaim",
    "QuotientRecord",
    "QuotientReminder",
    "RequestMessage",
    "RequestStep",
    "School",
    "SchoolLevel",
]
