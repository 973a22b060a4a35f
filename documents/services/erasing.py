"""Making a file go, and nothing else: the row says first that there is none, then the file is removed after commit.

A process killed in between leaves a file that no row knows: the night removes it (``services.purging``).
"""

import logging
from datetime import datetime
from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction

from documents.models import SupportingDocument

log = logging.getLogger(__name__)


def erase(document: SupportingDocument, *, at: datetime) -> None:
    """Empty a row of its file, its name and its digest (the caller saves it), and remove the file after commit."""
    transaction.on_commit(partial(remove_file, document.file.name or ""))
    document.file, document.name, document.digest, document.erased_at = "", "", "", at


def remove_file(name: str) -> None:
    """Remove a file; one that resists is logged, and met again by the next night's sweep."""
    try:
        default_storage.delete(name)
    except OSError:
        log.exception("Le fichier %s n’a pas pu être supprimé", name)
