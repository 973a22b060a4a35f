"""What reservations add to « Mes dernières demandes »: how each of their requests is shown, and what deciding it does."""

from families.request_kinds import RequestKind, register
from reservations import kinds
from reservations.forms.absences import grant_form
from reservations.forms.enrolling import demand_form
from reservations.queries.absences import absence_detail
from reservations.queries.appointments import appointment_detail
from reservations.queries.closures import closure_detail
from reservations.queries.late_days import late_days_detail
from reservations.queries.receipt_pages import booking_detail
from reservations.queries.receipts import demand_detail, ending_detail, enrolment_detail
from reservations.queries.waiting import waiting_detail
from reservations.queries.wishes import wish_detail
from reservations.services import absences, holidays
from reservations.services.enrolling import demands

# Each mails a receipt of its own, which says more than an acknowledgement.
KINDS = (
    RequestKind(
        kinds.BOOKING,
        "Réservations",
        "calendar-days",
        "reservations/request_booking.html",
        booking_detail,
        acknowledges=False,
    ),
    RequestKind(
        kinds.ENROLMENT,
        "Inscription",
        "academic-cap",
        "reservations/request_enrolment.html",
        enrolment_detail,
        acknowledges=False,
    ),
    RequestKind(
        kinds.ENROLMENT_DEMAND,
        "Demande d’inscription",
        "academic-cap",
        "reservations/request_enrolment_demand.html",
        demand_detail,
        on_accept=demands.accept_demand,
        on_refuse=demands.refuse_demand,
        on_withdraw=demands.withdraw_demand,
        accept_form=demand_form,
        acknowledges=False,
    ),
    RequestKind(
        kinds.ENROLMENT_END,
        "Fin d’inscription",
        "academic-cap",
        "reservations/request_enrolment_end.html",
        ending_detail,
        acknowledges=False,
    ),
    RequestKind(
        kinds.WAITING,
        "Liste d’attente",
        "queue-list",
        "reservations/waiting/request.html",
        waiting_detail,
        acknowledges=False,
        may_withdraw=False,
    ),
    RequestKind(
        kinds.GIVEN_BACK,
        "Jour rendu",
        "arrow-uturn-left",
        "reservations/late_days/request.html",
        late_days_detail,
        acknowledges=False,
        may_withdraw=False,
    ),
    RequestKind(
        kinds.CLOSURE,
        "Fermeture d’un service",
        "no-symbol",
        "reservations/request_closure.html",
        closure_detail,
        acknowledges=False,
        may_withdraw=False,
    ),
    RequestKind(
        kinds.APPOINTMENT,
        "Rendez-vous petite enfance",
        "calendar",
        "reservations/appointments/request.html",
        appointment_detail,
        service="petite-enfance",
        acknowledges=False,
        may_withdraw=False,
    ),
    RequestKind(
        kinds.ABSENCE,
        "Absence",
        "calendar",
        "reservations/request_absence.html",
        absence_detail,
        on_accept=absences.accept_absence,
        on_refuse=absences.refuse_absence,
        on_withdraw=absences.withdraw_absence,
        accept_form=grant_form,
        acknowledges=False,
    ),
    RequestKind(
        kinds.WISHES,
        "Vœux de vacances",
        "sun",
        "reservations/request_wishes.html",
        wish_detail,
        on_accept=holidays.only_by_allocation,
        on_refuse=holidays.only_by_allocation,
        on_withdraw=holidays.withdraw_wishes,
        acknowledges=False,
    ),
)


def declare() -> None:
    """Make them known."""
    for kind in KINDS:
        register(kind)
