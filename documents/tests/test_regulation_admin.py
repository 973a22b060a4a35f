"""From a règlement to its versions, to a new one, and to who accepted which, in the agents' back office."""

import pytest
from django.urls import reverse

from accounts.roles import AGENTS
from accounts.tests.factories import UserFactory
from documents.tests.factories import RegulationVersionFactory

pytestmark = pytest.mark.django_db


def test_a_regulation_leads_to_its_versions_a_new_one_and_who_accepted(client):
    version = RegulationVersionFactory()
    client.force_login(UserFactory(agent=True, role=AGENTS))
    home = reverse("admin:documents_regulation_change", args=[version.regulation_id])
    one = reverse("admin:documents_regulationversion_change", args=[version.pk])
    assert f'href="{one}"' in client.get(home).content.decode()
    new = client.get(f"/admin/documents/regulation/{version.regulation_id}/nouvelle-version/")
    assert new.url == f"{reverse('admin:documents_regulationversion_add')}?regulation={version.regulation_id}"
    assert client.get(new.url).status_code == 200
    accepted = client.get(f"/admin/documents/regulationversion/{version.pk}/acceptations/")
    assert client.get(accepted.url).status_code == 200


def test_a_text_that_was_accepted_keeps_its_lines(client):
    version = RegulationVersionFactory(body="# Article 1\nOn déjeune.\n\n# Article 2\nOn rentre.")
    agent = UserFactory(agent=True, role=AGENTS)
    role = agent.groups.get()
    role.permissions.remove(role.permissions.get(codename="change_regulationversion"))
    client.force_login(agent)
    page = client.get(reverse("admin:documents_regulationversion_change", args=[version.pk])).content.decode()
    assert "# Article 1<br>On déjeune." in page
