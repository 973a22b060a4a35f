"""A visit that goes by FranceConnect: Django's test client on our side, plain HTTP on the stand-in's."""

import html
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from django.conf import settings as django_settings
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse

from accounts.franceconnect.simulator.app import Client
from accounts.franceconnect.simulator.server import Running

ASKED = re.compile(r'name="asked" value="([^"]*)"')
PATIENCE = 0.5
START = reverse("franceconnect_start")


@contextmanager
def stand_in(settings: Any, algorithm: str = "ES256") -> Iterator[Running]:
    """Run a stand-in, and give the portal its address."""
    running = running_stand_in(algorithm)
    try:
        settings.FRANCECONNECT = {
            **django_settings.FRANCECONNECT,
            "BASE_URL": running.app.issuer,
            "TIMEOUT": PATIENCE,
        }
        yield running
    finally:
        running.stop()


def running_stand_in(algorithm: str = "ES256") -> Running:
    """Start a stand-in that declares the portal of the tests."""
    site = django_settings.SITE_URL
    client = Client(
        client_id=django_settings.FRANCECONNECT["CLIENT_ID"],
        client_secret=django_settings.FRANCECONNECT["CLIENT_SECRET"],
        redirect_uri=f"{site}{reverse('franceconnect_callback')}",
        signed_out_uri=f"{site}{reverse('franceconnect_signed_out')}",
    )
    return Running(client, algorithm=algorithm, slowness=30).start()


def way_back(browser: Browser, person: str, fault: str = "", **start: str) -> str:
    """Leave for FranceConnect, say who one is there; return the address to which it sends back."""
    leaving = browser.post(START, start)
    assert leaving.status_code == 302, leaving.content.decode()
    page = requests.get(leaving["Location"], timeout=5)
    asked = html.unescape(ASKED.search(page.text).group(1))
    host = "/".join(leaving["Location"].split("/")[:3])
    answer = requests.post(
        f"{host}/choisir/", data={"asked": asked, "person": person, "fault": fault}, timeout=5, allow_redirects=False
    )
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].removeprefix(django_settings.SITE_URL)


def come_by_franceconnect(browser: Browser, person: str, fault: str = "", **start: str) -> HttpResponse:
    """Go to FranceConnect and come back; return the portal's answer."""
    return browser.get(way_back(browser, person, fault, **start))


def reauthenticate(browser: Browser) -> None:
    """Let the visit have given her password again a moment ago."""
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
