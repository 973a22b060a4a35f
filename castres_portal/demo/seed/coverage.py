"""Who pays besides the households: the CCAS, half of the canteen of some children; Marc Bernard, a part of his son’s canteen."""

from datetime import date, time, timedelta
from decimal import Decimal

from accounts.models import User
from billing.models import Coverage, PayingBody
from billing.services.coverage import Decided, add_coverage, add_paying_body
from castres_portal.demo.accounts import AGENT, BERNARD, DURAND, PARENTS, PETIT
from castres_portal.demo.seed.agenda import Agenda, at_hour
from castres_portal.demo.seed.ground import CANTEEN
from families.models import Family, Guardian
from reservations.models import Activity, Enrolment

CCAS = "CCAS de Castres (démonstration)"
HELPED = 4  # households besides the named one


def add_payers(agenda: Agenda) -> None:
    """Write down what was decided before the first month that is invoiced."""
    if not agenda.cast_billed:
        return
    first = agenda.cast_billed[0]
    at = at_hour(first - timedelta(days=12), time(10, 20))
    agent = User.objects.get(email=AGENT.email)
    body = _open_ccas(agenda)
    canteen = Activity.objects.get(slug=CANTEEN)
    named = [DURAND.email]
    others = Guardian.objects.filter(pays=True).exclude(user__email__in=[account.email for account in PARENTS])
    families = [
        *Family.objects.filter(guardians__user__email__in=named, guardians__pays=True),
        *Family.objects.filter(pk__in=others.order_by("family_id").values("family")[:HELPED]),
    ]
    for rank, family in enumerate(families):
        decided = _decided(Decimal(50), Decimal(40), first, f"{first.year}-{110 + rank}", at.date(), canteen)
        _cover(family, body.family, decided, agent, agenda)
    _cover_by_the_father(first, canteen, agent, agenda)


def _open_ccas(agenda: Agenda) -> PayingBody:
    body = add_paying_body(
        name=CCAS,
        kind=PayingBody.Kind.CCAS,
        names_children=True,
        street="16 rue Émile-Zola",
        street_more="",
        postcode="81100",
        city="Castres",
        title="Madame",
        first_name="Anne",
        last_name="Cambon",
        email="ccas@demo.example.org",
        phone="",
        at=at_hour(agenda.cast_billed[0] - timedelta(days=40), time(9, 30)),
    )
    Family.objects.filter(pk=body.pk).update(is_demo=True)
    return body


def _cover_by_the_father(first: date, canteen: Activity, agent: User, agenda: Agenda) -> None:
    """A judgment: the father pays four tenths of the canteen on the mother's weeks."""
    father = Family.objects.filter(guardians__user__email=BERNARD.email).first()
    mother = Family.objects.filter(guardians__user__email=PETIT.email).first()
    if father and mother:
        decided = _decided(Decimal(40), None, first, "25/00412 (jugement)", first - timedelta(days=60), canteen)
        _cover(mother, father, decided, agent, agenda)


def _decided(
    percent: Decimal, ceiling: Decimal | None, first: date, decision: str, decided_on: date, activity: Activity
) -> Decided:
    return Decided(percent, ceiling, first, None, decision, decided_on, activity)


def _cover(family: Family, payer: Family, decided: Decided, agent: User, agenda: Agenda) -> Coverage | None:
    enrolled = Enrolment.objects.filter(family=family, activity=decided.activity).order_by("child")
    enrolment = enrolled.select_related("child").first()
    if enrolment is None:
        return None
    at = at_hour(agenda.cast_billed[0] - timedelta(days=12), time(10, 20))
    return add_coverage(family=family, child=enrolment.child, payer=payer, decided=decided, by=agent, at=at)
