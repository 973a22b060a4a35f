"""What the named households changed, or asked to change, in their own file: in every state."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from accounts.models import User
from castres_portal.demo.accounts import AGENT, BERNARD, DURAND, MARTIN, PETIT, Account
from castres_portal.demo.seed.agenda import at_hour
from families.models import ChangeProposal, Child, Guardian, School
from families.rules.situation import Change, fingerprint
from families.rules.weeks import coming_weeks, monday_of
from families.services.requests import accept_request, refuse_request, take_in_charge, write_message
from families.services.situation.exchanges import answer_exchange, propose_exchange
from families.services.situation.people import add_authorised_adult, save_contact
from families.services.situation.proposing import propose_change
from families.services.situation.snapshots import take_snapshot

OTHER_SCHOOL = "0811192F"


def add_situations(today: date) -> None:
    """Add the examples of « Ma famille »."""
    agent = User.objects.get(email=AGENT.email)
    claire, paul, marc = _guardian(MARTIN), _guardian(DURAND), _guardian(BERNARD)
    _birth_waiting(paul, today)
    _school_refused(paul, agent, today)
    _move_accepted(marc, agent, today)
    _separation_in_progress(claire, agent, today)
    _exchanges(_guardian(PETIT), marc, today)
    _who_collects(claire, agent, today)
    _whom_to_call(claire)


def _guardian(account: Account) -> Guardian:
    guardians = Guardian.objects.select_related("family", "user").filter(user__email=account.email)
    return guardians.order_by("family__number")[0]


def _at(today: date, days: int, hour: int, minute: int = 0) -> datetime:
    return at_hour(today - timedelta(days=days), time(hour, minute))


def _uuid(name: str) -> UUID:
    """Same arguments, same town."""
    return uuid5(NAMESPACE_URL, f"situation/{name}")


def _propose(
    guardian: Guardian,
    change: str,
    asked: Mapping[str, Any],
    at: datetime,
    *,
    child: Child | None = None,
    target: Guardian | None = None,
) -> ChangeProposal:
    family = guardian.family
    return propose_change(
        change=change,
        family=family,
        guardian=guardian,
        user=guardian.user,
        asked=asked,
        shown=fingerprint(take_snapshot(change, family=family, child=child, guardian=target)),
        submission=_uuid(f"{family.number}/{change}"),
        at=at,
        child=child,
        target=target,
    )


def _birth_waiting(guardian: Guardian, today: date) -> None:
    born = today - timedelta(days=9)
    asked = {"first_name": "Alma", "last_name": guardian.last_name, "birth_date": born.isoformat()}
    _propose(guardian, Change.BIRTH, asked, _at(today, 2, 21, 14))


def _school_refused(guardian: Guardian, agent: User, today: date) -> None:
    child = guardian.family.children.get(first_name="Hugo")
    school = School.objects.get(uai=OTHER_SCHOOL)
    asked = {
        "school": {"id": school.pk, "label": str(school)},
        "level": child.level,
        "starts_on": (today - timedelta(days=20)).isoformat(),
        "reason": "Plus près du travail de son père.",
    }
    proposal = _propose(guardian, Change.SCHOOL, asked, _at(today, 30, 20, 40), child=child)
    words = (
        "Une dérogation de secteur se demande au service Éducation, avant le 30 avril pour la rentrée suivante. Hugo reste "
        "dans son école cette année."
    )
    refuse_request(request=proposal.request, by=agent, words=words, at=_at(today, 27, 10, 20))


def _move_accepted(guardian: Guardian, agent: User, today: date) -> None:
    asked = {
        "street": "18 rue de l’Hôtel de Ville",
        "street_more": "Adresse de démonstration",
        "postcode": "81100",
        "city": "Castres",
    }
    proposal = _propose(guardian, Change.ADDRESS, asked, _at(today, 45, 19, 5))
    if proposal.request.is_open:
        words = "Justificatif lu à l’accueil."
        accept_request(request=proposal.request, by=agent, words=words, at=_at(today, 43, 9, 30))


def _separation_in_progress(guardian: Guardian, agent: User, today: date) -> None:
    leaver = guardian.family.guardians.exclude(pk=guardian.pk)[0]
    asked = {
        "leaver": {"id": leaver.pk, "label": str(leaver)},
        "starts_on": monday_of(today + timedelta(days=28)).isoformat(),
        "rhythm": "impaire",
        "first_monday": None,
        "street": "",
        "street_more": "",
        "postcode": "",
        "city": "",
        "reason": "Nous nous séparons à l’amiable ; les semaines sont convenues entre nous.",
    }
    proposal = _propose(guardian, Change.SEPARATION, asked, _at(today, 5, 22, 3), target=leaver)
    take_in_charge(request=proposal.request, by=agent, at=_at(today, 4, 9, 10))
    question = (
        f"Bonjour, pouvez-vous nous indiquer la nouvelle adresse de {leaver}, et joindre un accord écrit de vous deux sur "
        "les semaines des enfants ?"
    )
    write_message(
        request=proposal.request,
        body=question,
        submission=_uuid("question"),
        at=_at(today, 4, 9, 25),
        agent=agent,
        expects_answer=True,
    )


def _exchanges(mother: Guardian, father: Guardian, today: date) -> None:
    """Two exchanges for Jules: a week-end that his father accepted, whole weeks that wait for his answer."""
    jules = mother.family.children.get(first_name="Jules")
    weeks = coming_weeks(mother.family_id, list(jules.custodies.all()), [], today, count=14)
    mine = [week for week in weeks[2:] if week.place == "here"]
    theirs = [week for week in weeks[2:] if week.place == "there"]

    def propose(name: str, guardian: Guardian, at: datetime, **periods: Any) -> Any:
        return propose_exchange(
            family=guardian.family,
            guardian=guardian,
            user=guardian.user,
            child=jules,
            submission=_uuid(name),
            at=at,
            gives=periods.get("gives"),
            takes=periods.get("takes"),
        )

    weekend = (mine[0].sunday - timedelta(days=1), mine[0].sunday)
    agreed = propose("week-end", mother, _at(today, 6, 18, 30), gives=weekend)
    answer_exchange(exchange=agreed, guardian=father, user=father.user, agreed=True, at=_at(today, 5, 8, 15))
    gives = (mine[-1].monday, mine[-1].sunday)
    takes = (theirs[-1].monday, theirs[-1].sunday)
    propose("semaines", mother, _at(today, 1, 20, 45), gives=gives, takes=takes)


def _who_collects(guardian: Guardian, agent: User, today: date) -> None:
    family = guardian.family
    children = list(family.children.order_by("birth_date"))
    people = (("Odile", "Roques", "06 39 98 12 01", "grand-mère"), ("Sami", "Haddad", "06 39 98 12 02", "voisin"))
    for first, last, phone, link in people:
        add_authorised_adult(
            family=family,
            guardian=guardian,
            first_name=first,
            last_name=last,
            phone=phone,
            link=link,
            children=children,
            starts_on=today - timedelta(days=80),
            ends_on=None,
            submission=_uuid(first),
            at=_at(today, 80, 12, 20),
        )
    asked = {
        "name": {"first_name": "Denis", "last_name": "Fabre", "label": "Denis FABRE"},
        "link": "oncle",
        "children": [{"id": child.pk, "label": child.full_name} for child in children],
        "starts_on": (today - timedelta(days=60)).isoformat(),
        "ends_on": None,
        "judgment": "Ordonnance du tribunal judiciaire de Castres (démonstration)",
    }
    proposal = _propose(guardian, Change.BAN, asked, _at(today, 62, 11, 0))
    accept_request(request=proposal.request, by=agent, words="Ordonnance lue.", at=_at(today, 60, 14, 0))


def _whom_to_call(guardian: Guardian) -> None:
    people = (("Odile", "Roques", "06 39 98 12 01", "grand-mère"), ("Inès", "Cazals", "06 39 98 12 03", "amie"))
    for first, last, phone, link in people:
        save_contact(
            family=guardian.family,
            contact=None,
            first_name=first,
            last_name=last,
            phone=phone,
            link=link,
            child=None,
            submission=_uuid(f"appeler/{first}"),
        )
