"""Writing a change into the family’s file: what an agent accepted, or what needs no agent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import of_name
from families import child_changes
from families.emails import situation as emails
from families.models import (
    AuthorisedAdult,
    ChangeProposal,
    Child,
    Custody,
    CustodyException,
    Family,
    FamilyRequest,
    Guardian,
    School,
)
from families.rules.situation import (
    ADDRESS,
    CHILD_NAME,
    COORDINATES,
    DEFERRED,
    OTHER_RHYTHM,
    Change,
    drift,
    drift_words,
    name_key,
)
from families.services.custody import refuse_two_homes
from families.services.files import next_family_numbers
from families.services.requests.deciding import add_step
from families.services.situation.snapshots import stays_on_or_after, take_snapshot

NOT_ON_ITS_DAY = "Le changement n’a pas pu être fait au jour prévu : le service reprend votre demande."
MOVE = "suivent"  # the agent's choice for enrolments when a child changes school


@dataclass(frozen=True)
class Deed:
    """A change about to be written: what was proposed, what was decided, by whom and when."""

    proposal: ChangeProposal
    answers: Mapping[str, Any]
    by: User | None
    at: datetime

    @property
    def family(self) -> Family:
        """The household that asked."""
        family = self.proposal.request.family
        assert family is not None  # a change is never asked by a stranger
        return family

    @property
    def child(self) -> Child:
        """The child concerned; raises Refusal when the file has lost her."""
        if self.proposal.child is None:
            raise Refusal("L’enfant concerné n’est plus dans les dossiers.")
        return self.proposal.child

    def day(self, key: str) -> date:
        """Return a day of the answers, or today's."""
        text = self.answers.get(key)
        return date.fromisoformat(str(text)) if text else self.at.date()

    def text(self, key: str) -> str:
        """Return a text of the answers."""
        return str(self.answers.get(key) or "")

    def maybe_day(self, key: str) -> date | None:
        """Return a day of the answers, if there is one."""
        text = self.answers.get(key)
        return date.fromisoformat(str(text)) if text else None


def accept_change(proposal: ChangeProposal, answers: Mapping[str, Any], *, by: User | None, at: datetime) -> None:
    """Write what an agent accepted, part of the decision's transaction; a change to come waits for its day.

    ``answers`` are what the agent may have put right, with ``despite`` when she saw that the file has changed since.
    Raises Refusal when the file is no longer as it was when the family asked, or when the change cannot be made.
    """
    answers = dict(answers)
    despite = answers.pop("despite", False)
    final = {**proposal.proposed, **answers}
    family = Family.objects.select_for_update(of=("self",), no_key=True).get(requests=proposal.request)
    if proposal.child_id:
        list(Child.objects.select_for_update(of=("self",), no_key=True).filter(pk=proposal.child_id))
        proposal.child = Child.objects.select_related("school").get(pk=proposal.child_id)
    now = take_snapshot(
        proposal.change,
        family=family,
        child=proposal.child,
        guardian=Guardian.objects.get(pk=proposal.guardian_id) if proposal.guardian_id else None,
        adult=proposal.adult,
    )
    if drift(proposal.before, now) and not despite:
        raise Refusal(
            f"Le dossier a changé depuis la demande – {drift_words(proposal.before, now)}. Rien n’est enregistré. Relisez, "
            "puis cochez « Appliquer malgré le changement », ou refusez."
        )
    if "starts_on" in final:
        proposal.applies_on = date.fromisoformat(str(final["starts_on"])) if final["starts_on"] else None
    proposal.decided = final
    if proposal.change in DEFERRED and proposal.applies_on and proposal.applies_on > at.date():
        _check_deferred(Deed(proposal, final, by, at))
        proposal.save()
    else:
        write_change(proposal, final, by=by, at=at)
    emails.tell_who_is_concerned(proposal)


def _check_deferred(deed: Deed) -> None:
    """Refuse today what could not be done on its day."""
    if deed.proposal.change == Change.SCHOOL:
        _refuse_stuck_enrolments(deed)


