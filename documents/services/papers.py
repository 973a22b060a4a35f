"""Delivering a paper, taking one back, forgetting old ones."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from castres_portal.base.clock import in_paris
from castres_portal.base.errors import Refusal
from castres_portal.base.numbering import take_numbers
from documents.models import IssuedPaper
from documents.paper_kinds import PaperKind
from documents.rules.papers import CODE_LENGTH, digest_of, make_code
from families.models import Family, Guardian

TOKEN_BYTES = 24


def issue_paper(
    *,
    kind: PaperKind,
    family: Family,
    guardian: Guardian | None,
    user: User,
    answers: Mapping[str, Any],
    submission: UUID,
    at: datetime,
) -> IssuedPaper:
    """Deliver a paper to a household: read what it says now, freeze it, number it, seal it; return its row.

    The same form sent twice returns the first paper. Raises Refusal when there is nothing to say.
    """
    try:
        return _issue(kind, family, guardian, user, answers, submission, at)
    except IntegrityError:
        first = IssuedPaper.objects.filter(submission=submission, family=family).first()
        if first is None:
            raise
        return first


@transaction.atomic(durable=True)
def _issue(
    kind: PaperKind,
    family: Family,
    guardian: Guardian | None,
    user: User,
    answers: Mapping[str, Any],
    submission: UUID,
    at: datetime,
) -> IssuedPaper:
    first = IssuedPaper.objects.filter(submission=submission, family=family).first()
    if first:
        return first
    content = kind.build(family, dict(answers), in_paris(at).date())
    year = in_paris(at).year
    paper = IssuedPaper(
        number=f"A{year}-{take_numbers(f'documents-{year}'):06d}",
        kind=kind.slug,
        title=content.title,
        subject=content.subject,
        initials=content.initials,
        family=family,
        guardian=guardian,
        issued_by=user,
        issued_at=at,
        submission=submission,
        token=secrets.token_urlsafe(TOKEN_BYTES),
        check_code=make_code([secrets.randbelow(2**32) for _ in range(CODE_LENGTH)]),
        content=content.as_json(),
    )
    paper.digest = digest_of(
        number=paper.number,
        kind=paper.kind,
        initials=paper.initials,
        issued_at=at,
        content=paper.content,
        key=settings.CODE_KEY,
    )
    paper.save(force_insert=True)
    return paper


@transaction.atomic(durable=True)
def withdraw_paper(*, paper: int, user: User, reason: str, at: datetime) -> IssuedPaper:
    """Take back a paper (id) that was delivered by mistake, saying why to the family; taken back twice, it stays as it was.

    Raises Refusal without a reason.
    """
    row = IssuedPaper.objects.select_for_update(of=("self",), no_key=True).get(pk=paper)
    if row.withdrawn_at is not None:
        return row
    if not reason.strip():
        raise Refusal("Dites pourquoi ce document est retiré : la famille le lit.")
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = at, user, reason.strip()
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    return row


@transaction.atomic(durable=True)
def forget_papers(*, at: datetime, dry_run: bool = False) -> int:
    """Delete the papers past their time of keeping (PAPERS["kept_days"]) and return how many; a ``dry_run`` only counts."""
    old = IssuedPaper.objects.filter(issued_at__lt=at - timedelta(days=int(settings.PAPERS["kept_days"])))
    if dry_run:
        return old.count()
    return old.delete()[0]
