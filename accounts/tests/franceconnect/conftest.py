import pytest
from allauth.socialaccount.models import SocialAccount

from accounts.models import User
from accounts.tests.factories import UserFactory
from accounts.tests.franceconnect.visit import stand_in


@pytest.fixture
def franceconnect(settings):
    with stand_in(settings) as running:
        yield running


@pytest.fixture
def claire(db) -> User:
    """Claire Martin, whose birth name is Delmas, without a link."""
    return UserFactory(email="claire@example.org", first_name="Claire", last_name="Martin")


@pytest.fixture
def linked(claire, franceconnect) -> User:
    """The same, whose account is linked to her identity."""
    person = next(each for each in _people() if each.key == "martin")
    SocialAccount.objects.create(user=claire, provider="franceconnect", uid=franceconnect.app.subject(person))
    return claire


def _people():
    from accounts.franceconnect.simulator.people import PEOPLE

    return PEOPLE