def write_change(proposal: ChangeProposal, answers: Mapping[str, Any], *, by: User | None, at: datetime) -> None:
    """Write a change into the file now, part of the caller's transaction; keep what is left to an agent. Raises Refusal."""
    deed = Deed(proposal, answers, by, at)
    tasks = WRITERS[proposal.change](deed)
    proposal.decided = dict(answers)
    proposal.tasks = tasks
    proposal.applied_at = at
    proposal.save()
    if proposal.change == Change.ADDRESS and proposal.request.status == FamilyRequest.Status.DONE:
        emails.tell_household_of_address(proposal)


def apply_due_changes(*, at: datetime) -> int:
    """Write the accepted changes whose day has come; return how many. One that cannot be written stays, for an agent."""
    due = ChangeProposal.objects.filter(decided__isnull=False, applied_at=None, applies_on__lte=at.date())
    return sum(_apply_due(pk, at) for pk in due.order_by("pk").values_list("pk", flat=True))


@transaction.atomic(durable=True)
def _apply_due(pk: int, at: datetime) -> int:
    waiting = ChangeProposal.objects.select_for_update(of=("self",), no_key=True).select_related("request__family")
    proposal = waiting.filter(pk=pk, applied_at=None).first()
    if proposal is None or proposal.decided is None:
        return 0
    try:
        with transaction.atomic():
            write_change(proposal, proposal.decided, by=None, at=at)
    except Refusal as refusal:
        if refusal.message not in proposal.tasks:
            proposal.tasks = [*proposal.tasks, refusal.message]
            proposal.save(update_fields=["tasks"])
            _call_agents(proposal.request, at)
        return 0
    return 1


def _call_agents(request: FamilyRequest, at: datetime) -> None:
    """Put a request back among those to deal with. Why is for agents (``tasks``): it may speak of the other household."""
    request.unread_by_service = True
    request.save(update_fields=["unread_by_service"])
    add_step(request, at=at, by=None, words=NOT_ON_ITS_DAY)


# --- Children ---------------------------------------------------------------------------------------------------------


def known_children(answers: Mapping[str, Any]) -> list[Child]:
    """Return the children of any household who have this name and this birth date: for agents only."""
    wanted = name_key(str(answers.get("first_name", "")), str(answers.get("last_name", "")))
    born = Child.objects.filter(birth_date=date.fromisoformat(str(answers["birth_date"]))).order_by("pk")
    return [child for child in born if name_key(child.first_name, child.last_name) == wanted]


def _new_child(deed: Deed) -> list[str]:
    """A birth, or an arrival: the child, then where she lives."""
    known = known_children(deed.answers)
    if known and not deed.answers.get("same_child"):
        homes = ", ".join(str(family) for child in known for family in child.families.distinct()) or "sans foyer"
        raise Refusal(
            f"Un enfant du même nom, né le même jour, est déjà connu ({homes}). Si c’est lui, cochez « C’est un enfant déjà "
            "connu » : il sera rattaché à ce foyer, sans doublon."
        )
    if len(known) > 1:
        raise Refusal("Plusieurs enfants portent ce nom et cette date de naissance : rattachez-le depuis sa fiche.")
    school = _school(deed)
    child = known[0] if known else Child(**{key: deed.answers[key] for key in CHILD_NAME})
    if school and not child.school_id:
        child.school, child.level = school, deed.text("level")
    child.save()
    is_birth = deed.proposal.change == Change.BIRTH
    stay = Custody(
        child=child,
        family=deed.family,
        rhythm=Custody.Rhythm.FULL if is_birth else deed.text("rhythm") or Custody.Rhythm.FULL,
        first_monday=deed.maybe_day("first_monday"),
        starts_on=deed.day("birth_date") if is_birth else deed.day("starts_on"),
    )
    refuse_two_homes([stay])
    stay.save()
    deed.proposal.child = child
    return []


def _school(deed: Deed) -> School | None:
    chosen = deed.answers.get("school")
    return School.objects.get(pk=chosen["id"]) if chosen else None


