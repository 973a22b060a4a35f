"""Outgoing mail: written first, sent once, and secret bodies erased."""

from datetime import UTC, datetime

import pytest
from django.core import mail as outbox
from post_office.models import STATUS, Email

from castres_portal.base import mail
from castres_portal.base.models import MailMark

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 19, 11, 6, tzinfo=UTC)


@pytest.fixture
def template(settings, tmp_path):
    """A mail of three templates, with a family's words in it."""
    folder = tmp_path / "essai" / "mail"
    folder.mkdir(parents=True)
    (folder / "mot.subject.txt").write_text("Un mot\nde {{ name }}")
    (folder / "mot.txt").write_text("Lien : {{ link }} pour {{ name|safe }}")
    (folder / "mot.html").write_text("<p>{{ name }}</p>")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    return "essai/mail/mot"


def queue(template, **options):
    context = {"name": "{{ secret }} Dupont", "link": "https://exemple/x"}
    return mail.queue_mail(template, "parent@example.org", context, **options)


def test_a_mail_waits_as_a_row_until_a_worker_sends_it(template):
    queue(template)
    assert outbox.outbox == []

    mail.send_waiting(at=AT)

    assert [message.to for message in outbox.outbox] == [["parent@example.org"]]
    assert Email.objects.get().status == STATUS.sent


def test_a_mail_is_sent_once_however_often_the_worker_wakes(template):
    queue(template)

    mail.send_waiting(at=AT)
    mail.send_waiting(at=AT)

    assert len(outbox.outbox) == 1


def test_what_a_family_wrote_is_never_read_as_a_template(template):
    email = queue(template)

    assert "{{ secret }} Dupont" in email.message
    assert email.subject == "Un mot de {{ secret }} Dupont"


def test_the_body_of_a_secret_mail_is_erased_once_it_has_left(template):
    email = queue(template, secret=True)
    mail.send_waiting(at=AT)

    email.refresh_from_db()
    assert "https://exemple/x" in outbox.outbox[0].body
    assert "exemple" not in email.message + email.html_message
    assert MailMark.objects.get().erased_at == AT


def test_the_body_of_an_ordinary_mail_is_kept(template):
    email = queue(template)
    mail.send_waiting(at=AT)

    email.refresh_from_db()
    assert "https://exemple/x" in email.message


def test_a_file_goes_with_its_mail_and_keeps_its_name_and_kind(template):
    calendar = mail.Enclosure(
        "rendez-vous.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar; method=REQUEST"
    )
    queue(template, enclosures=[calendar])
    queue(template)

    mail.send_waiting(at=AT)

    parts = {len(message.attachments): message.message() for message in outbox.outbox}
    assert set(parts) == {0, 1}
    part = next(part for part in parts[1].walk() if part.get_filename() == "rendez-vous.ics")
    assert part.get_content_type() == "text/calendar"
    assert part.get_param("method") == "REQUEST"
    assert b"BEGIN:VCALENDAR" in part.get_payload(decode=True)


def test_a_mail_whose_body_is_erased_takes_no_file(template):
    with pytest.raises(ValueError, match="no file"):
        queue(template, secret=True, enclosures=[mail.Enclosure("a.txt", b"a", "text/plain")])
