"""What auditlog follows here: who changed or read a paper. Neither the file's name nor its digest are copied there."""

from auditlog.registry import auditlog

from documents.models import DocumentKind, SupportingDocument

auditlog.register(DocumentKind)
auditlog.register(SupportingDocument, exclude_fields=["file", "name", "digest", "scan_taken_until"])