def _identity(deed: Deed) -> list[str]:
    child = deed.child
    for key in CHILD_NAME:
        setattr(child, key, deed.answers[key])
    child.save(update_fields=list(CHILD_NAME))
    return []


def _change_school(deed: Deed) -> list[str]:
    child, school = deed.child, _school(deed)
    if school is None:
        raise Refusal("Choisissez une école.")
    moved = school.pk != child.school_id
    tasks = []
    if moved:
        on = deed.day("starts_on")
        if deed.answers.get("enrolments", MOVE) == MOVE:
            tasks = child_changes.move_school(child=child, school=school, on=on, by=deed.by, at=deed.at)
        else:
            effects = child_changes.school_effects(child=child, school=school, on=on)
            tasks = [*effects.will_do, *effects.to_review]
    child.school, child.level = school, deed.text("level")
    if moved or "class_name" in deed.answers:
        child.class_name = deed.text("class_name")
    child.save(update_fields=["school", "level", "class_name"])
    return tasks


def _refuse_stuck_enrolments(deed: Deed) -> None:
    school = _school(deed)
    if school is None or school.pk == deed.child.school_id or deed.answers.get("enrolments", MOVE) != MOVE:
        return
    effects = child_changes.school_effects(child=deed.child, school=school, on=deed.day("starts_on"))
    if effects.refusal:
        raise Refusal(effects.refusal)


# --- Residence --------------------------------------------------------------------------------------------------------


def _custody(deed: Deed) -> list[str]:
    """The new rhythm here, and the other weeks in the child's other household if she has one."""
    rhythm, first, monday = deed.text("rhythm"), deed.day("starts_on"), deed.maybe_day("first_monday")
    return share_weeks(deed.child, deed.family, rhythm, monday, first)


def share_weeks(child: Child, family: Family, rhythm: str, monday: date | None, first: date) -> list[str]:
    """End the stays of a child the day before ``first``, and write those that a household's rhythm supposes from then on.

    The child's other household gets the other weeks (none when she lives here all the time). Part of the caller's transaction;
    raises Refusal when she has several other households, or when a day would have two.
    """
    list(Child.objects.select_for_update(of=("self",), no_key=True).filter(pk=child.pk))
    present = list(stays_on_or_after(child, first).select_related("family"))
    others = {stay.family_id: stay.family for stay in present if stay.family_id != family.pk}
    if len(others) > 1:
        raise Refusal("L’enfant a plusieurs autres foyers : écrivez les résidences depuis sa fiche.")
    homes = [(family, rhythm, monday)]
    for other in others.values():
        homes.append((other, OTHER_RHYTHM[rhythm], monday + timedelta(days=7) if monday else None))
    fresh = [
        Custody(child=child, family=home, rhythm=pace, first_monday=start, starts_on=first)
        for home, pace, start in homes
        if pace != "aucune"
    ]
    _replace(present, fresh, first)
    for home, pace, _ in homes:
        if pace == "aucune":
            _forget_exchanges(child, home, first)
    if rhythm != Custody.Rhythm.FULL and not others:
        return [
            "Les autres semaines n’ont pas de foyer dans nos dossiers : l’autre parent peut en demander l’ouverture."
        ]
    return []


def _replace(present: list[Custody], fresh: list[Custody], first: date) -> None:
    ended = [stay for stay in present if stay.starts_on < first]
    dropped = [stay.pk for stay in present if stay.starts_on >= first]
    for stay in ended:
        stay.ends_on = first - timedelta(days=1)
    refuse_two_homes([*ended, *fresh], without=dropped)
    Custody.objects.filter(pk__in=dropped).delete()
    for stay in (*ended, *fresh):
        stay.save()


def _forget_exchanges(child: Child, family: Family, first: date) -> None:
    """Days promised to a household where the child no longer lives are no longer promised."""
    swaps = CustodyException.objects.filter(child=child, family=family, ends_on__gte=first)
    swaps.filter(starts_on__gte=first).delete()
    swaps.update(ends_on=first - timedelta(days=1))


