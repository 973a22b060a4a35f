"""Households, their people, and what they ask of the town."""

from families.models.activation import ActivationCode, PendingActivation
from families.models.certification import Certification, CertificationReminder
from families.models.custody import Custody, CustodyException
from families.models.health import (
    HealthAuthorisation,
    HealthChange,
    HealthErasure,
    HealthPlan,
    HealthRecord,
)
from families.models.people import Child, Family, Guardian, School, SchoolLevel
from families.models.privacy import (
    DataExport,
    Erasure,
    ErasureRequest,
    InactivityNotice,
    RetentionRun,
    RightsRequest,
)
from families.models.quotients import QuotientClaim, QuotientRecord, QuotientReminder
from families.models.readings import Reading
from families.models.requests import FamilyRequest, RequestMessage, RequestStep
from families.models.rights import RightsChange
from families.models.situation import AuthorisedAdult, ChangeProposal, FamilyContact, WeekExchange

__all__ = [
    "ActivationCode",
    "AuthorisedAdult",
    "Certification",
    "CertificationReminder",
    "ChangeProposal",
    "Child",
    "Custody",
    "CustodyException",
    "DataExport",
    "Erasure",
    "ErasureRequest",
    "Family",
    "FamilyContact",
    "FamilyRequest",
    "Guardian",
    "InactivityNotice",
    "HealthAuthorisation",
    "HealthChange",
    "HealthErasure",
    "HealthPlan",
    "HealthRecord",
    "PendingActivation",
    "QuotientClaim",
    "QuotientRecord",
    "QuotientReminder",
    "Reading",
    "RequestMessage",
    "RequestStep",
    "RetentionRun",
    "RightsRequest",
    "RightsChange",
    "School",
    "SchoolLevel",
    "WeekExchange",
]
