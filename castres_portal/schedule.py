"""What the scheduler starts, and when. A task is a wake-up: what is to be done are rows (law 5 of the house)."""

from celery.schedules import crontab

SCHEDULE = {
    "courriels": {"task": "castres_portal.base.tasks.send_mails", "schedule": 60.0},
    "factures-en-cours": {"task": "billing.tasks.resume_runs", "schedule": 60.0},
    "pdf-des-factures": {"task": "billing.tasks.make_invoice_papers", "schedule": 60.0},
    "rapprochement-payzen": {"task": "billing.tasks.reconcile_payments", "schedule": crontab(minute="*/5")},
    "notifications-payzen": {"task": "billing.tasks.apply_stored_messages", "schedule": 60.0},
    "exports-de-donnees": {"task": "families.tasks.make_data_exports", "schedule": 60.0},
    "conservation": {"task": "families.tasks.purge_personal_data", "schedule": crontab(hour=4, minute=10)},
    "menage": {"task": "castres_portal.base.tasks.tidy", "schedule": crontab(hour=3, minute=20)},
}