def _child_leaves(deed: Deed) -> list[str]:
    child, last = deed.child, deed.day("ends_on")
    tasks = _depart(deed, child, last)
    mine = [stay for stay in stays_on_or_after(child, last) if stay.family_id == deed.family.pk]
    for stay in mine:
        if stay.starts_on > last:
            stay.delete()
        else:
            stay.ends_on = last
            stay.save(update_fields=["ends_on"])
    _forget_exchanges(child, deed.family, last + timedelta(days=1))
    if stays_on_or_after(child, last + timedelta(days=1)).exclude(rhythm=Custody.Rhythm.FULL).exists():
        tasks.append(f"{child.first_name} garde un rythme alterné dans son autre foyer : à revoir sur sa fiche.")
    return tasks


def _depart(deed: Deed, child: Child, last: date) -> list[str]:
    """End what the household has for a child after her last day there; return what is left to an agent."""
    guardian = deed.proposal.request.guardian
    return child_changes.depart(child=child, family=deed.family, after=last, by=deed.by, guardian=guardian, at=deed.at)


# --- The household ----------------------------------------------------------------------------------------------------


def _address(deed: Deed) -> list[str]:
    family = Family.objects.select_for_update(of=("self",), no_key=True).get(pk=deed.family.pk)
    for key in ADDRESS:
        setattr(family, key, deed.text(key))
    family.save(update_fields=list(ADDRESS))
    return []


def _family_leaves(deed: Deed) -> list[str]:
    tasks = []
    leaves_on = deed.day("starts_on")
    for child in deed.family.children.distinct().select_related("school"):
        tasks += _depart(deed, child, leaves_on)
        if child.school:
            tasks.append(f"École {of_name(child.first_name)} ({child.school}) : à confirmer après le départ.")
    return [*_address(deed), *tasks]


def _name(deed: Deed) -> list[str]:
    if deed.proposal.guardian_id is None:
        raise Refusal("Ce responsable n’est plus dans le dossier.")
    guardian = Guardian.objects.select_related("user").get(pk=deed.proposal.guardian_id)
    names = ("title", "first_name", "last_name")
    for key in names:
        setattr(guardian, key, deed.text(key))
    guardian.save(update_fields=list(names))
    if guardian.user:
        for key in names:
            setattr(guardian.user, key, deed.text(key))
        guardian.user.save(update_fields=list(names))
    return []


def _coordinates(deed: Deed) -> list[str]:
    if deed.proposal.guardian_id is None:
        raise Refusal("Ce responsable n’est plus dans le dossier.")
    guardian = Guardian.objects.select_for_update(of=("self",), no_key=True).get(pk=deed.proposal.guardian_id)
    for key in COORDINATES:
        setattr(guardian, key, deed.text(key))
    guardian.save(update_fields=list(COORDINATES))
    return []


def _new_guardian(deed: Deed) -> list[str]:
    first, last = deed.text("first_name"), deed.text("last_name")
    wanted = name_key(first, last)
    if any(name_key(person.first_name, person.last_name) == wanted for person in deed.family.guardians.all()):
        raise Refusal(f"{first} {last.upper()} est déjà responsable dans ce foyer.")
    guardian = Guardian.objects.create(
        family=deed.family,
        title=deed.text("title"),
        first_name=first,
        last_name=last,
        email=deed.text("email"),
        phone=deed.text("phone"),
        pays=not deed.family.guardians.exists(),
    )
    deed.proposal.guardian = guardian
    return [f"Remettre un code d’activation à {guardian}, pour ouvrir son espace."]


