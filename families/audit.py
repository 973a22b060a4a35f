"""What auditlog follows here: who changed a family's file. Secrets (digests, passwords) are left out."""

from auditlog.registry import auditlog

from families.models import (
    ActivationCode,
    AuthorisedAdult,
    Child,
    Custody,
    CustodyException,
    Family,
    FamilyContact,
    Guardian,
    QuotientRecord,
)

for _model in (Family, Guardian, Child, Custody, CustodyException, QuotientRecord, FamilyContact):
    auditlog.register(_model)
auditlog.register(AuthorisedAdult, m2m_fields={"children"})
auditlog.register(ActivationCode, exclude_fields=["digest"])
