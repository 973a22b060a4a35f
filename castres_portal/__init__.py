"""The site: settings, addresses, tasks, home and legal pages, demonstration."""

from castres_portal.celery import app as celery_app

__all__ = ["celery_app"]
