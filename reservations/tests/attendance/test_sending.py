"""What a tablet sends when the network is back."""

import json
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from families.tests.factories import GuardianFactory
from reservations.models import Attendance
from reservations.tests.attendance.conftest import DAY, at
from reservations.tests.attendance.scenes import a_sheet_of

pytestmark = pytest.mark.django_db
URL = "/pointage/envoi/"


@pytest.fixture
def send(client_of, nadia):
    client = client_of(nadia)

    def post(*touches, now="2026-11-19T15:30:00.000Z", body=None):
        body = body if body is not None else json.dumps({"now": now, "touches": list(touches)})
        return client.post(URL, body, content_type="application/json")

    return post


def touch(booking, state="present", when="2026-11-19T15:25:00.000Z", **fields):
    return {
        "key": str(uuid4()), "site": booking.site_id, "day": DAY.isoformat(), "child": booking.child_id, "state": state,
        "at": when, "arrived": "", "left": "", **fields,
    }  # fmt: skip


def test_each_touch_is_answered_and_the_sheet_comes_back(send, bookings, nadia, tablet, agent):
    tablet(agent, bookings[2].child, "absent", "16:20")
    sent = [touch(bookings[0], arrived="2026-11-19T15:25:00.000Z"), touch(bookings[1], left="17:45")]
    said = send(*sent).json()
    assert [(one["key"], one["outcome"]) for one in said["answers"]] == [(one["key"], "retenu") for one in sent]
    states = {row["child"]: row for row in said["states"]}
    assert [states[booking.child_id]["state"] for booking in bookings] == ["present", "present", "absent"]
    assert states[bookings[0].child_id] | {"at": ""} == {
        "site": bookings[0].site_id, "day": "2026-11-19", "child": bookings[0].child_id, "state": "present", "at": "",
        "hour": "16\u00a0h\u00a025", "arrived": "16:25", "left": "", "by": "Nadia Belkacem",
    }  # fmt: skip
    assert states[bookings[1].child_id]["left"] == "17:45"


def test_the_same_sending_twice_changes_nothing(send, bookings):
    sent = touch(bookings[0])
    send(sent)
    again = send(sent).json()
    assert again["answers"][0]["outcome"] == "deja-recu"
    assert Attendance.objects.get().touches.count() == 1


def test_a_tablet_two_hours_fast_is_brought_back(send, bookings):
    send(touch(bookings[0], when="2026-11-19T17:25:00.000Z"), now="2026-11-19T17:30:00.000Z")
    assert Attendance.objects.get().touched_at == at("16:25")


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "malade"},
        {"day": "demain"},
        {"child": "5"},
        {"child": True},
        {"child": 10**30},
        {"at": "16:25"},
        {"at": None},
        {"key": "pas-un-uuid"},
        {"left": "25:99"},
        {"left": 17},
    ],
)
def test_an_unreadable_touch_is_said_and_the_others_are_kept(send, bookings, broken):
    bad = touch(bookings[0], **broken)
    said = {one["key"]: one for one in send(bad, touch(bookings[1])).json()["answers"]}
    assert said[bad["key"]] == {"key": bad["key"], "outcome": "refuse", "reason": "Ce pointage est illisible."}
    assert Attendance.objects.get().child == bookings[1].child


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"now": "2026-11-19T15:30:00Z"}', '{"now": "x", "touches": []}',
             '{"now": "2026-11-19T15:30:00Z", "touches": [1]}', '{"now": "2026-11-19T15:30:00Z", "touches": {}}']
)  # fmt: skip
def test_nonsense_is_refused_with_a_sentence(send, body):
    answer = send(body=body)
    assert answer.status_code == 400
    assert "illisible" in answer.json()["message"]


def test_the_sheets_of_another_school_do_not_come_back(send):
    other = a_sheet_of(1)[0]
    said = send(touch(other)).json()
    assert said["answers"][0]["outcome"] == "refuse"
    assert said["states"] == []


def test_a_family_and_a_forger_send_nothing(bookings, nadia, now):
    parent = Client()
    parent.force_login(GuardianFactory(with_space=True).user)
    assert parent.post(URL, "{}", content_type="application/json").status_code == 404
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(nadia)
    assert forged.post(URL, "{}", content_type="application/json").status_code == 403


def test_a_session_that_ended_is_sent_to_sign_in_and_nothing_is_taken(bookings, now):
    answer = Client().post(URL, json.dumps({"touches": [touch(bookings[0])]}), content_type="application/json")
    assert answer["Location"].startswith("/compte/connexion/")


def test_the_worker_stands_beside_its_pages_and_nothing_is_kept_by_the_browser_itself(client_of, nadia, site):
    client = client_of(nadia)
    worker = client.get(reverse("reservations:attendance_worker"))
    assert worker["Content-Type"].startswith("text/javascript")
    assert worker.request["PATH_INFO"].startswith("/pointage/")
    for path in (
        reverse("reservations:attendance_days"),
        reverse("reservations:attendance_sheet", args=[site.pk, DAY]),
    ):
        assert "no-store" in client.get(path)["Cache-Control"]
        assert "unsafe" not in client.get(path)["Content-Security-Policy"]
