"""Which FranceConnect identity is whose account: one row of allauth, made and unmade on purpose."""

from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction

from accounts.franceconnect.provider import PROVIDER_ID
from accounts.franceconnect.rules import Identity, same_person
from accounts.models import IdentityMismatch, User
from castres_portal.base.errors import Refusal
from castres_portal.base.journals import delete_in_batches
from castres_portal.base.retention import limit

NOT_THE_SAME = (
    "Les nom et prénoms que FranceConnect nous donne ne sont pas ceux de ce dossier. Rien n’a été lié. Si c’est bien vous, "
    "appelez l’Espace Famille : un agent corrigera le dossier."
)
TAKEN = "Cette identité FranceConnect, ou ce compte, est déjà lié : rien n’a été changé."


class NotTheSame(Refusal):
    """An identity whose names are not those of the file."""

    def __init__(self) -> None:
        super().__init__(NOT_THE_SAME)


def link_of(user: User) -> SocialAccount | None:
    """Return the link of an account, if any."""
    return SocialAccount.objects.filter(user=user, provider=PROVIDER_ID).first()


def is_known(sub: str) -> bool:
    """Say whether an identity opens an account."""
    return SocialAccount.objects.filter(provider=PROVIDER_ID, uid=sub).exists()


@transaction.atomic(durable=True)
def link(*, user: User, identity: Identity) -> None:
    """Link an identity to the account of who is signed in and has just given her password again.

    Raises NotTheSame when the names differ, Refusal when the identity or the account has a link already.
    """
    if not same_person(identity, first_name=user.first_name, last_name=user.last_name):
        raise NotTheSame
    if not attach(user, identity.sub):
        raise Refusal(TAKEN)


def attach(user: User, sub: str) -> bool:
    """Make the link inside the caller's transaction; return False when the identity or the account has one."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    if SocialAccount.objects.filter(user=user, provider=PROVIDER_ID).exists():
        return False
    try:
        with transaction.atomic():
            SocialAccount.objects.create(user=user, provider=PROVIDER_ID, uid=sub, extra_data={})
    except IntegrityError:  # the same identity, linked to another account meanwhile
        return False
    return True


@transaction.atomic(durable=True)
def unlink(*, user: User) -> None:
    """Undo the link of an account; its password goes on opening it. Raises Refusal when it has no password."""
    if not user.has_usable_password():
        raise Refusal("Choisissez d’abord un mot de passe : sans lui, vous ne pourriez plus vous connecter.")
    SocialAccount.objects.filter(user=user, provider=PROVIDER_ID).delete()


def note_mismatch(*, about: str, expected: str, identity: Identity, at: datetime) -> None:
    """Leave the trace that an agent reads: whose file, the names that it holds, the names that FranceConnect gave."""
    IdentityMismatch.objects.create(about=about[:120], expected=expected[:160], given=identity.shown[:200], seen_at=at)


def purge_mismatches(at: datetime, dry_run: bool) -> int:
    """Delete the traces that are past their time; return how many there are."""
    return delete_in_batches(IdentityMismatch.objects.filter(seen_at__lt=limit("identites", at)), dry_run)
