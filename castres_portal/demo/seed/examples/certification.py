"""The yearly certification done, done then changed, awaited; a règlement whose new version is accepted here and awaited there."""

from datetime import date, datetime, timedelta

from castres_portal.base.clock import PARIS
from castres_portal.demo.accounts import DURAND, MARTIN
from castres_portal.demo.seed.examples.health import guardian_of
from castres_portal.demo.seed.rows import write
from documents.models import RegulationNotice, RegulationVersion
from documents.queries.regulations import awaited_households, versions_in_force
from documents.services.regulations import accept_online, announce_new_versions
from families.models import Guardian
from families.queries.certification import file_state
from families.rules.health import HealthSheet
from families.services.certification import certify_file
from families.services.health import change_sheet

NEW_VERSION_DAYS = 5
NEW_ARTICLE = """

# Article nouveau – Les serviettes
Depuis cette version, chaque enfant apporte sa serviette de table le lundi et la reprend le dernier jour de classe de la semaine.
"""


def add_certifications(today: date) -> None:
    """Certify the files of two named households this autumn; one of them has told something more since."""
    claire, paul = guardian_of(MARTIN, "Martin"), guardian_of(DURAND, "Durand")
    _certify(claire, _evening(today, 50))
    _certify(paul, _evening(today, 48))
    sheet = HealthSheet(doctor_name="Docteur Aline Mercier (fictive)", doctor_phone="0563000001")
    zoe = paul.family.children.get(first_name="Zoé")
    change_sheet(child=zoe, guardian=paul, sheet=sheet, version=0, at=_evening(today, 30))


def add_new_regulation(today: date) -> None:
    """Bring a third version of the règlement into force a few days ago: Paul Durand accepted it, Claire Martin has not."""
    old = versions_in_force(today)[0]
    new = RegulationVersion.objects.create(
        regulation=old.regulation,
        number=old.number + 1,
        in_force_on=today - timedelta(days=NEW_VERSION_DAYS),
        body=old.body.strip() + NEW_ARTICLE,
        is_demo=True,
    )
    accept_online(version=new, guardian=guardian_of(DURAND, "Durand"), at=_evening(today, 2))
    at = _evening(today, NEW_VERSION_DAYS)
    # One mail is enough to see: the others are as if they had left.
    others = awaited_households(new, today).exclude(pk=guardian_of(MARTIN, "Martin").family_id)
    write(RegulationNotice, [RegulationNotice(version=new, family=family, sent_at=at) for family in others])
    announce_new_versions(today=today, at=at)


def _certify(guardian: Guardian, at: datetime) -> None:
    shown = file_state(guardian.family, today=at.date())
    if shown is not None:
        certify_file(family=guardian.family, guardian=guardian, user=guardian.user, seal=shown.seal, at=at)


def _evening(today: date, days: int) -> datetime:
    day = today - timedelta(days=days)
    return datetime(day.year, day.month, day.day, 20, 30, tzinfo=PARIS)
