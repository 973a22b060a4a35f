"""What a file really is: the good ones come out clean, each bad one is refused for what it is."""

import io
import resource

import pytest
from PIL import Image

from documents.examination import JPEG, PDF, PNG, Unfit, apart
from documents.examination.apart import examine
from documents.examination.child import look_into
from documents.rules.uploads import REASONS
from documents.tests import papers


@pytest.fixture
def look(tmp_path):
    """Give bytes to the examination, in this process; return what was found and the clean bytes."""

    def looking(content, **limits):
        source, target = tmp_path / "sent", tmp_path / "clean"
        source.write_bytes(content)
        found = look_into(source, target, **{"max_pages": 60, "max_pixels": 50_000_000, **limits})
        return found, target.read_bytes()

    return looking


@pytest.mark.parametrize("case, content, reason", papers.BAD_FILES, ids=[bad[0] for bad in papers.BAD_FILES])
def test_a_bad_file_is_refused_for_what_it_is(tmp_path, case, content, reason):
    # In the child: elsewhere WeasyPrint tells Pillow to be content with images cut short.
    (tmp_path / "sent").write_bytes(content)
    with pytest.raises(Unfit) as refusal:
        examine(tmp_path / "sent", tmp_path / "clean", max_pages=60, max_pixels=50_000_000)
    assert refusal.value.reason == reason
    assert reason in REASONS


def test_a_photo_loses_its_place_its_date_and_its_device_and_stands_upright(look):
    sent = papers.photo_of_castres()
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(0x8825)  # the place is there

    found, clean = look(sent)

    picture = Image.open(io.BytesIO(clean))
    assert found.media_type == JPEG
    assert dict(picture.getexif()) == {}
    assert not {"exif", "comment", "xmp", "icc_profile", "photoshop"} & set(picture.info)
    assert b"Telephone" not in clean
    assert b"Gambetta" not in clean
    assert picture.size == (48, 64)  # it lay on its side
    blue, red = picture.getpixel((24, 5)), picture.getpixel((24, 60))
    assert blue[2] > blue[0]
    assert red[0] > red[2]


def test_a_telephone_s_photo_becomes_a_jpeg_without_its_place(look):
    assert b"Telephone" in papers.HEIC_PHOTO
    found, clean = look(papers.HEIC_PHOTO)
    assert found.media_type == JPEG
    assert dict(Image.open(io.BytesIO(clean)).getexif()) == {}
    assert b"Telephone" not in clean


def test_a_png_keeps_its_clear_parts_and_loses_its_words(look):
    from PIL.PngImagePlugin import PngInfo

    words = PngInfo()
    words.add_text("Author", "Claire Martin")
    found, clean = look(papers.image("PNG", mode="RGBA", colour=(1, 2, 3, 0), pnginfo=words))
    assert found.media_type == PNG
    assert Image.open(io.BytesIO(clean)).getpixel((0, 0))[3] == 0
    assert b"Claire" not in clean


@pytest.mark.parametrize("mode, colour", [("L", 7), ("1", 1), ("P", 3), ("LA", (9, 0)), ("I;16", 40_000)])
def test_every_sort_of_png_is_read(look, mode, colour):
    found, _ = look(papers.image("PNG", mode=mode, colour=colour))
    assert found.media_type == PNG


def test_a_print_shop_s_jpeg_is_read(look):
    found, clean = look(papers.image("JPEG", mode="CMYK", colour=(1, 2, 3, 4)))
    assert Image.open(io.BytesIO(clean)).mode == "RGB"


def test_a_large_photo_is_reduced_to_what_a_sheet_needs(look):
    _, clean = look(papers.image(size=(6000, 4500)))
    assert Image.open(io.BytesIO(clean)).size == (3508, 2631)


def test_an_image_of_too_many_points_is_refused_before_it_is_unfolded(look):
    with pytest.raises(Unfit, match="huge_image"):
        look(papers.image(size=(1001, 1000)), max_pixels=1_000_000)


def test_something_hidden_after_an_image_does_not_come_out(look):
    _, clean = look(papers.photo_of_castres() + papers.archive())
    assert b"facture.exe" not in clean


def test_a_pdf_comes_out_byte_for_byte_so_that_its_signature_holds(look):
    sent = papers.pdf(2)
    found, clean = look(sent)
    assert (found.media_type, found.pages, clean) == (PDF, 2, sent)


def test_blanks_after_a_pdf_are_harmless(look):
    assert look(papers.pdf() + b"\r\n \0\0")[0].media_type == PDF


def test_the_child_says_the_same(tmp_path):
    (tmp_path / "sent").write_bytes(papers.photo_of_castres())
    found = examine(tmp_path / "sent", tmp_path / "clean", max_pages=60, max_pixels=50_000_000)
    assert found.media_type == JPEG
    (tmp_path / "sent").write_bytes(papers.encrypted_pdf())
    with pytest.raises(Unfit, match="encrypted"):
        examine(tmp_path / "sent", tmp_path / "clean", max_pages=60, max_pixels=50_000_000)


def test_a_pdf_that_unfolds_to_gigabytes_stops_the_child_and_not_the_portal(tmp_path):
    (tmp_path / "sent").write_bytes(papers.pdf_that_unfolds())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Unfit) as refusal:
        examine(tmp_path / "sent", tmp_path / "clean", max_pages=60, max_pixels=50_000_000)
    assert refusal.value.reason in ("broken", "too_complex")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


def test_a_child_that_dies_or_drags_on_is_a_refusal(tmp_path, monkeypatch):
    (tmp_path / "sent").write_bytes(papers.pdf())
    monkeypatch.setattr(apart, "PATIENCE_SECONDS", 0.001)
    with pytest.raises(Unfit, match="too_complex"):
        examine(tmp_path / "sent", tmp_path / "clean", max_pages=60, max_pixels=50_000_000)
    monkeypatch.setattr(apart, "PATIENCE_SECONDS", 30)
    monkeypatch.setattr(apart.sys, "executable", "/bin/false")
    with pytest.raises(Unfit, match="broken"):
        examine(tmp_path / "sent", tmp_path / "clean", max_pages=60, max_pixels=50_000_000)
