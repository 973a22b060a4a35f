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
    RightsChange,
)

for _model in (Family, Guardian, Child, Custody, CustodyException, QuotientRecord, FamilyContact):
    auditlog.register(_model)
auditlog.register(AuthorisedAdult, m2m_fields={"children"})
# The reason stays in its own table, which fewer people read than the journal.
auditlog.register(RightsChange, exclude_fields=["reason"])
auditlog.register(ActivationCode, exclude_fields=["digest"])
