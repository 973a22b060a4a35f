"""Health sheets in every state: shared by parents who disagree, with a PAI in force, waiting or refused, read by agents."""

from datetime import date, datetime, time, timedelta
from typing import Any

from accounts.models import User
from castres_portal.base.clock import PARIS
from castres_portal.demo.accounts import AGENT, BERNARD, DURAND, MARTIN, PETIT, Account
from families.models import Child, Guardian
from families.rules.health import Answers, HealthSheet
from families.services.health import answer_authorisations, change_sheet, open_sheet
from families.services.health_plans import propose_plan
from families.services.requests import accept_request, refuse_request

YES = Answers(image=True, hospital=True, alone=True, alone_age=9, alone_from=time(17, 30))
NO = Answers(image=False, hospital=True, alone=False)


def add_health_sheets(today: date) -> None:
    """Fill sheets in as the named households would have since the end of the summer."""
    moments = _Moments(today)
    agent = User.objects.get(email=AGENT.email)
    _lea(guardian_of(MARTIN, "Martin"), agent, moments)
    _jules_and_ines(guardian_of(PETIT, "Petit"), guardian_of(BERNARD, "Bernard"), agent, moments)
    _hugo(guardian_of(DURAND, "Durand"), agent, moments)


class _Moments:
    def __init__(self, today: date) -> None:
        self.today = today

    def ago(self, days: int, hour: int = 10, minute: int = 0) -> datetime:
        """Return an hour of a day that is ``days`` before the town's."""
        day = self.today - timedelta(days=days)
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS)

    @property
    def end_of_year(self) -> str:
        """The 3 July that comes, as forms write it."""
        year = self.today.year + (self.today.month >= 7)
        return date(year, 7, 3).isoformat()


def guardian_of(account: Account, family: str) -> Guardian:
    return Guardian.objects.select_related("family", "user").get(user__email=account.email, family__name=family)


def _child(guardian: Guardian, first_name: str) -> Child:
    return guardian.family.children.get(first_name=first_name)


def _plan(guardian: Guardian, child: Child, content: dict[str, Any], at: datetime) -> Any:
    return propose_plan(
        child=child, family=guardian.family, guardian=guardian, user=guardian.user, content=content, at=at
    )


def _lea(claire: Guardian, agent: User, when: _Moments) -> None:
    lea = _child(claire, "Léa")
    sheet = HealthSheet(
        food=("arachides", "fruits_a_coque"),
        doctor_name="Docteur Aline Mercier (fictive)",
        doctor_phone="0563000001",
        insurance="Assurance de démonstration",
        policy="DEMO-2026-0042",
        insured_until=date(when.today.year + 1, 8, 31),
        vaccines_until=date(when.today.year + 2, 3, 14),
    )
    change_sheet(child=lea, guardian=claire, sheet=sheet, version=0, at=when.ago(72, 20, 12))
    answer_authorisations(child=lea, guardian=claire, answers=YES, at=when.ago(72, 20, 25))
    content = {
        "needs": "En cas de réaction : trousse rouge dans le bureau du directeur, antihistaminique, puis appeler le 15.",
        "basket_meal": True,
        "valid_until": when.end_of_year,
    }
    asked = _plan(claire, lea, content, when.ago(71, 9, 5))
    open_sheet(child=lea, by=agent, at=when.ago(70, 9, 40))
    accept_request(
        request=asked, by=agent, words="Le protocole signé est bien arrivé, il est en place.", at=when.ago(70, 9, 52)
    )
    open_sheet(child=lea, by=agent, at=when.ago(6, 14, 3))


def _jules_and_ines(sophie: Guardian, marc: Guardian, agent: User, when: _Moments) -> None:
    jules, ines = _child(sophie, "Jules"), _child(sophie, "Inès")
    first = HealthSheet(diet=("sans_porc",), doctor_name="Docteur Paul Roux (fictif)", doctor_phone="0563000002")
    change_sheet(child=jules, guardian=sophie, sheet=first, version=0, at=when.ago(65, 21))
    second = HealthSheet(
        diet=("sans_porc",),
        drug="Amoxicilline",
        doctor_name="Docteur Paul Roux (fictif)",
        doctor_phone="0563000002",
    )
    change_sheet(child=jules, guardian=marc, sheet=second, version=1, at=when.ago(20, 18, 41))
    answer_authorisations(child=jules, guardian=sophie, answers=YES, at=when.ago(64, 21))
    answer_authorisations(child=jules, guardian=marc, answers=NO, at=when.ago(20, 18, 45))
    open_sheet(child=jules, by=agent, at=when.ago(19, 11, 20))
    asthma = {
        "needs": "Avant le sport : deux bouffées du spray bleu, dans le cartable.",
        "basket_meal": False,
        "valid_until": when.end_of_year,
    }
    _plan(marc, ines, asthma, when.ago(3, 19, 30))


def _hugo(paul: Guardian, agent: User, when: _Moments) -> None:
    hugo = _child(paul, "Hugo")
    sheet = HealthSheet(
        diet=("vegetarien",), support="Une place près de l’adulte ; un temps calme après le repas.", food_other="Kiwi"
    )
    change_sheet(child=hugo, guardian=paul, sheet=sheet, version=0, at=when.ago(58, 8, 15))
    content = {"needs": "Repas sans kiwi.", "basket_meal": True, "valid_until": when.end_of_year}
    asked = _plan(paul, hugo, content, when.ago(57, 8, 30))
    open_sheet(child=hugo, by=agent, at=when.ago(55, 10, 2))
    refuse_request(
        request=asked,
        by=agent,
        words="Il manque le protocole signé par le médecin : envoyez-le, puis proposez de nouveau.",
        at=when.ago(55, 10, 15),
    )
