"""What the tests of the health sheet tell, and how."""

import re
from datetime import time

from families.rules.health import Answers, HealthSheet
from families.services import health, health_plans
from families.tests.factories import NOON

TODAY = NOON.date()
TOLD = HealthSheet(food=("arachides",), drug="pénicilline", doctor_name="Docteur Mercier")
WORDS = re.compile(r"arachide|pénicilline|Mercier|allerg", re.I)
YES = Answers(image=True, hospital=True, alone=True, alone_age=9, alone_from=time(17))
NO = Answers(image=False, hospital=True, alone=False)


PLAN = {"needs": "Stylo d’adrénaline dans la trousse rouge", "basket_meal": True, "valid_until": "2027-07-02"}


def propose(child, guardian, at=NOON):
    return health_plans.propose_plan(
        child=child, family=guardian.family, guardian=guardian, user=guardian.user, content=PLAN, at=at
    )


def tell(child, guardian, sheet=TOLD, version=0, at=NOON):
    return health.change_sheet(child=child, guardian=guardian, sheet=sheet, version=version, at=at)
