"""Examples in every state, laid over the finished town for the named households: one module a subject."""

from collections.abc import Callable
from datetime import date

from castres_portal.demo.seed.examples import account
from castres_portal.demo.seed.examples.absences import add_absences
from castres_portal.demo.seed.examples.agenda import add_agenda
from castres_portal.demo.seed.examples.appointments import appointment_examples
from castres_portal.demo.seed.examples.attendance import add_attendance
from castres_portal.demo.seed.examples.certification import add_certifications, add_new_regulation
from castres_portal.demo.seed.examples.closures import add_closures
from castres_portal.demo.seed.examples.contact import add_messages
from castres_portal.demo.seed.examples.corrections import add_corrections
from castres_portal.demo.seed.examples.daily import add_daily_file
from castres_portal.demo.seed.examples.documents import add_documents
from castres_portal.demo.seed.examples.enrolling import enrolling_examples
from castres_portal.demo.seed.examples.filling import add_fuller_wednesdays
from castres_portal.demo.seed.examples.health import add_health_sheets
from castres_portal.demo.seed.examples.holidays import add_holidays
from castres_portal.demo.seed.examples.invoices import invoice_examples
from castres_portal.demo.seed.examples.kitchen import add_kitchen
from castres_portal.demo.seed.examples.news import add_news
from castres_portal.demo.seed.examples.papers import paper_examples
from castres_portal.demo.seed.examples.payments import add_payments
from castres_portal.demo.seed.examples.prices import add_prices
from castres_portal.demo.seed.examples.privacy import add_privacy
from castres_portal.demo.seed.examples.quotients import add_quotients
from castres_portal.demo.seed.examples.reconciliation import check_accounts
from castres_portal.demo.seed.examples.reminders import add_reminders
from castres_portal.demo.seed.examples.situation import add_situations
from castres_portal.demo.seed.examples.till import till_examples
from castres_portal.demo.seed.examples.waiting import add_waiting_lists

# Each function receives the day that the town believes in, and adds its rows by the services that people use.
EXAMPLES: tuple[Callable[[date], None], ...] = (
    account.add_examples,
    add_situations,
    appointment_examples,
    add_health_sheets,
    add_documents,
    add_quotients,
    add_certifications,
    add_new_regulation,
    paper_examples,
    enrolling_examples,
    add_closures,
    add_absences,
    add_kitchen,
    add_reminders,
    add_agenda,
    add_holidays,
    add_attendance,
    add_prices,
    add_waiting_lists,
    add_fuller_wednesdays,
    invoice_examples,
    till_examples,
    add_payments,
    add_news,
    add_messages,
    add_privacy,
    add_corrections,
    add_daily_file,
    # Last: it counts what all the others did.
    check_accounts,
)
