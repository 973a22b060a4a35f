from datetime import date

import pytest
from django.conf import settings as django_settings

from families.api_particulier.simulator.server import Running


@pytest.fixture
def caf(settings):
    """The stand-in of the CAF and the MSA, in November 2026; the portal waits half a second."""
    running = Running(django_settings.API_PARTICULIER["TOKEN"], today=lambda: date(2026, 11, 19), slowness=30).start()
    settings.API_PARTICULIER = {**django_settings.API_PARTICULIER, "BASE_URL": running.url, "TIMEOUT": 0.5}
    yield running
    running.stop()
