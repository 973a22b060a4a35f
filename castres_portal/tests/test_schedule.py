"""What the scheduler starts exists: a name that no worker knows would be a silence each minute."""

from celery import current_app

from castres_portal.schedule import SCHEDULE


def test_every_task_of_the_schedule_is_known_to_the_workers():
    current_app.loader.import_default_modules()
    assert {entry["task"] for entry in SCHEDULE.values()} <= set(current_app.tasks)
