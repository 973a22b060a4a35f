"""What everybody reads of the closures that agents decide: where and what, never whose class nor where children go."""

from datetime import date, datetime

import pytest

from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from castres_portal.queries.town import public_closures
from families.tests.factories import SchoolFactory
from reservations.models import Closure
from reservations.tests.factories import ActivityFactory, SchoolYearFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
TODAY, MONDAY = NOON.date(), date(2026, 12, 7)


@pytest.fixture
def close():
    agent = UserFactory(agent=True)

    def decide(label, **fields):
        usual = {"kind": "greve", "starts_on": MONDAY, "ends_on": MONDAY, "decided_at": NOON, "decided_by": agent}
        return Closure.objects.create(label=label, **{**usual, **fields})

    return decide


def test_what_the_public_page_and_the_home_page_say(client, close, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    SchoolYearFactory()
    school = SchoolFactory(name="Villegoudou")
    close("Grève nationale")
    close("Chaudière en panne", kind="fermeture", school=school, ends_on=date(2026, 12, 8)).activities.add(
        ActivityFactory()
    )

    pages = [client.get(path).content.decode() for path in ("/", "/infos-pratiques/")]

    for page in pages:
        assert "Grève nationale" in page and "toute la ville" in page
        assert f"{school}\u00a0: Restauration scolaire" in page


def test_a_class_a_level_an_outing_and_what_is_undone_stay_between_the_families_and_the_town(close):
    school = SchoolFactory()
    close("Dite à tous", school=school)
    close("Classe", school=school, class_name="CP de Mme X")
    close("Niveau", level="CP")
    close("Sortie", kind="sortie", school=school)
    close("Annulée", undone_at=NOON)
    close("Passée", starts_on=date(2026, 11, 2), ends_on=date(2026, 11, 3))
    close("Lointaine", starts_on=date(2027, 5, 3), ends_on=date(2027, 5, 3))

    assert [row.label for row in public_closures(today=TODAY)] == ["Dite à tous"]


def test_thirty_closures_cost_as_much_as_one(close, django_assert_num_queries):
    for number in range(30):
        close(f"Grève {number}", school=SchoolFactory()).activities.add(ActivityFactory())
    with django_assert_num_queries(2):
        assert len(public_closures(today=TODAY)) == 30
