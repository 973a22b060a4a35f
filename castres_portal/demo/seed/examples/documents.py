"""Supporting documents in every state for the named households: real small files, each marked as a demonstration."""

import io
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

from accounts.models import User
from castres_portal.base.pdf import render_pdf
from castres_portal.demo.accounts import AGENT, BERNARD, DURAND, MARTIN, PETIT, Account
from castres_portal.demo.seed.agenda import at_hour
from documents.models import DocumentKind, SupportingDocument
from documents.services.supporting import accept_document, refuse_document, store_documents
from families.models import Child, Guardian


def add_documents(today: date) -> None:
    """Send and decide papers as the named households and the agent would have since the start of the school year."""
    desk = _Desk(today)
    martin, petit = desk.guardian(MARTIN), desk.guardian(PETIT)
    bernard, durand = desk.guardian(BERNARD), desk.guardian(DURAND)
    lea, tom = desk.child(martin, 0), desk.child(martin, 1)

    caf = desk.send(martin, "attestation-caf", days_ago=340)
    desk.accept(caf, until=today + timedelta(days=22))  # ends soon
    desk.accept(desk.send(martin, "assurance", days_ago=50, child=lea), until=_end_of_year(today))
    desk.send(martin, "assurance", days_ago=2, child=tom, photo=True)  # to review
    desk.refuse(desk.send(martin, "domicile", days_ago=6, photo=True), settings.DOCUMENT_REFUSALS[0])

    desk.accept(desk.send(petit, "attestation-caf", days_ago=380), until=today + timedelta(days=3), decided=370)
    desk.expire(petit, today)
    desk.accept(desk.send(petit, "jugement", days_ago=120), until=None)
    desk.send(petit, "attestation-caf", days_ago=1)

    desk.wait_for_antivirus(desk.send(bernard, "avis-imposition", days_ago=0))
    desk.send(durand, "identite", days_ago=4, about=durand, photo=True)
    desk.accept(desk.send(durand, "vaccins", days_ago=60, child=desk.child(durand, 0)), until=None)


def _end_of_year(today: date) -> date:
    return date(today.year + (today.month >= 9), 8, 31)


class _Desk:
    """The counter: families send, the agent decides, each at a plausible instant."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.agent = User.objects.get(email=AGENT.email)
        self.kinds = {kind.slug: kind for kind in DocumentKind.objects.all()}

    def guardian(self, account: Account) -> Guardian:
        """Return who a named account is in her first household."""
        rows = Guardian.objects.select_related("family", "user").filter(user__email=account.email)
        return rows.order_by("family__number")[0]

    def child(self, guardian: Guardian, rank: int) -> Child:
        """Return a child of the household, the eldest first."""
        return guardian.family.children.order_by("birth_date")[rank]

    def ago(self, days: int, hour: time) -> datetime:
        """Return an hour of a day in the past."""
        return at_hour(self.today - timedelta(days=days), hour)

    def send(
        self,
        guardian: Guardian,
        slug: str,
        *,
        days_ago: int,
        child: Child | None = None,
        about: Guardian | None = None,
        photo: bool = False,
    ) -> SupportingDocument:
        """Send one file."""
        kind = self.kinds[slug]
        at = self.ago(days_ago, time(7, 52) if days_ago == 0 else time(18, 40))
        whose = child.full_name if child else guardian.full_name
        content = _photo(kind.name, whose) if photo else _pdf(kind.name, whose, at)
        (outcome,) = store_documents(
            family=guardian.family,
            guardian=guardian,
            kind=kind,
            child=child,
            about=about,
            files=[SimpleUploadedFile(f"{kind.slug}-demonstration.{'jpg' if photo else 'pdf'}", content)],
            issued_on=at.date() - timedelta(days=3),
            at=at,
        )
        assert outcome.document is not None, outcome.refusal
        return outcome.document

    def accept(self, document: SupportingDocument, *, until: date | None, decided: int | None = None) -> None:
        """Accept a paper the next morning, or some days ago."""
        at = document.sent_at + timedelta(hours=15) if decided is None else self.ago(decided, time(10, 5))
        accept_document(document=document, by=self.agent, at=at, valid_until=until)

    def refuse(self, document: SupportingDocument, reason: str) -> None:
        """Refuse a paper the next morning."""
        refuse_document(document=document, by=self.agent, reason=reason, at=document.sent_at + timedelta(hours=15))

    def expire(self, guardian: Guardian, today: date) -> None:
        """Add a paper that held until last month."""
        document = self.send(guardian, "domicile", days_ago=130)
        self.accept(document, until=today - timedelta(days=31))

    def wait_for_antivirus(self, document: SupportingDocument) -> None:
        """Put a paper back to where it stands while the antivirus is down; the next sweep lets it through."""
        SupportingDocument.objects.filter(pk=document.pk).update(
            status=SupportingDocument.Status.SCANNING, scan_taken_until=self.ago(-1, time(7, 52))
        )


def _pdf(title: str, whose: str, at: datetime) -> bytes:
    return render_pdf("demo/pdf/piece.html", {"title": title, "whose": whose, "at": at})


def _photo(title: str, whose: str) -> bytes:
    """Draw a sheet as a telephone would see it."""
    sheet = Image.new("RGB", (900, 1200), (236, 231, 220))
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((60, 60, 840, 1140), fill=(255, 255, 255), outline=(170, 160, 140), width=3)
    words = (("EXEMPLE FICTIF", 110, 46), (title, 260, 38), (whose, 340, 34), ("Démonstration : sans valeur.", 430, 28))
    # Pillow's own letters have no accents.
    font = str(settings.BASE_DIR / "static/portal/fonts/figtree-400.woff2")
    for text, top, size in words:
        pen.text((110, top), text, fill=(26, 39, 51), font=ImageFont.truetype(font, size))
    for line in range(12):
        pen.line((110, 540 + 44 * line, 790 - 37 * (line % 4), 540 + 44 * line), fill=(190, 190, 190), width=6)
    file = io.BytesIO()
    sheet.save(file, "JPEG", quality=80)
    return file.getvalue()
