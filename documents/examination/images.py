"""Images: opened whole, turned upright, drawn again without anything that they carried besides their pixels."""

from pathlib import Path

import pi_heif
from PIL import Image, ImageOps

from documents.examination import HEIC, JPEG, PNG, Unfit

# A sheet of A4 at 300 points per inch: what a paper needs to be read, whatever the telephone gives.
LONGEST_SIDE = 3508
JPEG_QUALITY = 85
FORMATS = {JPEG: "JPEG", PNG: "PNG"}


def clean_image(source: Path, target: Path, media_type: str, *, max_pixels: int) -> str:
    """Write the pixels of an image to ``target``; return the type written. Raises Unfit (``broken``, ``huge_image``).

    Drawn again, an image cannot be another file at the same time, and it carries neither place, date nor device.
    """
    try:
        image = _open_heic(source, max_pixels) if media_type == HEIC else _open(source, media_type, max_pixels)
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        image = _plain(ImageOps.exif_transpose(image), keeps_clear_parts=media_type == PNG)
        image.info = {}
        if media_type == PNG:
            image.save(target, "PNG")
            return PNG
        image.save(target, "JPEG", quality=JPEG_QUALITY)
        return JPEG
    except Image.DecompressionBombError as error:
        raise Unfit("huge_image") from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, RuntimeError) as error:
        raise Unfit("broken") from error


def _open(source: Path, media_type: str, max_pixels: int) -> Image.Image:
    with source.open("rb") as file:
        image = Image.open(file, formats=[FORMATS[media_type]])
        _refuse_huge(image.size, max_pixels)
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is read at the size that is needed
        image.load()
    return image


def _open_heic(source: Path, max_pixels: int) -> Image.Image:
    container = pi_heif.open_heif(source, convert_hdr_to_8bit=True)
    _refuse_huge(container.size, max_pixels)
    return container.to_pillow()


def _refuse_huge(size: tuple[int, int], max_pixels: int) -> None:
    if size[0] * size[1] > max_pixels:
        raise Unfit("huge_image")


def _plain(image: Image.Image, *, keeps_clear_parts: bool) -> Image.Image:
    if image.mode.startswith("I"):  # sixteen bits of grey, as some scanners write
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if keeps_clear_parts and image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in ("L", "RGB") else image.convert("RGB")
