"""From a code on paper to an account: giving a code, using it, attaching a household.

The clear code exists only in the letter or the mail; the database keeps a keyed digest. Every refusal that could tell a
stranger whether a code exists says the same sentence. Locks are taken in one order: the guardian, then her code.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from accounts.franceconnect import links
from accounts.franceconnect.rules import Identity, same_person
from accounts.models import User
from castres_portal.base.errors import Refusal
from families.emails import activation as emails
from families.models import ActivationCode, Child, Guardian, PendingActivation
from families.rules import codes

REFUSED = (
    "Ce code et cette date de naissance ne permettent pas d’ouvrir un espace. Vérifiez-les ; si le refus persiste, "
    f"l’{settings.TOWN['service']} vous remettra un nouveau code."
)
LINK_REFUSED = "Ce lien ne fonctionne plus."
REPLACED = "Remplacé par un nouveau code"
TOO_MANY_BIRTH_DATES = "Trop de dates de naissance erronées"
SAME_MINUTE = timedelta(seconds=60)


class CodeRefused(Refusal):
    """A code that does not open anything, whatever the reason."""

    def __init__(self) -> None:
        super().__init__(REFUSED)


class LinkRefused(Refusal):
    """A confirmation link that was used, replaced, is too old or never was."""

    def __init__(self) -> None:
        super().__init__(LINK_REFUSED)


class AddressTaken(Refusal):
    """An address that got an account between the mail and the click."""

    def __init__(self, email: str) -> None:
        super().__init__(
            f"L’adresse {email} a déjà un espace. Connectez-vous avec elle, puis saisissez votre code dans "
            "« Mon compte », « Rattacher un autre dossier »."
        )


@dataclass(frozen=True)
class NewCode:
    """A code just made; ``clear`` is to be printed or mailed at once, and kept nowhere."""

    row: ActivationCode
    clear: str


# --- What an agent does -----------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def make_activation_code(*, guardian: Guardian, by: User | None, channel: str, at: datetime) -> NewCode:
    """Make a guardian's code, which replaces the one before; by letter, the caller prints it at once.

    ``channel`` is an ActivationCode.Channel; with MAIL the code leaves for the guardian's own address. Raises Refusal when
    the guardian already has her space, or has no address for a mail.
    """
    return new_code(guardian=guardian, by=by, channel=channel, at=at)


def new_code(*, guardian: Guardian, by: User | None, channel: str, at: datetime) -> NewCode:
    """Do the work of make_activation_code inside the caller's transaction (demonstration data)."""
    guardian = Guardian.objects.select_for_update(of=("self",), no_key=True).get(pk=guardian.pk)
    if guardian.is_excluded:
        raise Refusal(f"{guardian} est exclu de ce dossier : rétablissez d’abord ses droits.")
    if guardian.user_id:
        raise Refusal(f"{guardian} a déjà son espace : aucun code n’est nécessaire.")
    if channel == ActivationCode.Channel.MAIL and not guardian.email:
        raise Refusal(
            f"Aucune adresse électronique n’est connue pour {guardian} : enregistrez-la, ou remettez une lettre."
        )
    _revoke(ActivationCode.objects.filter(guardian=guardian), reason=REPLACED, at=at)
    clear = "".join(secrets.choice(codes.ALPHABET) for _ in range(codes.LENGTH))
    row = ActivationCode.objects.create(
        guardian=guardian,
        digest=codes.digest(clear, settings.CODE_KEY),
        channel=channel,
        created_at=at,
        created_by=by,
        expires_at=at + timedelta(days=settings.ACTIVATION["code_days"]),
    )
    if channel == ActivationCode.Channel.MAIL:
        emails.send_code(guardian, codes.written(clear), row.expires_at)
    return NewCode(row, clear)


@transaction.atomic(durable=True)
def revoke_activation_code(*, guardian: Guardian, by: User | None, at: datetime) -> None:
    """Make a guardian's present code stop working; raises Refusal when she has none."""
    Guardian.objects.select_for_update(of=("self",), no_key=True).get(pk=guardian.pk)
    author = f"Révoqué par {by.greeting}" if by else "Révoqué"
    if not _revoke(ActivationCode.objects.filter(guardian=guardian), reason=author, at=at):
        raise Refusal(f"{guardian} n’a pas de code en cours.")


