"""What a file that a family sent really is: opened in a process of its own, with bounded memory, time and patience.

Nothing here knows Django: the child process starts in a tenth of a second and dies with whatever it opened.
"""

from dataclasses import dataclass

PDF, JPEG, PNG, HEIC = "application/pdf", "image/jpeg", "image/png", "image/heic"
EXTENSIONS = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png"}  # what is kept: a HEIC photo is kept as a JPEG


class Unfit(Exception):
    """A file that is not kept; ``reason`` is a key of ``documents.rules.uploads.REASONS``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Finding:
    """A file fit to be kept: its type once cleaned, its pages (1 for an image)."""

    media_type: str
    pages: int
