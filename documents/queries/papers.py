"""Reads of the papers delivered: a household's own, and what a stranger may know of one."""

import hmac
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet

from documents.models import IssuedPaper
from documents.rules.papers import digest_of, read_code, read_number
from families.models import Family


def papers_of(family: Family) -> QuerySet[IssuedPaper]:
    """Return a household's papers, the latest first, without what they say."""
    return IssuedPaper.objects.filter(family=family).select_related("guardian").defer("content")


def is_genuine(paper: IssuedPaper) -> bool:
    """Say whether a stored paper is what the town delivered: its digest is made again with the key."""
    again = digest_of(
        number=paper.number,
        kind=paper.kind,
        initials=paper.initials,
        issued_at=paper.issued_at,
        content=paper.content,
        key=settings.CODE_KEY,
    )
    return hmac.compare_digest(again, paper.digest)


@dataclass(frozen=True)
class Verdict:
    """What anybody may know of a paper: its kind, its day, initials; whether it still holds."""

    paper: IssuedPaper
    newer: IssuedPaper | None

    @property
    def is_withdrawn(self) -> bool:
        """Whether the town took it back."""
        return self.paper.withdrawn_at is not None


def verdict_of_token(token: str) -> Verdict | None:
    """Return what a paper's link says, or None when it is no link of ours; one query more than none."""
    return _verdict(IssuedPaper.objects.filter(token=token).first())


def verdict_of_number(number: str, code: str) -> Verdict | None:
    """Return what a number and its check code say, or None when they do not go together."""
    paper = IssuedPaper.objects.filter(number=read_number(number)).first()
    if paper is None or not hmac.compare_digest(paper.check_code, read_code(code)):
        return None
    return _verdict(paper)


def _verdict(paper: IssuedPaper | None) -> Verdict | None:
    if paper is None or not is_genuine(paper):
        return None
    same = IssuedPaper.objects.filter(family=paper.family_id, kind=paper.kind, subject=paper.subject)
    newer = same.filter(issued_at__gt=paper.issued_at, withdrawn_at=None).defer("content").order_by("-issued_at")
    return Verdict(paper, newer.first())