def _separation(deed: Deed) -> list[str]:
    """Give the guardian who leaves a household of her own, and share the weeks of the children."""
    chosen = deed.answers["leaver"]["id"]
    leaver = Guardian.objects.select_for_update(of=("self",), no_key=True).filter(pk=chosen).first()
    family = deed.family
    stays_behind = family.guardians.exclude(pk=leaver.pk) if leaver else family.guardians.none()
    if leaver is None or leaver.family_id != family.pk or not stays_behind.exists():
        raise Refusal("Il faut deux responsables dans le foyer, dont celui qui le quitte : vérifiez le dossier.")
    missing = [key for key in ("street", "postcode", "city") if not deed.text(key)]
    if missing:
        raise Refusal("Complétez l’adresse du nouveau foyer avant d’accepter.")
    home = Family.objects.create(
        number=next_family_numbers()[0],
        name=leaver.last_name,
        is_demo=family.is_demo,
        **{key: deed.text(key) for key in ADDRESS},
    )
    if leaver.pays:
        leaver.pays = False
        leaver.save(update_fields=["pays"])
        heir = stays_behind.order_by("pk").first()
        assert heir is not None
        heir.pays = True
        heir.save(update_fields=["pays"])
    leaver.family, leaver.pays = home, True
    leaver.save(update_fields=["family", "pays"])
    return [f"Nouveau foyer {home} ouvert pour {leaver}.", *_share_children(deed, home)]


def _share_children(deed: Deed, home: Family) -> list[str]:
    rhythm, first, monday = deed.text("rhythm") or "pleine", deed.day("starts_on"), deed.maybe_day("first_monday")
    tasks: list[str] = []
    for child in deed.family.children.distinct():
        if not stays_on_or_after(child, first).filter(family=deed.family).exists():
            continue
        if rhythm != Custody.Rhythm.FULL and stays_on_or_after(child, first).exclude(family=deed.family).exists():
            tasks.append(f"{child.first_name} a déjà un autre foyer : sa résidence est à écrire depuis sa fiche.")
            continue
        if rhythm == "aucune":
            tasks += _depart(deed, child, first - timedelta(days=1))
        share_between(child, deed.family, home, rhythm, monday, first)
    return tasks


def share_between(child: Child, family: Family, home: Family, rhythm: str, monday: date | None, first: date) -> None:
    """Give the weeks that a household does not keep to a new one, from a day; part of the caller's transaction."""
    present = list(stays_on_or_after(child, first).filter(family=family))
    if rhythm == Custody.Rhythm.FULL:
        return
    fresh = [
        Custody(child=child, family=where, rhythm=pace, first_monday=start, starts_on=first)
        for where, pace, start in (
            (family, rhythm, monday),
            (home, OTHER_RHYTHM[rhythm], monday + timedelta(days=7) if monday else None),
        )
        if pace != "aucune"
    ]
    _replace(present, fresh, first)


# --- Who must not collect ---------------------------------------------------------------------------------------------


def _ban(deed: Deed) -> list[str]:
    name = deed.answers["name"]
    adult = AuthorisedAdult.objects.create(
        family=deed.family,
        right=AuthorisedAdult.Right.MUST_NOT,
        first_name=str(name["first_name"]),
        last_name=str(name["last_name"]),
        link=deed.text("link"),
        starts_on=deed.day("starts_on"),
        ends_on=deed.maybe_day("ends_on"),
        added_at=deed.at,
        added_by=deed.proposal.request.guardian,
    )
    wanted = [each["id"] for each in deed.answers["children"]]
    adult.children.set(deed.family.children.filter(pk__in=wanted).distinct())
    deed.proposal.adult = adult
    return []


def _ban_ends(deed: Deed) -> list[str]:
    adult = deed.proposal.adult
    if adult is None or adult.removed_at:
        raise Refusal("Cette interdiction n’est plus dans le dossier.")
    adult.removed_at, adult.removed_by = deed.at, deed.proposal.request.guardian
    adult.save(update_fields=["removed_at", "removed_by"])
    return []


WRITERS: dict[str, Callable[[Deed], list[str]]] = {
    Change.BIRTH: _new_child,
    Change.ARRIVAL: _new_child,
    Change.IDENTITY: _identity,
    Change.SCHOOL: _change_school,
    Change.CUSTODY: _custody,
    Change.CHILD_LEAVES: _child_leaves,
    Change.ADDRESS: _address,
    Change.FAMILY_LEAVES: _family_leaves,
    Change.NAME: _name,
    Change.GUARDIAN: _new_guardian,
    Change.SEPARATION: _separation,
    Change.BAN: _ban,
    Change.BAN_ENDS: _ban_ends,
    Change.COORDINATES: _coordinates,
}
