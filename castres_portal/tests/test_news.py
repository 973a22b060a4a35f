"""The town's news: shown on its days, kept at its address, harmless whatever it contains."""

import re
import time
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import roles
from accounts.tests.factories import UserFactory
from castres_portal.models import News
from castres_portal.tests.factories import TODAY, NewsFactory

pytestmark = pytest.mark.django_db
LIST = reverse("news_list")


@pytest.fixture(autouse=True)
def _clock(settings):
    settings.PORTAL_CLOCK = f"2026-11-19T12:06@{time.time()}"


def text_of(client, path):
    return client.get(path).content.decode()


def test_only_the_news_of_the_day_are_shown_at_home_and_in_the_list(client):
    NewsFactory(title="Celle du jour")
    NewsFactory(title="Celle d’hier", over=True)
    NewsFactory(title="Celle de demain", to_come=True)
    for page in ("/", LIST, reverse("news_feed")):
        text = text_of(client, page)
        assert "Celle du jour" in text
        assert "Celle d’hier" not in text
        assert "Celle de demain" not in text


def test_both_ends_of_its_publication_are_included(client):
    NewsFactory(title="Premier jour", starts_on=TODAY)
    NewsFactory(title="Dernier jour", starts_on=TODAY - timedelta(days=3), ends_on=TODAY)
    text = text_of(client, LIST)
    assert "Premier jour" in text
    assert "Dernier jour" in text


def test_a_pinned_one_comes_first(client):
    NewsFactory(title="La plus récente", starts_on=TODAY)
    NewsFactory(title="Épinglée", pinned=True, starts_on=TODAY - timedelta(days=30))
    text = text_of(client, LIST)
    assert text.index("Épinglée") < text.index("La plus récente")


def test_an_important_one_is_a_notice_at_home(client):
    item = NewsFactory(title="Cantine fermée", important=True)
    text = text_of(client, "/")
    notice = re.search(r"notice--warning.*?</div>\s*</div>", text, re.S)
    assert notice and "Cantine fermée" in notice[0]
    assert reverse("news", args=[item.slug]) in notice[0]


def test_a_past_one_keeps_its_address_and_says_that_it_is_over(client):
    item = NewsFactory(over=True)
    text = text_of(client, reverse("news", args=[item.slug]))
    assert "Cette actualité est passée" in text
    assert item.title in text_of(client, f"{LIST}?passees=oui")


def test_one_to_come_does_not_exist_yet(client):
    item = NewsFactory(to_come=True)
    assert client.get(reverse("news", args=[item.slug])).status_code == 404


def test_what_an_agent_types_is_text_and_its_addresses_are_links(client):
    item = NewsFactory(
        title="<b>Titre</b>",
        body="Voir https://www.ville-castres.fr/menus ou javascript:alert(1)\n\n<script>alert(1)</script>",
    )
    text = text_of(client, reverse("news", args=[item.slug]))
    assert '<a href="https://www.ville-castres.fr/menus" rel="nofollow">' in text
    assert "<script>alert" not in text
    assert "<b>Titre" not in text
    assert 'href="javascript' not in text


def test_the_list_is_cut_in_pages_and_costs_the_same_with_thirty(client):
    NewsFactory()
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    for _ in range(29):
        NewsFactory()
    with CaptureQueriesContext(connection) as thirty:
        page = client.get(LIST)
    assert len(thirty) == len(one)
    assert page.context["page_obj"].paginator.num_pages == 4
    assert client.get(LIST, {"page": "abc"}).status_code == 200


def test_a_publication_that_ends_before_it_begins_is_refused():
    item = NewsFactory.build(starts_on=TODAY, ends_on=TODAY - timedelta(days=1))
    with pytest.raises(ValidationError, match="La fin de publication précède son début"):
        item.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        item.save()


def test_an_agent_writes_a_piece_of_news_and_its_address_stays(client):
    client.force_login(UserFactory(agent=True, role=roles.AGENTS))
    fields = {
        "title": "Pont de mai",
        "slug": "pont-de-mai",
        "summary": "Fermé.",
        "body": "Fermé.",
        "starts_on": "19/11/2026",
    }
    answer = client.post("/admin/portal/news/add/", fields)
    assert answer.status_code == 302, answer.context["errors"]
    item = News.objects.get()
    client.post(
        f"/admin/portal/news/{item.pk}/change/", {**fields, "slug": "autre", "title": "Pont de mai, précisions"}
    )
    item.refresh_from_db()
    assert (item.slug, item.title) == ("pont-de-mai", "Pont de mai, précisions")
    assert client.get("/admin/portal/news/?publication=affichee").status_code == 200
