"""The households that everybody tries, the same whatever the seed."""

from datetime import date

from castres_portal.demo import accounts
from castres_portal.demo.accounts import Account
from castres_portal.demo.seed.households import (
    CENTRE,
    LAMBERT,
    LEVELS,
    VILLEGOUDOU,
    Group,
    Home,
    Kid,
    Parent,
    Quotient,
    Rhythm,
    Sector,
    Stay,
)

CAST_HOMES = 6
LEROY, ROUX = "leroy", "roux"
JOINS_ON = (6, 10)  # enrolled for the next year before the days of the present one run out


def cast_groups(autumn: int) -> list[Group]:
    """Return the named households; ``autumn`` is the calendar year in which the present school year begins."""
    return [_martin(autumn), _petit_bernard(autumn), _durand(autumn), _leroy(autumn), _roux(autumn)]


def _martin(autumn: int) -> Group:
    julien = Parent("Monsieur", "Julien", "Martin")
    before, after = date(autumn - 1, 1, 1), date(autumn, 1, 1)
    home = _home(
        "Martin",
        "12 rue Gambetta",
        [_payer(accounts.MARTIN), julien],
        [Quotient(872, before, date(autumn - 1, 12, 31)), Quotient(845, after)],
        key=accounts.MARTIN.email,
    )
    stays = [Stay(home)]
    return Group(
        [home],
        [
            _kid("Léa", "Martin", "CE2", (3, 14), CENTRE, stays, autumn, (0, 1, 3)),
            _kid("Tom", "Martin", "MS", (11, 2), CENTRE, stays, autumn, (0, 1, 3)),
        ],
    )


def _petit_bernard(autumn: int) -> Group:
    mother = _home(
        "Petit",
        "3 rue Villegoudou",
        [_payer(accounts.PETIT)],
        [Quotient(486, date(autumn - 1, 1, 1))],
        key=accounts.PETIT.email,
    )
    # No quotient known: the highest band applies and the invoice says so.
    father = _home("Bernard", "41 avenue d’Albi", [_payer(accounts.BERNARD)], [], key=accounts.BERNARD.email)
    stays = [Stay(mother, Rhythm.ODD), Stay(father, Rhythm.EVEN)]
    return Group(
        [mother, father],
        [
            _kid("Jules", "Bernard", "CM1", (5, 23), VILLEGOUDOU, stays, autumn, (0, 1, 3, 4)),
            _kid("Inès", "Bernard", "GS", (9, 9), VILLEGOUDOU, stays, autumn, (0, 1, 3, 4)),
        ],
    )


def _durand(autumn: int) -> Group:
    home = _home(
        "Durand",
        "20 chemin de Lambert",
        [_payer(accounts.DURAND)],
        [Quotient(1650, date(autumn - 1, 1, 1))],
        key=accounts.DURAND.email,
    )
    stays = [Stay(home)]
    return Group(
        [home],
        [
            _kid("Hugo", "Durand", "CE1", (2, 8), LAMBERT, stays, autumn, (0, 3, 4)),
            _kid("Zoé", "Durand", "MS", (7, 30), LAMBERT, stays, autumn, ()),
        ],
    )


def _leroy(autumn: int) -> Group:
    nadia = Parent("Madame", "Nadia", "Leroy", pays=True, email="leroy@demo.example.org")
    home = _home("Leroy", "8 rue Émile Zola", [nadia], [Quotient(640, date(autumn - 1, 1, 1))], key=LEROY)
    stays = [Stay(home)]
    return Group(
        [home],
        [
            _kid("Adam", "Leroy", "CE1", (4, 17), CENTRE, stays, autumn, ()),
            _kid("Lina", "Leroy", "MS", (12, 5), CENTRE, stays, autumn, ()),
        ],
    )


def _roux(autumn: int) -> Group:
    """A nephew of Claire Martin, whose guardian she is: a second household to attach to her account."""
    claire = accounts.MARTIN
    guardian = Parent(claire.title, claire.first_name, claire.last_name, pays=True)
    home = _home("Roux", "12 rue Gambetta", [guardian], [Quotient(310, date(autumn - 1, 1, 1))], key=ROUX)
    return Group([home], [_kid("Noé", "Roux", "CM1", (1, 19), CENTRE, [Stay(home)], autumn, ())])


def _payer(account: Account) -> Parent:
    return Parent(account.title, account.first_name, account.last_name, account=account.email, pays=True)


def _home(name: str, street: str, parents: list[Parent], quotients: list[Quotient], *, key: str) -> Home:
    return Home(name, street, parents, quotients, habit=6, keeps_receipts=True, key=key)


def _kid(
    first_name: str,
    surname: str,
    level: str,
    born: tuple[int, int],
    sector: Sector,
    stays: list[Stay],
    autumn: int,
    weekdays: tuple[int, ...],
) -> Kid:
    rank = LEVELS.index(level)
    birth = date(autumn - 3 - rank, *born)
    return Kid(first_name, surname, birth, rank, sector, stays, weekdays, class_name=f"{level} A", joins_on=JOINS_ON)
