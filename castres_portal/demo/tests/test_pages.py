"""The demonstration's own pages before and after the town is filled, and where they do not exist."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse
from post_office.models import Email

from castres_portal.demo import accounts
from castres_portal.demo.tour import money_steps, space_steps
from families.models import Family, School
from reservations.models import SchoolYear


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, settings):
    settings.DATA_DIR = tmp_path


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["demo:index", "demo:mails", "demo:codes"])
def test_the_pages_can_be_read_before_the_town_is_filled(client, page):
    response = client.get(reverse(page))

    assert response.status_code == 200
    assert response.content.decode().count("<h1") == 1


@pytest.mark.django_db
def test_the_first_page_says_what_is_fictional_and_leads_to_all_the_rest(client, settings):
    call_command("seed_demo", "--families=8", "--today=2026-11-23", "--seed=7", "--months=3", verbosity=0)

    page = client.get(reverse("demo:index")).content.decode()

    assert Family.objects.filter(paying_body=None).count() == 8
    for words in ("Fictifs", accounts.PASSWORD, accounts.MARTIN.email, accounts.COOK.email):
        assert words in page
    for name in ("demo:mails", "demo:codes", "admin:index", "families:activate", "billing:invoices"):
        assert f'href="{reverse(name)}"' in page
    assert 'href="http://127.0.0.1:9/"' in page  # the bank that the settings of the tests name
    # The main job in nine steps, then the rest of the space and the money.
    assert page.count('class="tour__step"') == 9 + len(space_steps()) + len(money_steps())
    for name in ("families:requests", "documents:pieces", "families:quotient", "reservations:early_childhood"):
        assert f'href="{reverse(name)}"' in page
    told = {email.to[0] for email in Email.objects.filter(mark__kind="billing/mail/invoice_ready")}
    # Their last invoice is there; she who may only read is told too, he who is excluded is not.
    assert told == {account.email for account in (*accounts.PARENTS, accounts.READER)}


@pytest.mark.django_db
def test_the_codes_refresh_themselves_and_can_be_refreshed_without_javascript(client):
    call_command("seed_demo", "--families=6", "--today=2026-11-23", "--months=3", verbosity=0)

    page = client.get(reverse("demo:codes")).content.decode()

    assert page.count('class="demo-code"') == len(accounts.STAFF)
    assert "data-portal-refresh" in page
    assert "Actualiser" in page


@pytest.mark.django_db
def test_the_real_facts_load_alone_and_twice_without_harm(capsys):
    call_command("load_reference")
    School.objects.filter(uai="0810363E").update(phone="05 00 00 00 00")
    call_command("load_reference")

    said = capsys.readouterr().out.splitlines()[-1]
    assert said == "Écoles ajoutées : 0 ; années scolaires ajoutées : 0 ; types de pièce ajoutés : 0."
    assert School.objects.count() == 22
    assert SchoolYear.objects.count() == 3
    assert School.objects.get(uai="0810363E").phone == "05 00 00 00 00"  # what an agent wrote stays
    assert not Family.objects.exists()


def test_nothing_of_this_exists_in_production():
    code = (
        "import django; django.setup(); from django.apps import apps; from django.urls import NoReverseMatch, reverse\n"
        "assert not apps.is_installed('castres_portal.demo')\n"
        "try: reverse('demo:index')\n"
        "except NoReverseMatch: print('absent')\n"
    )
    environment = {**os.environ, "PORTAL_ENV": "production", "DATA_DIR": str(settings.DATA_DIR)}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)

    assert found.stdout.strip() == "absent", found.stderr
