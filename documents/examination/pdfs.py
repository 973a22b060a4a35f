"""PDFs: kept byte for byte (a signature stays valid), once sure that they are only a paper to be read."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf

from documents.examination import Unfit

MARK, END = b"%PDF-", b"%%EOF"
PADDING = b"\r\n\t \0\x1a"
MAX_NODES = 1_000_000
# A compressed part that unfolds beyond this is a trap, not a scan.
MAX_UNFOLDED = 128 * 1024 * 1024

ACTIONS = {
    "/JavaScript": "script",
    "/Launch": "launch",
    "/ImportData": "launch",
    "/SubmitForm": "launch",
    "/GoToE": "attachments",
}
KEYS = {
    "/JS": "script",
    "/JavaScript": "script",
    "/EmbeddedFiles": "attachments",
    "/EF": "attachments",
    "/XFA": "form",
}
SUBTYPES = {
    "/FileAttachment": "attachments",
    "/RichMedia": "media",
    "/3D": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/Screen": "media",
}


def check_pdf(source: Path, *, max_pages: int) -> int:
    """Return the pages of a PDF that is fit to be kept; raises Unfit otherwise (see ``rules.uploads.REASONS``)."""
    _refuse_mixture(source)
    pikepdf.settings.set_qpdf_limits(flate_max_memory=MAX_UNFOLDED, png_max_memory=MAX_UNFOLDED)
    try:
        with pikepdf.open(source) as pdf:
            if pdf.is_encrypted:
                raise Unfit("encrypted")
            pages = len(pdf.pages)
            if not pages:
                raise Unfit("broken")
            if pages > max_pages:
                raise Unfit("too_many_pages")
            _refuse_what_acts(pdf)
            return pages
    except pikepdf.PasswordError as error:
        raise Unfit("encrypted") from error
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, RecursionError) as error:
        raise Unfit("broken") from error


def _refuse_mixture(source: Path) -> None:
    """Refuse a file that is something else too: words before the head or after the end, an archive folded in."""
    content = source.read_bytes()
    end = content.rfind(END)
    if not content.startswith(MARK):
        raise Unfit("mixture")
    if end < 0:
        raise Unfit("broken")
    if content[end + len(END) :].strip(PADDING) or _is_archive(source):
        raise Unfit("mixture")


def _is_archive(source: Path) -> bool:
    try:
        with zipfile.ZipFile(source) as archive:
            return bool(archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def _refuse_what_acts(pdf: pikepdf.Pdf) -> None:
    """Refuse scripts, programs to start, files and media carried along, and dynamic forms, wherever they hang."""
    for entry in _nodes(pdf):
        for key, value in entry.items():
            if key in KEYS:
                raise Unfit(KEYS[key])
            if key == "/S" and isinstance(value, pikepdf.Name) and (reason := ACTIONS.get(str(value))):
                raise Unfit(reason)
            if key == "/Subtype" and isinstance(value, pikepdf.Name) and (reason := SUBTYPES.get(str(value))):
                raise Unfit(reason)


def _nodes(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Yield every dictionary of a document, those folded in others included."""
    waiting: list[Any] = [pdf.trailer]
    objects = iter(pdf.objects)
    steps = 0
    while True:
        if not waiting:
            following = next(objects, None)
            if following is None:
                return
            waiting.append(following)
        node = waiting.pop()
        steps += 1
        if steps > MAX_NODES:
            raise Unfit("too_complex")
        if isinstance(node, pikepdf.Stream):
            node = node.stream_dict
        if isinstance(node, pikepdf.Dictionary):
            yield node
            waiting += [value for _, value in node.items() if _is_folded(value)]
        elif isinstance(node, pikepdf.Array):
            waiting += [value for value in node if _is_folded(value)]


def _is_folded(value: Any) -> bool:
    return isinstance(value, pikepdf.Dictionary | pikepdf.Array | pikepdf.Stream) and not value.is_indirect
