"""Papers for tests, good and bad, made here: nothing is read from a disk."""

import base64
import io
import random
import struct
import zipfile
import zlib

import pikepdf
from PIL import Image

CASTRES = (43.0, 36.0, 20.0), (2.0, 14.0, 30.0)
# A photo of 64 × 48 points as a telephone writes it (HEVC cannot be encoded here): half blue, half red, taken in Castres.
HEIC_PHOTO = base64.b64decode(
    """
    AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAeFtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAA
    AAAAACAAAAEGlkYXQAAAAAAEAAMAAAAExpbG9jAQAAAERAAAMAAQAAAAAAAAIFAAEAAAAAAAAAPQACAAEAAAAAAAAAAQAAAAAAAAAIAAMAAAAA
    AAACQgABAAAAAAAAALgAAABNaWluZgAAAAAAAwAAABVpbmZlAgAAAQABAABodmMxAAAAABVpbmZlAgAAAAACAABncmlkAAAAABVpbmZlAgAAAQ
    ADAABFeGlmAAAAANVpcHJwAAAAs2lwY28AAABzaHZjQwEDcAAAAAAAAAAAAB7wAPz9+PgAAA8DIAABABhAAQwB//8DcAAAAwCQAAADAAADAB66
    AkAhAAEAJ0IBAQNwAAADAJAAAAMAAAMAHqAggQWW6uSmubAgAAADACAAAAMAISIAAQAGRAHBc8CJAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAUaX
    NwZQAAAAAAAABAAAAAMAAAABBwaXhpAAAAAAMICAgAAAAaaXBtYQAAAAAAAAACAAECgQIAAgIDhAAAAChpcmVmAAAAAAAAAA5kaW1nAAIAAQAB
    AAAADmNkc2MAAwABAAIAAAD9bWRhdAAAADkoAa9Y5vTqv//m3XkfNWn/5FPUtD00DZyqBgKJiVpKK/Pqwrlp4UdVpMoTxIWtz/9GQpnRAdllpD
    AAAAAATU0AKgAAAAgAAwEPAAIAAAAbAAAAMgESAAMAAAABAAYAAIglAAQAAAABAAAATgAAAABUZWxlcGhvbmUgZGUgZGVtb25zdHJhdGlvbgAA
    AAQAAQACAAAAAk4AAAAAAgAFAAAAAwAAAIQAAwACAAAAAkUAAAAABAAFAAAAAwAAAJwAAAAAAAAAKwAAAAEAAAAkAAAAAQAAABQAAAABAAAAAg
    AAAAEAAAAOAAAAAQAAAB4AAAAB
    """
)


def image(format_="JPEG", size=(64, 48), mode="RGB", colour=(20, 90, 160), **options):
    """An image of one colour."""
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, format_, **options)
    return file.getvalue()


def noise():
    """A PNG that does not compress."""
    file = io.BytesIO()
    Image.frombytes("L", (64, 48), random.Random(81).randbytes(64 * 48)).save(file, "PNG")
    return file.getvalue()


def photo_of_castres(orientation=6):
    """A JPEG that says where, when and by what it was taken, lying on its side: blue on the left, red on the right."""
    picture = Image.new("RGB", (64, 48), (200, 60, 40))
    picture.paste((20, 90, 160), (0, 0, 32, 48))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0132] = orientation, "Telephone", "2026:11:19 12:06:00"
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", CASTRES[0], "E", CASTRES[1]
    file = io.BytesIO()
    picture.save(file, "JPEG", exif=exif, comment=b"rue Gambetta", quality=95)
    return file.getvalue()


