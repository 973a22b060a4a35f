"""The Celery application of the portal."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "castres_portal.settings")

app = Celery("castres_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
