"""What the scheduler starts, and when. A task is a wake-up: what is to be done are rows (law 5 of the house)."""

from celery.schedules import crontab

SCHEDULE = {
    "courriels": {"task": "castres_portal.base.tasks.send_mails", "schedule": 60.0},
    "factures-en-cours": {"task": "billing.tasks.resume_runs", "schedule": 60.0},
    # From the day that the settings name; each morning, should a machine have slept.
    "apercu-de-facturation": {"task": "billing.tasks.preview_if_due", "schedule": crontab(hour=5, minute=20)},
    "pdf-des-factures": {"task": "billing.tasks.make_invoice_papers", "schedule": 60.0},
    "lots-d-impression": {"task": "billing.tasks.make_print_batches", "schedule": 60.0},
    "rapprochement-payzen": {"task": "billing.tasks.reconcile_payments", "schedule": crontab(minute="*/5")},
    "notifications-payzen": {"task": "billing.tasks.apply_stored_messages", "schedule": 60.0},
    "exports-de-donnees": {"task": "families.tasks.make_data_exports", "schedule": 60.0},
    "exports-de-listes": {"task": "castres_portal.base.tasks.make_list_exports", "schedule": 60.0},
    "conservation": {"task": "families.tasks.purge_personal_data", "schedule": crontab(hour=4, minute=10)},
    "fins-de-quotient": {"task": "families.tasks.tell_quotient_endings", "schedule": crontab(hour=6, minute=30)},
    "analyse-des-pieces": {"task": "documents.tasks.scan_documents", "schedule": 60.0},
    "rappels-des-pieces": {"task": "documents.tasks.remind_documents", "schedule": crontab(hour=6, minute=10)},
    "conservation-des-pieces": {"task": "documents.tasks.purge_documents", "schedule": crontab(hour=3, minute=40)},
    "changements-du-jour": {"task": "families.tasks.apply_due_changes", "schedule": crontab(minute=7)},
    # Just after midnight, and again each hour should the machine have slept.
    "fin-des-droits-limites": {"task": "families.tasks.end_limits", "schedule": crontab(minute=1)},
    "rappels-de-rendez-vous": {"task": "reservations.tasks.remind_appointments", "schedule": crontab(minute="*/15")},
    "rendez-vous-anciens": {
        "task": "reservations.tasks.forget_old_appointments",
        "schedule": crontab(hour=3, minute=40),
    },
    "reports-d-inscriptions": {"task": "reservations.tasks.carry_enrolments", "schedule": 60.0},
    "passage-de-niveau": {"task": "reservations.tasks.raise_levels", "schedule": crontab(hour=2, minute=20)},
    "liste-d-attente": {"task": "reservations.tasks.offer_places", "schedule": 60.0},
    # Once in the morning; again each hour of the day should the machine have slept: each reminder is written once.
    "relances-des-impayes": {
        "task": "billing.tasks.remind_of_unpaid_invoices",
        "schedule": crontab(minute=25, hour="9-17"),
    },
    "echeances": {"task": "billing.tasks.watch_instalments", "schedule": crontab(minute=45, hour="9-17")},
    # By day, so that no telephone rings at night.
    "rappels-de-reservation": {
        "task": "reservations.tasks.remind_of_usual_days",
        "schedule": crontab(hour="8-20", minute="*/15"),
    },
    "rappels-anciens": {"task": "reservations.tasks.forget_old_reminders", "schedule": crontab(hour=4, minute=0)},
    "documents-anciens": {"task": "documents.tasks.forget_old_papers", "schedule": crontab(hour=3, minute=50)},
    "fermetures": {"task": "reservations.tasks.tell_closures", "schedule": 60.0},
    "certification": {"task": "families.tasks.remind_certification", "schedule": crontab(hour=8, minute=10)},
    "nouveaux-reglements": {"task": "documents.tasks.announce_regulations", "schedule": crontab(hour=7, minute=50)},
    "commandes-de-la-cuisine": {"task": "reservations.tasks.keep_kitchen_orders", "schedule": 60.0},
    # Before the cook arrives.
    "controle-de-la-cuisine": {"task": "reservations.tasks.check_kitchen", "schedule": crontab(hour=5, minute=10)},
    "mandats-inutilises": {"task": "billing.tasks.end_unused_mandates", "schedule": crontab(hour=3, minute=55)},
    # Before the régie opens, and before the month's preview is counted.
    "controle-des-comptes": {"task": "billing.tasks.reconcile_accounts", "schedule": crontab(hour=4, minute=40)},
    "menage": {"task": "castres_portal.base.tasks.tidy", "schedule": crontab(hour=3, minute=20)},
}