def png_that_unfolds(width=60_000, height=60_000):
    """A PNG of a few bytes that announces billions of points."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pdf(pages=1, change=None, **options):
    """A PDF of blank pages; ``change`` may add what should not be there."""
    file = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page(page_size=(200, 280))
        if change:
            change(document)
        document.save(file, **{"static_id": True, **options})
    return file.getvalue()


def encrypted_pdf(user="", owner="secret"):
    """A PDF behind a password, or merely locked by its owner."""
    return pdf(encryption=pikepdf.Encryption(user=user, owner=owner))


def _script_on_opening(document):
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def _script_on_a_page_closed(document):
    document.pages[0].AA = pikepdf.Dictionary(C=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=b"app.alert(1)"))


def _named_scripts(document):
    script = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("x")))
    names = pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("a"), script]))
    document.Root.Names = pikepdf.Dictionary(JavaScript=names)


def _launches_a_program(document):
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("cmd.exe"))


def _sends_a_form(document):
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])
    link.A = pikepdf.Dictionary(S=pikepdf.Name.SubmitForm, F=pikepdf.String("http://192.0.2.1/"))
    document.pages[0].Annots = pikepdf.Array([link])


def _carries_a_file(document):
    document.attachments["facture.exe"] = b"MZ"


def _dynamic_form(document):
    document.Root.AcroForm = pikepdf.Dictionary(XFA=document.make_stream(b"<xdp/>"), Fields=pikepdf.Array([]))


def _film(document):
    film = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.RichMedia, Rect=[0, 0, 9, 9])
    document.pages[0].Annots = pikepdf.Array([document.make_indirect(film)])


def pdf_that_unfolds(megabytes=400):
    """A small PDF whose list of objects unfolds to hundreds of megabytes."""
    blank = zlib.compressobj(9)
    folded = b"".join(blank.compress(b" " * 1_000_000) for _ in range(megabytes)) + blank.flush()
    head = b"%PDF-1.5\n"
    stream = b"1 0 obj\n<</Type/ObjStm/N 1/First 5/Filter/FlateDecode/Length %d>>\nstream\n" % len(folded)
    body = head + stream + folded + b"\nendstream\nendobj\n"
    at = len(body)
    table = zlib.compress(
        b"\0" + struct.pack(">IH", 0, 0)
        + b"\1" + struct.pack(">IH", len(head), 0)
        + b"\2" + struct.pack(">IH", 1, 0)
        + b"\1" + struct.pack(">IH", at, 0)
    )  # fmt: skip
    xref = b"3 0 obj\n<</Type/XRef/Size 4/Root 2 0 R/W[1 4 2]/Filter/FlateDecode/Length %d>>\nstream\n" % len(table)
    return body + xref + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % at


def archive():
    """A zip with a program inside."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("facture.exe", b"MZ" * 100)
    return file.getvalue()


def pdf_inside_an_archive():
    """A zip whose last comment is a whole PDF's end: both readers are satisfied, the PDF's head is first."""
    paper = pdf()
    file = io.BytesIO()
    file.write(paper)
    with zipfile.ZipFile(file, "a") as made:
        made.writestr("facture.exe", b"MZ")
        made.comment = b"\n%%EOF\n"
    return file.getvalue()


FOLDED_SCRIPT = pdf(change=_named_scripts, object_stream_mode=pikepdf.ObjectStreamMode.generate)

# Name of the case, bytes, why it is refused (a key of documents.rules.uploads.REASONS).
BAD_FILES = [
    ("un texte", b"Bonjour", "unknown_type"),
    ("une page HTML", b"<!doctype html><script>alert(1)</script>", "unknown_type"),
    ("un programme nommé .pdf", b"MZ\x90\0" + b"\0" * 400, "unknown_type"),
    ("une archive", archive(), "unknown_type"),
    ("une image GIF", image("GIF", mode="P", colour=1), "unknown_type"),
    ("un dessin SVG", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "unknown_type"),
    ("des octets au hasard", bytes(range(1, 256)) * 8, "unknown_type"),
    ("une photo coupée", photo_of_castres()[:700], "broken"),
    ("un PNG abîmé", noise()[:900], "broken"),
    ("une photo HEIC coupée", HEIC_PHOTO[:500], "broken"),
    ("une image qui se déplie", png_that_unfolds(), "huge_image"),
    ("un PDF coupé", pdf(3)[:-200], "broken"),
    ("un PDF sans page", pdf(0), "broken"),
    ("une tête de PDF et rien d’autre", b"%PDF-1.7\n%%EOF\n", "broken"),
    ("un PDF avec mot de passe", encrypted_pdf("secret"), "encrypted"),
    ("un PDF verrouillé par son auteur", encrypted_pdf(), "encrypted"),
    ("un PDF de 61 pages", pdf(61), "too_many_pages"),
    ("un script à l’ouverture", pdf(change=_script_on_opening), "script"),
    ("un script replié dans une page", pdf(change=_script_on_a_page_closed), "script"),
    ("des scripts nommés", pdf(change=_named_scripts), "script"),
    ("un script dans un flux d’objets", FOLDED_SCRIPT, "script"),
    ("un programme à lancer", pdf(change=_launches_a_program), "launch"),
    ("un formulaire qui s’envoie", pdf(change=_sends_a_form), "launch"),
    ("un fichier transporté", pdf(change=_carries_a_file), "attachments"),
    ("un formulaire XFA", pdf(change=_dynamic_form), "form"),
    ("un film", pdf(change=_film), "media"),
    ("un PDF suivi d’une archive", pdf() + archive(), "mixture"),
    ("une archive qui finit en PDF", pdf_inside_an_archive(), "mixture"),
    ("un PDF suivi d’une page HTML", pdf() + b"<script>alert(1)</script>", "mixture"),
    ("une page HTML suivie d’un PDF", b"<script>alert(1)</script>\n" + pdf(), "mixture"),
]  # fmt: skip
