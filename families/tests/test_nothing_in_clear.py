"""A code given, used and confirmed leaves its clear text nowhere in the database: every text of every table is read."""

import base64
import json
import re

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.urls import reverse
from post_office.models import Email

from accounts.roles import AGENTS
from accounts.tests.factories import PASSWORD, UserFactory
from castres_portal.base import clock, mail
from families.models import ActivationCode
from families.rules import codes

pytestmark = pytest.mark.django_db


def whole_database():
    """Return every value of every row of every table, as one text, sessions decoded."""
    texts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            texts += [str(value) for row in cursor.fetchall() for value in row]
    texts += [json.dumps(session.get_decoded()) for session in Session.objects.all()]
    return "\n".join(texts)


def ways_to_write(clear):
    """Return how a code may be written, upside down included: plain, in two halves, in small letters, in base 64."""
    plain = [clear, codes.written(clear), clear.lower(), codes.written(clear).lower(), f"{clear[:5]} {clear[5:]}"]
    return plain + [base64.b64encode(text.encode()).decode().rstrip("=") for text in plain]


@pytest.fixture
def watching(monkeypatch):
    """Remember the clear codes that were made, which nothing else does."""
    from families.services import activation

    made = []
    real = activation.new_code

    def remember(**kwargs):
        new = real(**kwargs)
        made.append(new.clear)
        return new

    monkeypatch.setattr(activation, "new_code", remember)
    return made


def test_an_issued_code_is_nowhere_in_clear(client, martins, watching):
    martins.guardian.email = "claire@example.org"
    martins.guardian.save()
    page = reverse("admin:families_guardian_code", args=[martins.guardian.pk])
    client.force_login(UserFactory(agent=True, role=AGENTS, administrator=True))
    assert client.post(page, {"do": "letter"}).headers["Content-Type"] == "application/pdf"
    client.post(page, {"do": "mail"})
    letter, mailed = watching
    assert codes.written(mailed) in Email.objects.get().message  # until it leaves
    mail.send_waiting(at=clock.now())
    client.logout()
    client.post(reverse("families:activate"), {"code": letter, "birth_date": "07/05/2018"})  # revoked: refused
    client.post(reverse("families:activate"), {"code": mailed, "birth_date": "08/05/2018"})  # wrong birth date
    client.post(reverse("families:activate"), {"code": codes.written(mailed), "birth_date": "07/05/2018"})
    client.post(reverse("families:activate_account"), {"email": "claire@example.org", "password": PASSWORD})
    link = re.search(r"/activer/confirmer/([\w-]+)/", Email.objects.order_by("-pk")[0].message).group(1)
    mail.send_waiting(at=clock.now())
    client.post(reverse("families:activation_confirm", args=[link]))
    assert ActivationCode.objects.filter(used_at__isnull=False).count() == 1

    everything = whole_database()
    assert "claire@example.org" in everything  # the search reads what is there
    assert ActivationCode.objects.first().digest in everything
    for secret in (*ways_to_write(letter), *ways_to_write(mailed), link, PASSWORD):
        assert secret not in everything
