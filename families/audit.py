"""What auditlog follows here: who changed a family's file. Secrets (digests, passwords) are left out."""

from auditlog.registry import auditlog

from families.models import ActivationCode, Child, Custody, CustodyException, Family, Guardian, QuotientRecord

for _model in (Family, Guardian, Child, Custody, CustodyException, QuotientRecord):
    auditlog.register(_model)
auditlog.register(ActivationCode, exclude_fields=["digest"])
