"""Filling an empty database with the demonstration town."""

from datetime import date, time, timedelta

from django.db import transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.demo.accounts import REGISSEUR, OpenCode, keep_codes
from castres_portal.demo.seed.agenda import Agenda, at_hour
from castres_portal.demo.seed.bookings import limit_places, write_bookings
from castres_portal.demo.seed.cast import CAST_HOMES, LEROY, ROUX, cast_groups
from castres_portal.demo.seed.corrections import correct_past_invoices
from castres_portal.demo.seed.coverage import add_payers
from castres_portal.demo.seed.debits import take_debits
from castres_portal.demo.seed.diary import Diary
from castres_portal.demo.seed.examples import EXAMPLES
from castres_portal.demo.seed.ground import fill_ground
from castres_portal.demo.seed.households import Group, draw_groups
from castres_portal.demo.seed.money import issue_past_invoices, mark_announced, settle_accounts
from castres_portal.demo.seed.paperwork import write_paperwork
from castres_portal.demo.seed.people import People, write_people
from castres_portal.demo.seed.progress import Progress
from castres_portal.demo.seed.regie import keep_the_till
from castres_portal.demo.seed.unpaid import chase_unpaid
from castres_portal.demo.seed.uses import write_uses
from families.models import ActivationCode, Family
from families.rules import codes
from families.services.activation import new_code
from reservations.queries.planning import school_calendar

# A large town has a shorter history: its invoices are what takes time.
SMALL_TOWN = 1000
MONTHS_BILLED_SMALL, MONTHS_BILLED_LARGE = 12, 2


class AlreadyFilled(Refusal):
    """The database holds families: nothing is added to them."""


def fill_town(*, families: int, today: date, seed: int, progress: Progress, months: int = 0) -> None:
    """Fill an empty database; ``families`` counts the named households, which are always there.

    ``months`` are those that were billed: unless told, a whole year, and fewer for a large town. Same arguments, same town:
    secrets (second factors, activation codes) aside. Raises AlreadyFilled.
    """
    if Family.objects.exists():
        raise AlreadyFilled(
            "La base contient déjà des familles : rien n’a été ajouté. « make demo-reset » repart de zéro."
        )
    months = months or (MONTHS_BILLED_SMALL if families <= SMALL_TOWN else MONTHS_BILLED_LARGE)
    agenda = _write_town(families, today, seed, months, progress)
    regisseur = User.objects.get(email=REGISSEUR.email)
    add_payers(agenda)
    write_uses(agenda)
    issue_past_invoices(agenda, by=regisseur, progress=progress)
    correct_past_invoices(agenda, by=regisseur)
    take_debits(agenda, by=regisseur)
    late = settle_accounts(agenda, seed=seed, regisseur=regisseur, progress=progress)
    chase_unpaid(agenda, late, by=regisseur)
    keep_the_till(agenda, by=regisseur)
    mark_announced(agenda)
    for add_examples in EXAMPLES:
        add_examples(today)


@transaction.atomic
def _write_town(families: int, today: date, seed: int, months: int, progress: Progress) -> Agenda:
    canteen = fill_ground(today)
    agenda = Agenda(today, school_calendar(), months_billed=months)
    autumn = agenda.present_year.starts_on.year
    groups = [*cast_groups(autumn), *draw_groups(max(0, families - CAST_HOMES), seed=seed, autumn=autumn)]
    people = write_people(groups, agenda=agenda, progress=progress)
    diary = Diary(agenda, frozenset(canteen.sites.values_list("school__uai", flat=True)))
    joinings = list(diary.joinings(groups))
    paperwork = write_paperwork(joinings, diary=diary, people=people, canteen=canteen, progress=progress)
    write_bookings(joinings, diary=diary, people=people, paperwork=paperwork, progress=progress)
    limit_places(canteen, agenda)
    _give_codes(groups, people, agenda)
    return agenda


def _give_codes(groups: list[Group], people: People, agenda: Agenda) -> None:
    """Give two codes that nobody has used: a first account, and a second household for an account that exists."""
    purposes = {
        LEROY: "Ouvrir un espace : « Activer mon espace » sur la page d’accueil",
        ROUX: "Rattacher un second foyer au compte de Claire Martin (son neveu, dont elle est la tutrice)",
    }
    at = at_hour(agenda.today - timedelta(days=3), time(10))
    kept = []
    for group in groups:
        home, kid = group.homes[0], group.kids[0]
        if home.key not in purposes:
            continue
        guardian = people.payer[home]
        code = new_code(guardian=guardian, by=people.agent, channel=ActivationCode.Channel.LETTER, at=at)
        kept.append(
            OpenCode(
                who=f"{guardian} (famille {home.name})",
                code=codes.written(code.clear),
                birth_date=f"{kid.birth_date:%d/%m/%Y}",
                purpose=purposes[home.key],
            )
        )
    keep_codes(kept)
