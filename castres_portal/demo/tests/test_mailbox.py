"""What whoever runs the demonstration reads in its mailbox."""

import re

import pytest
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from castres_portal.demo import mailbox

pytestmark = pytest.mark.django_db  # the foot of every page reads the last accessibility audit
LINK = "http://testserver/compte/adresse/"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, settings):
    settings.DATA_DIR = tmp_path


def send(subject="Votre facture est prête", html=f'<html><head></head><body><a href="{LINK}">Voir</a></body></html>'):
    mail = EmailMultiAlternatives(subject, f"Bonjour,\n{LINK}\n", "espace@example.org", ["martin@demo.example.org"])
    if html:
        mail.attach_alternative(html, "text/html")
    mail.attach("facture.pdf", b"%PDF-1.7 contenu", "application/pdf")
    assert mailbox.MailboxBackend().send_messages([mail]) == 1
    return mailbox.mail_names()[0]


def test_a_mail_sent_is_one_whole_file():
    name = send()

    assert [path.name for path in mailbox.mail_folder().iterdir()] == [f"{name}.eml"]
    mail = mailbox.read_mail(name)
    assert (mail.subject, mail.to) == ("Votre facture est prête", "martin@demo.example.org")
    assert LINK in mail.text
    assert LINK in mail.html


def test_the_list_shows_the_latest_mail_first(client):
    send("Premier courriel")
    send("Second courriel")

    text = client.get(reverse("demo:mails")).content.decode()

    assert text.index("Second courriel") < text.index("Premier courriel")


def test_an_empty_mailbox_says_so(client):
    assert "Aucun courriel pour l’instant" in client.get(reverse("demo:mails")).content.decode()


def test_a_mail_is_shown_in_a_frame_that_runs_nothing_and_whose_links_leave_it(client):
    name = send()

    page = client.get(reverse("demo:mail", args=[name])).content.decode()
    frame = client.get(reverse("demo:mail_body", args=[name]))

    assert reverse("demo:mail_body", args=[name]) in page
    assert re.search(r'<iframe [^>]*sandbox="allow-popups allow-top-navigation-by-user-activation"', page)
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-popups allow-top-navigation-by-user-activation" in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_top">' in frame.content.decode()


def test_the_text_of_a_mail_keeps_its_links_and_shows_its_html_as_text(client):
    name = send(html="")

    page = client.get(reverse("demo:mail", args=[name])).content.decode()

    assert f'href="{LINK}"' in page
    assert "<iframe" not in page
    assert client.get(reverse("demo:mail_body", args=[name])).status_code == 404


def test_a_file_that_a_mail_carries_can_be_saved(client):
    name = send()

    response = client.get(reverse("demo:mail_attachment", args=[name, 0]))

    assert response.content == b"%PDF-1.7 contenu"
    assert response["Content-Disposition"] == 'attachment; filename="facture.pdf"'
    assert client.get(reverse("demo:mail_attachment", args=[name, 1])).status_code == 404


@pytest.mark.parametrize("name", ["absent", "..", "20261119T120600000000-0123abcd", "%2e%2e%2fportal"])
def test_a_mail_that_does_not_exist_is_not_found(client, name):
    send()
    (settings.DATA_DIR / "portal.eml").write_text("Subject: secret\n\n")

    assert client.get(f"/demo/courriels/{name}/").status_code == 404
