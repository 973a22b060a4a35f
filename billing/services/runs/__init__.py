"""A month's invoices: previewed, validated by an agent, issued. A run is cut into chunks of households, each done in one
transaction or not at all.

A run may be started twice, shared by several workers, or killed: a household has one invoice per month, and the numbers
of a month have no gap (decision 4).
"""

from billing.services.runs.chunks import resume_runs, run_chunk
from billing.services.runs.previewing import (
    CHANGED,
    abandon_preview,
    preview_again,
    preview_chunk,
    preview_if_due,
    start_preview,
    validate_run,
    waiting_previews,
)
from billing.services.runs.starting import CannotInvoice, start_run, waiting_chunks

__all__ = [
    "CHANGED",
    "CannotInvoice",
    "abandon_preview",
    "preview_again",
    "preview_chunk",
    "preview_if_due",
    "resume_runs",
    "run_chunk",
    "start_preview",
    "start_run",
    "validate_run",
    "waiting_chunks",
    "waiting_previews",
]