@transaction.atomic(durable=True)
def detach_account(*, guardian: Guardian) -> None:
    """Separate a guardian from her account (address lost, wrong person): a new code can then be given.

    Raises Refusal when no account is attached. The account itself, and its other households, stay.
    """
    guardian = Guardian.objects.select_for_update(of=("self",), no_key=True).get(pk=guardian.pk)
    if not guardian.user_id:
        raise Refusal(f"Aucun compte n’est rattaché à {guardian}.")
    guardian.user = None
    guardian.attached_at = None
    guardian.save(update_fields=["user", "attached_at"])


def _revoke(rows: QuerySet[ActivationCode], *, reason: str, at: datetime) -> int:
    """Revoke the codes that still worked, and forget what was begun with them; return how many."""
    live = list(rows.filter(used_at=None, revoked_at=None).select_for_update(of=("self",), no_key=True))
    for code in live:
        code.revoked_at, code.revoked_reason = at, reason[:120]
        code.save(update_fields=["revoked_at", "revoked_reason"])
    PendingActivation.objects.filter(code__in=live).delete()
    return len(live)


# --- What a parent does -----------------------------------------------------------------------------------------------


def check_code(*, text: str, birth_date: date, at: datetime) -> ActivationCode:
    """Return the live code that someone typed, with its guardian, when a child of the household was born that day.

    Raises CodeRefused, and then counts a wrong birth date against the code: the tenth revokes it. Nothing else changes.
    """
    with transaction.atomic(durable=True):
        code = _verified(text, birth_date, at)
    if code is None:
        raise CodeRefused
    return code


def _verified(text: str, birth_date: date, at: datetime) -> ActivationCode | None:
    """Lock the code and try the birth date. The same queries run whether the code exists or not, live or not."""
    found = (
        ActivationCode.objects.filter(digest=codes.digest(codes.normalise(text), settings.CODE_KEY))
        .values("pk", "guardian_id")
        .first()
    ) or {"pk": 0, "guardian_id": 0}
    code = _locked(found["pk"], found["guardian_id"])
    family_id = code.guardian.family_id if code else 0
    knows_a_child = Child.objects.filter(custodies__family=family_id, birth_date=birth_date).exists()
    alive = code is not None and _opens(code, at)
    if code is not None and alive and knows_a_child:
        return code
    counted = code.pk if code is not None and alive else 0
    ActivationCode.objects.filter(pk=counted).update(wrong_birth_dates=F("wrong_birth_dates") + 1)
    if counted:
        _revoke(
            ActivationCode.objects.filter(pk=counted, wrong_birth_dates__gte=settings.ACTIVATION["wrong_birth_dates"]),
            reason=TOO_MANY_BIRTH_DATES,
            at=at,
        )
    return None


def _locked(code_id: int, guardian_id: int) -> ActivationCode | None:
    """Lock a guardian, then her code; return the code as it stands once both are held."""
    Guardian.objects.select_for_update(of=("self",), no_key=True).filter(pk=guardian_id).first()
    return (
        ActivationCode.objects.select_for_update(of=("self",), no_key=True)
        .select_related("guardian__family")
        .filter(pk=code_id)
        .first()
    )


def _opens(code: ActivationCode, at: datetime) -> bool:
    """Say whether a code can still open a space."""
    return _still_ours(code) and at < code.expires_at


@transaction.atomic(durable=True)
def begin_activation(
    *, code_id: int, email: str, password: str, at: datetime, identity: Identity | None = None
) -> None:
    """Keep the address and the password (hashed) that a parent chose, and send a single-use link to that address.

    ``code_id`` is a code that check_code() has just accepted. Nothing is created before the link is followed; beginning
    again replaces the address and kills the link before. An address that already has an account receives another mail,
    and the caller cannot tell the difference. ``identity`` is that of FranceConnect, if she came by it: it is linked with the
    account. Raises CodeRefused when the code died meanwhile, links.NotTheSame when the identity is not the guardian's.
    """
    email = email.strip().lower()
    hashed = make_password(password)
    link = secrets.token_urlsafe(32)
    guardian_id = ActivationCode.objects.filter(pk=code_id).values_list("guardian_id", flat=True).first() or 0
    code = _locked(code_id, guardian_id)
    if code is None or not _opens(code, at):
        raise CodeRefused
    check_identity(code.guardian, identity)
    sub = identity.sub if identity else ""
    pending = PendingActivation.objects.filter(code=code).first()
    if pending and pending.email == email and at - pending.created_at < SAME_MINUTE:
        # A double click: the link on its way stays good, the last password wins.
        pending.password, pending.franceconnect_sub = hashed, sub
        pending.save(update_fields=["password", "franceconnect_sub"])
        return
    PendingActivation.objects.filter(code=code).delete()
    if has_account(email):
        emails.send_already_registered(code.guardian, email)
        return
    PendingActivation.objects.create(
        code=code,
        email=email,
        password=hashed,
        franceconnect_sub=sub,
        link_digest=codes.digest(link, settings.CODE_KEY),
        created_at=at,
        expires_at=at + timedelta(hours=settings.ACTIVATION["link_hours"]),
    )
    emails.send_activation_link(code.guardian, email, link)


