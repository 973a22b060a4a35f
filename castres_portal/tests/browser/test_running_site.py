"""The running site that the browser tests stand on: its pages, its date, its worker, its bank."""

from django.conf import settings

SEND_A_MAIL = """
from post_office import mail
from castres_portal.base.tasks import send_mails
mail.send("martin@example.org", "expediteur@example.org", subject="Bonjour", message="Un essai", priority="medium")
send_mails.delay()
"""


def test_the_home_page_opens_at_both_widths(page):
    response = page.goto("/")
    assert response.status == 200
    assert page.locator("h1").count() == 1
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]


def test_the_masthead_fits_a_page_read_at_four_hundred_per_cent(page):
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_date_moves_for_every_process(stack):
    stack.set_clock("2026-12-07T08:00")
    shown = stack.run("from castres_portal.base import clock; print(clock.now().isoformat())")
    assert shown.startswith("2026-12-07T08:0")


def test_the_worker_sends_the_mail(stack):
    stack.run(SEND_A_MAIL)
    mail = stack.wait_for_mail("martin@example.org", "Bonjour")
    assert "Un essai" in mail.get_body(("plain",)).get_content()


def test_the_bank_answers(desktop, stack):
    assert desktop.goto(stack.bank_url).status == 200


def test_the_tests_own_database_is_not_the_site_s(stack, db):
    assert settings.DATABASES["default"]["NAME"] != stack.database
