"""Households, their people, and what they ask of the town."""

from families.models.activation import ActivationCode, PendingActivation
from families.models.custody import Custody, CustodyException
from families.models.people import Child, Family, Guardian, School, SchoolLevel
from families.models.quotients import QuotientRecord
from families.models.requests import FamilyRequest, RequestMessage, RequestStep
from families.models.situation import AuthorisedAdult, ChangeProposal, FamilyContact, WeekExchange

__all__ = [
    "ActivationCode",
    "AuthorisedAdult",
    "ChangeProposal",
    "Child",
    "Custody",
    "CustodyException",
    "Family",
    "FamilyContact",
    "FamilyRequest",
    "Guardian",
    "PendingActivation",
    "QuotientRecord",
    "RequestMessage",
    "RequestStep",
    "School",
    "SchoolLevel",
    "WeekExchange",
]