def has_account(email: str) -> bool:
    """Say whether an address signs in somewhere, confirmed or on its way to be."""
    return (
        User.objects.filter(email__iexact=email).exists()
        or EmailAddress.objects.filter(email__iexact=email, verified=True).exists()
    )


def pending_of(link: str, *, at: datetime) -> PendingActivation | None:
    """Return what a link would confirm, or None when it is dead; reading it changes nothing (mail scanners follow links)."""
    pending = (
        PendingActivation.objects.filter(link_digest=codes.digest(link, settings.CODE_KEY), expires_at__gt=at)
        .select_related("code__guardian")
        .first()
    )
    return pending if pending and _still_ours(pending.code) else None


def _still_ours(code: ActivationCode) -> bool:
    # Its 60 days counted when the parent began; the link has a life of its own.
    is_live = code.used_at is None and code.revoked_at is None
    return is_live and code.guardian.user_id is None and not code.guardian.is_excluded


@transaction.atomic(durable=True)
def confirm_activation(*, link: str, at: datetime) -> User:
    """Open the space: create the account, attach the guardian, use the code up. Return the new account.

    Raises LinkRefused for a dead link, AddressTaken when the address got an account meanwhile (the code then still works
    for « rattacher un dossier »).
    """
    seen = PendingActivation.objects.filter(link_digest=codes.digest(link, settings.CODE_KEY), expires_at__gt=at)
    ids = seen.values("code_id", "code__guardian_id").first()
    code = _locked(ids["code_id"], ids["code__guardian_id"]) if ids else None
    pending = seen.first()  # read again under the lock: the first of two clicks has deleted it
    if code is None or pending is None or not _still_ours(code):
        raise LinkRefused
    user = _new_account(code.guardian, pending)
    _attach(code, user, at)
    if pending.franceconnect_sub:  # linked elsewhere meanwhile? The space opens all the same, by its password
        links.attach(user, pending.franceconnect_sub)
    return user


def check_identity(guardian: Guardian, identity: Identity | None) -> None:
    """Raise links.NotTheSame when somebody came by FranceConnect under other names than the guardian's."""
    if identity and not same_person(identity, first_name=guardian.first_name, last_name=guardian.last_name):
        raise links.NotTheSame


def _new_account(guardian: Guardian, pending: PendingActivation) -> User:
    """Create the account that a guardian asked for, its address confirmed; raise AddressTaken when it has one."""
    user = User(
        email=pending.email,
        title=guardian.title,
        first_name=guardian.first_name,
        last_name=guardian.last_name,
        password=pending.password,
    )
    try:
        with transaction.atomic():
            if has_account(pending.email):
                raise IntegrityError
            user.save()
    except IntegrityError:  # found above, or made at this very instant by another code
        raise AddressTaken(pending.email) from None
    EmailAddress.objects.create(user=user, email=pending.email, verified=True, primary=True)
    return user


def attach_household(*, user: User, text: str, birth_date: date, at: datetime) -> Guardian:
    """Attach one more household to a person who is signed in; return who she is there.

    Raises CodeRefused as check_code() does, and Refusal when her account already stands in that household.
    """
    with transaction.atomic(durable=True):
        code = _verified(text, birth_date, at)
        if code is not None and Guardian.objects.filter(family=code.guardian.family_id, user=user).exists():
            raise Refusal("Votre compte est déjà rattaché à ce dossier.")
        if code is not None:
            _attach(code, user, at)
    if code is None:
        raise CodeRefused
    return code.guardian


def _attach(code: ActivationCode, user: User, at: datetime) -> None:
    guardian = code.guardian
    guardian.user = user
    guardian.email = user.email
    guardian.attached_at = at
    guardian.save(update_fields=["user", "email", "attached_at"])
    code.used_at = at
    code.save(update_fields=["used_at"])
    PendingActivation.objects.filter(code=code).delete()
