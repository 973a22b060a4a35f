"""The process that opens one file: ``python -m documents.examination.child SOURCE TARGET PAGES PIXELS``.

It prints one line of JSON: ``{"media_type": …, "pages": …}`` with the clean file at TARGET, or ``{"unfit": reason}``.
"""

import json
import resource
import shutil
import sys
from pathlib import Path

import filetype

from documents.examination import HEIC, JPEG, PDF, PNG, Finding, Unfit

MEMORY_BYTES = 1_500_000_000
CPU_SECONDS = 20
HEAD_BYTES = 1024


def look_into(source: Path, target: Path, *, max_pages: int, max_pixels: int) -> Finding:
    """Say what a file is and write it clean to ``target``; raises Unfit."""
    with source.open("rb") as file:
        head = file.read(HEAD_BYTES)
    guess = filetype.guess(head)
    media_type = guess.mime if guess else ""
    if media_type == "image/heif":
        media_type = HEIC
    # A PDF that does not begin by its own mark is opened all the same, so that the refusal says what is wrong.
    if media_type == PDF or b"%PDF-" in head:
        from documents.examination.pdfs import check_pdf

        pages = check_pdf(source, max_pages=max_pages)
        shutil.copyfile(source, target)
        return Finding(PDF, pages)
    if media_type in (JPEG, PNG, HEIC):
        from documents.examination.images import clean_image

        return Finding(clean_image(source, target, media_type, max_pixels=max_pixels), 1)
    raise Unfit("unknown_type")


def main(arguments: list[str]) -> None:
    """Bound this process, look, and print what was found."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, target, pages, pixels = arguments
    try:
        found = look_into(Path(source), Path(target), max_pages=int(pages), max_pixels=int(pixels))
        answer = vars(found)
    except Unfit as unfit:
        answer = {"unfit": unfit.reason}
    except MemoryError:
        answer = {"unfit": "too_complex"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
