"""Issuing a month's invoices: a run, cut into chunks of households, each done in one transaction or not at all.

A run may be started twice, shared by several workers, or killed: a household has one invoice per month, and the numbers
of a month have no gap (decision 4).
"""

from billing.services.runs.chunks import resume_runs, run_chunk
from billing.services.runs.starting import CannotInvoice, start_run, waiting_chunks

__all__ = ["CannotInvoice", "resume_runs", "run_chunk", "start_run", "waiting_chunks"]
