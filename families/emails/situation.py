"""The mails about a family’s file: what changes for a child is told to each of her parents, an address to its household only."""

from django.conf import settings
from django.urls import reverse

from castres_portal.base.mail import Letter, queue_mails
from families.models import ChangeProposal, Child, Guardian, WeekExchange
from families.queries.households import mail_recipients, mail_recipients_of_child
from families.rules.situation import OF_THE_CHILD, Change, rows

RESIDENCE = frozenset({Change.CUSTODY, Change.CHILD_LEAVES})


def _page(name: str, *args: object) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"


def _others(people: list[Guardian], but: Guardian | None) -> list[Guardian]:
    """Leave out who asked: the acknowledgement and the answer go to her already."""
    if but is None:
        return people
    return [person for person in people if person.pk != but.pk and person.mail_address != but.mail_address]


def tell_other_parents_of_proposal(proposal: ChangeProposal) -> None:
    """Tell a child's other parents, in any household, that a change of what is hers was asked."""
    _tell_of_child(proposal, "families/mail/child_change_asked", dict(proposal.proposed))


def tell_who_is_concerned(proposal: ChangeProposal) -> None:
    """Tell of a change that an agent accepted: the child's parents, or the household, but for who asked."""
    if proposal.change in OF_THE_CHILD:
        _tell_of_child(proposal, "families/mail/child_changed", dict(proposal.decided or proposal.proposed))
    elif proposal.change in RESIDENCE and proposal.child:
        queue_mails(
            Letter("families/mail/residence_changed", person.mail_address, _residence(person, proposal.child))
            for person in _others(mail_recipients_of_child(proposal.child), proposal.request.guardian)
        )
    elif proposal.change in (Change.ADDRESS, Change.FAMILY_LEAVES):
        tell_household_of_address(proposal)


def _residence(person: Guardian, child: Child) -> dict[str, object]:
    return {"hello": person.greeting, "child": child, "url": _page("families:custody_weeks", child.pk)}


def _tell_of_child(proposal: ChangeProposal, template: str, after: dict[str, object]) -> None:
    if proposal.child is None:
        return
    # The words of who asked stay in her household: they may speak of it.
    after.pop("reason", None)
    lines = [line for line in rows(proposal.change, proposal.before, after) if line.changed]
    queue_mails(
        Letter(
            template,
            person.mail_address,
            {
                "hello": person.greeting,
                "child": proposal.child,
                "lines": lines,
                "url": _page("families:household"),
            },
        )
        for person in _others(mail_recipients_of_child(proposal.child), proposal.request.guardian)
    )


def tell_household_of_address(proposal: ChangeProposal) -> None:
    """Tell the other guardians of a household that its address has changed, and who asked."""
    asked = proposal.request
    assert asked.family is not None  # a change is never asked by a stranger
    queue_mails(
        Letter(
            "families/mail/address_changed",
            person.mail_address,
            {
                "hello": person.greeting,
                "asked": asked,
                "lines": rows(proposal.change, proposal.before, proposal.decided or proposal.proposed),
                "url": _page("families:coordinates"),
            },
        )
        for person in _others(mail_recipients(asked.family), asked.guardian)
    )


def tell_of_exchange(exchange: WeekExchange) -> None:
    """Ask the other household of a child whether it agrees to exchange days: first name and days, nothing else."""
    _to_other_household("families/mail/exchange_asked", exchange)


def tell_exchange_answered(exchange: WeekExchange, *, agreed: bool) -> None:
    """Tell who proposed an exchange what the other household answered, and confirm to that one what it has agreed to."""
    who = exchange.request.guardian
    if who and who.mail_address:
        url = _page("families:request", exchange.request.number)
        queue_mails([_exchange_letter("families/mail/exchange_answered", who, exchange, url, agreed=agreed)])
    if agreed:
        tell_exchange_agreed(exchange)


def tell_exchange_agreed(exchange: WeekExchange) -> None:
    """Confirm to the other household of a child the days that are now exchanged."""
    _to_other_household("families/mail/exchange_agreed", exchange)


def tell_exchange_dropped(exchange: WeekExchange, *, withdrawn: bool) -> None:
    """Tell the other household that a proposal was taken back, or refused by an agent: nothing changes, no reason is given."""
    _to_other_household("families/mail/exchange_dropped", exchange, withdrawn=withdrawn)


def _to_other_household(template: str, exchange: WeekExchange, **facts: bool) -> None:
    url = _page("families:exchange", exchange.pk)
    queue_mails(
        _exchange_letter(template, person, exchange, url, **facts) for person in mail_recipients(exchange.other_family)
    )


def _exchange_letter(template: str, person: Guardian, exchange: WeekExchange, url: str, **facts: bool) -> Letter:
    context = {"hello": person.greeting, "exchange": exchange, "url": url, **facts}
    return Letter(template, person.mail_address, context)
