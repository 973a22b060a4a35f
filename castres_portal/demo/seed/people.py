"""Writing accounts, households and children, in bulk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group as Role

from accounts.models import User
from castres_portal.demo.accounts import AGENT, PASSWORD, REGISSEUR, STAFF
from castres_portal.demo.seed.agenda import Agenda, at_hour
from castres_portal.demo.seed.households import LEVELS, Group, Home, Kid, Parent
from castres_portal.demo.seed.progress import Progress
from castres_portal.demo.seed.rows import write
from families.models import Child, Custody, Family, Guardian, QuotientRecord, School
from families.services.files import next_family_numbers

SERIES_OF_FICTION = "06 39 98"  # numbers that ARCEP keeps for fiction
DEMO_ADDRESS = "Adresse de démonstration"


@dataclass
class People:
    """What was written, found again from what was drawn."""

    family: dict[Home, Family]
    payer: dict[Home, Guardian]
    account: dict[Home, User | None]
    child: dict[Kid, Child]
    agent: User
    regisseur: User


def password_digest() -> str:
    """Return the digest of everybody's password: made once, since its slowness is its virtue."""
    return make_password(PASSWORD)


def write_staff(agenda: Agenda, digest: str) -> dict[str, User]:
    """Create the agents with their roles and their second factor; return them by address."""
    staff = {}
    for account in STAFF:
        user = User.objects.create(
            email=account.email,
            password=digest,
            title=account.title,
            first_name=account.first_name,
            last_name=account.last_name,
            is_staff=True,
            date_joined=at_hour(agenda.today - timedelta(days=640), time(9)),
            signed_in_at=at_hour(agenda.today - timedelta(days=1), time(8, 34)),
        )
        for role in (account.role, *account.more_roles):
            user.groups.add(Role.objects.get_or_create(name=role)[0])
        EmailAddress.objects.create(user=user, email=account.email, verified=True, primary=True)
        TOTP.activate(user, generate_totp_secret())
        staff[account.email] = user
    at = at_hour(agenda.today - timedelta(days=640), time(9))
    Authenticator.objects.filter(user__in=staff.values()).update(created_at=at)
    return staff


def write_people(groups: Sequence[Group], *, agenda: Agenda, progress: Progress) -> People:
    """Create the agents, and the households with their accounts, quotients, children and residences."""
    digest = password_digest()
    staff = write_staff(agenda, digest)
    homes = [home for group in groups for home in group.homes]
    kids = [kid for group in groups for kid in group.kids]
    with progress.phase("Familles", len(homes) + len(kids)) as bar:
        families = _write_families(homes, agenda)
        users = _write_users(homes, digest, agenda)
        guardians = _write_guardians(homes, families, users, agenda)
        _write_quotients(homes, families)
        bar.update(len(homes))
        children = _write_children(kids)
        _write_custody(kids, children, families, agenda)
        bar.update(len(kids))
    return People(
        family=families,
        payer={home: guardians[id(home.payer)] for home in homes},
        account={home: users.get(home.payer.account) for home in homes},
        child=children,
        agent=staff[AGENT.email],
        regisseur=staff[REGISSEUR.email],
    )


def _write_families(homes: list[Home], agenda: Agenda) -> dict[Home, Family]:
    numbers = next_family_numbers(len(homes))
    rows = [
        Family(
            number=number,
            name=home.name,
            street=home.street,
            street_more=DEMO_ADDRESS,
            postcode="81100",
            is_demo=True,
        )
        for number, home in zip(numbers, homes, strict=True)
    ]
    write(Family, rows)
    Family.objects.filter(is_demo=True).update(created_at=at_hour(agenda.today - timedelta(days=620), time(10)))
    return dict(zip(homes, rows, strict=True))


def _write_users(homes: list[Home], digest: str, agenda: Agenda) -> dict[str, User]:
    parents = {parent.account: (home, parent) for home in homes for parent in home.parents if parent.account}
    users = [_user(home, parent, digest, agenda) for home, parent in parents.values()]
    write(User, users)
    write(EmailAddress, [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users])
    return {user.email: user for user in users}


def _user(home: Home, parent: Parent, digest: str, agenda: Agenda) -> User:
    return User(
        email=parent.account,
        password=digest,
        title=parent.title,
        first_name=parent.first_name,
        last_name=parent.last_name,
        date_joined=at_hour(agenda.today - timedelta(days=600), time(18)),
        signed_in_at=at_hour(agenda.today - timedelta(days=1 + home.habit % 6), time(12, 6)),
    )


def _write_guardians(
    homes: list[Home], families: dict[Home, Family], users: dict[str, User], agenda: Agenda
) -> dict[int, Guardian]:
    parents = [(home, parent) for home in homes for parent in home.parents]
    attached_at = at_hour(agenda.today - timedelta(days=600), time(18))
    rows = [
        Guardian(
            family=families[home],
            user=users.get(parent.account),
            title=parent.title,
            first_name=parent.first_name,
            last_name=parent.last_name,
            email=parent.account or parent.email,
            phone=f"{SERIES_OF_FICTION} {rank // 100 % 100:02d} {rank % 100:02d}",
            pays=parent.pays,
            attached_at=attached_at if parent.account else None,
        )
        for rank, (home, parent) in enumerate(parents)
    ]
    write(Guardian, rows)
    return {id(parent): row for (_, parent), row in zip(parents, rows, strict=True)}


def _write_quotients(homes: list[Home], families: dict[Home, Family]) -> None:
    rows = [
        QuotientRecord(
            family=families[home],
            value=quotient.value,
            month=quotient.starts_on,
            source=QuotientRecord.Source.DEMO,
            starts_on=quotient.starts_on,
            ends_on=quotient.ends_on,
        )
        for home in homes
        for quotient in home.quotients
    ]
    write(QuotientRecord, rows)


def _write_children(kids: list[Kid]) -> dict[Kid, Child]:
    schools = {school.uai: school for school in School.objects.all()}
    rows = [
        Child(
            first_name=kid.first_name,
            last_name=kid.last_name,
            birth_date=kid.birth_date,
            school=schools[kid.sector.school(kid.level)],
            level=LEVELS[kid.level],
            class_name=kid.class_name,
        )
        for kid in kids
    ]
    write(Child, rows)
    return dict(zip(kids, rows, strict=True))


def _write_custody(kids: list[Kid], children: dict[Kid, Child], families: dict[Home, Family], agenda: Agenda) -> None:
    autumn = agenda.present_year.starts_on.year
    keys = [(kid, stay) for kid in kids for stay in kid.stays]
    rows = [
        Custody(
            child=children[kid],
            family=families[stay.home],
            rhythm=stay.rhythm,
            first_monday=stay.first_monday,
            starts_on=kid.birth_date if len(kid.stays) == 1 else date(autumn - 1, 1, 1),
        )
        for kid, stay in keys
    ]
    write(Custody, rows)
