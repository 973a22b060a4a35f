"""Looking into the files that a form brought: outside any transaction, each in a process of its own."""

import hashlib
import shutil
import weakref
from pathlib import Path
from tempfile import mkdtemp

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from documents.examination import EXTENSIONS, Unfit
from documents.examination.apart import examine
from documents.rules.uploads import clean_name

MEGABYTE = 1_000_000
MAX_PIXELS = 50_000_000


class Examined:
    """A file fit to be kept: clean, on disk until nobody holds this any more. ``digest`` is that of what was sent."""

    def __init__(self, folder: Path, name: str, digest: str, media_type: str, pages: int) -> None:
        self.path = folder / "clean"
        self.name = name
        self.digest = digest
        self.media_type = media_type
        self.pages = pages
        self.size = self.path.stat().st_size
        weakref.finalize(self, shutil.rmtree, folder, True)


def examine_file(file: "UploadedFile[bytes]") -> Examined:
    """Say what a file is and clean it; raises Unfit. At most its own size of disk, and little memory in this process."""
    if not file.size:
        raise Unfit("empty")
    if file.size > settings.DOCUMENTS["megabytes"] * MEGABYTE:
        raise Unfit("too_heavy")
    folder = Path(mkdtemp(prefix="piece-"))
    try:
        source, digest = _spool(file, folder / "sent")
        found = examine(source, folder / "clean", max_pages=settings.DOCUMENTS["pages"], max_pixels=MAX_PIXELS)
        name = clean_name(file.name or "", EXTENSIONS[found.media_type])
        return Examined(folder, name, digest, found.media_type, found.pages)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _spool(file: "UploadedFile[bytes]", path: Path) -> tuple[Path, str]:
    """Return where the file's bytes lie, and their digest; a large one already lies on disk."""
    digest = hashlib.sha256()
    if isinstance(file, TemporaryUploadedFile):
        for chunk in file.chunks():
            digest.update(chunk)
        return Path(file.temporary_file_path()), digest.hexdigest()
    with path.open("wb") as target:
        for chunk in file.chunks():
            digest.update(chunk)
            target.write(chunk)
    return path, digest.hexdigest()
