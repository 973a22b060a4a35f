"""The small cast that everyone knows. All of them are fictional.

The Martins (Claire and Paul, two children), the Durands who must see nothing of the Martins, Anne Petit and Hugo Bernard who
are separated and share Zoé by alternate weeks, an agent, a cook, a régisseur.
"""

from dataclasses import dataclass
from datetime import date

from accounts import roles
from accounts.models import User
from accounts.tests.factories import UserFactory
from billing.models import Invoice
from billing.tests.factories import TariffFactory, issue
from families.models import Child, Family, Guardian
from families.tests.factories import ChildFactory, CustodyFactory, FamilyFactory, GuardianFactory, QuotientRecordFactory
from reservations.tests.factories import AbsenceRuleFactory, BookingFactory, EnrolmentFactory

OCTOBER_DAYS = (date(2026, 10, 5), date(2026, 10, 6), date(2026, 10, 8))


@dataclass
class Cast:
    """Everybody, and what they own."""

    martin: Family
    durand: Family
    petit: Family
    bernard: Family
    claire: User
    paul: User
    lucie: User
    anne: User
    hugo: User
    agent: User
    cook: User
    regisseur: User
    leo: Child
    zoe: Child
    invoice: Invoice
    petit_invoice: Invoice


def assemble() -> Cast:
    """Make the cast; October 2026 is invoiced."""
    TariffFactory()
    AbsenceRuleFactory()
    martin, durand = _household("Martin"), _household("Durand")
    petit, bernard = _household("Petit"), _household("Bernard")
    paul = GuardianFactory(family=martin, other_parent=True, with_space=True, last_name="Martin")
    leo = ChildFactory(first_name="Léo", last_name="Martin", at_home=martin)
    ChildFactory(first_name="Lina", last_name="Martin", at_home=martin)
    zoe = ChildFactory(first_name="Zoé", last_name="Bernard")
    CustodyFactory(child=zoe, family=petit, odd_weeks=True)
    CustodyFactory(child=zoe, family=bernard, even_weeks=True)
    for family, child in ((martin, leo), (petit, zoe), (bernard, zoe)):
        enrolment = EnrolmentFactory(child=child, family=family)
        if family != bernard:
            for day in OCTOBER_DAYS:
                BookingFactory(enrolment=enrolment, day=day)
    issue()
    return Cast(
        martin=martin,
        durand=durand,
        petit=petit,
        bernard=bernard,
        claire=_payer(martin),
        paul=paul.user,
        lucie=_payer(durand),
        anne=_payer(petit),
        hugo=_payer(bernard),
        agent=UserFactory(agent=True, role=roles.AGENTS),
        cook=UserFactory(agent=True, role=roles.CUISINE),
        regisseur=UserFactory(agent=True, role=roles.REGISSEURS),
        leo=leo,
        zoe=zoe,
        invoice=Invoice.objects.get(family=martin),
        petit_invoice=Invoice.objects.get(family=petit),
    )


def _household(name: str) -> Family:
    family = FamilyFactory(name=name)
    GuardianFactory(family=family, with_space=True, last_name=name)
    QuotientRecordFactory(family=family)
    return family


def _payer(family: Family) -> User:
    user = Guardian.objects.get(family=family, pays=True).user
    assert user is not None
    return user
