"""What the reservations declare about personal data: what a household may copy, and what keeps it from being forgotten."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from django.conf import settings

from castres_portal.base import retention
from castres_portal.base.retention import PUBLIC_INTEREST, Category
from families import data_export, erasure
from families.data_export import Row, Section, by_whom
from families.erasure import Part, Scope
from families.models import Guardian
from reservations.models import (
    Absence,
    AgendaFeed,
    Appointment,
    Attendance,
    Booking,
    Enrolment,
    WaitingEntry,
    Wish,
    WishList,
)

CHUNK = 500


def enrolment_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the household's enrolments."""
    rows = Enrolment.objects.filter(family=guardian.family).select_related(
        "child", "activity", "site__school", "site__venue", "school_year", "request"
    )
    for row in rows.order_by("starts_on", "pk").iterator(CHUNK):
        yield {
            "enfant": row.child.full_name,
            "activité": row.activity.name,
            "lieu": row.site.place_name,
            "année scolaire": row.school_year.label,
            "du": row.starts_on,
            "au": row.ends_on,
            "terminée le": row.ended_at,
            "terminée parce que": row.get_end_reason_display(),
            "demande": row.request.number,
            "inscrit par": by_whom(guardian=guardian, author=row.request.guardian_id),
        }


def booking_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the household's bookings, its own days only, cancelled ones included."""
    rows = Booking.objects.filter(family=guardian.family).select_related("child", "activity").order_by("day", "pk")
    for row in rows.iterator(CHUNK):
        yield {
            "jour": row.day,
            "enfant": row.child.full_name,
            "activité": row.activity.name,
            "état": row.get_status_display(),
            "réservée le": row.booked_at,
            "réservée par": by_whom(guardian=guardian, account=row.booked_by_id),
            "annulée le": row.cancelled_at,
            "rendue hors délai le": row.given_back_at,
        }


def waiting_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the days for which the household waited, or waits, for a place."""
    rows = WaitingEntry.objects.filter(family=guardian.family).select_related("child", "activity", "request")
    for row in rows.order_by("day", "pk").iterator(CHUNK):
        yield {
            "jour": row.day,
            "enfant": row.child.full_name,
            "activité": row.activity.name,
            "état": row.get_status_display(),
            "en attente depuis le": row.joined_at,
            "place proposée le": row.offered_at,
            "à accepter avant le": row.offered_until,
            "terminée le": row.ended_at,
            "motif du retrait": row.end_reason,
            "demande": row.request.number,
            "demandée par": by_whom(guardian=guardian, author=row.request.guardian_id),
        }


def wish_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the weeks that the household wished for, those that a later list replaced included."""
    rows = Wish.objects.filter(child__wish_list__family=guardian.family).select_related(
        "child__child", "child__wish_list__period", "child__wish_list__request", "site__venue", "site__school"
    )
    for row in rows.order_by("child__wish_list__asked_at", "child_id", "rank").iterator(CHUNK):
        wished = row.child.wish_list
        yield {
            "période": wished.period.label,
            "enfant": row.child.child.full_name,
            "rang": row.rank,
            "semaine du": row.monday,
            "lieu": row.site.place_name,
            "issue": "remplacé" if wished.replaced_at else row.get_outcome_display(),
            "motif": row.reason,
            "demande": wished.request.number,
            "demandé par": by_whom(guardian=guardian, author=wished.request.guardian_id),
        }


def appointment_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the appointments that she took for a place in a crèche; of another guardian's, only when and whether it holds."""
    rows = Appointment.objects.filter(family=guardian.family).select_related("slot__place", "request")
    for row in rows.order_by("booked_at"):
        said: Row = {
            "pris le": row.booked_at,
            "état": row.get_status_display(),
            "pris par": by_whom(guardian=guardian, author=row.request.guardian_id),
        }
        if row.request.guardian_id == guardian.pk:
            said |= {
                "enfant": row.child_name,
                "né(e) le": row.born_on,
                "naissance prévue le": row.due_on,
                "accueil souhaité à partir du": row.wished_on,
                "message": row.words,
                "mot d’annulation": row.cancel_words,
            }
        yield said


def absence_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the absences that the household announced; the words only when they are hers."""
    rows = Absence.objects.filter(request__family=guardian.family).select_related("request", "child", "activity")
    for row in rows.prefetch_related("days").order_by("request__received_at").iterator(CHUNK):
        said: Row = {
            "demande": row.request.number,
            "enfant": row.child.full_name,
            "activité": row.activity.name,
            "jours": [day.day for day in row.days.all()],
            "annoncée par": by_whom(guardian=guardian, author=row.request.guardian_id),
        }
        if row.request.guardian_id == guardian.pk:
            said |= {"motif": row.get_reason_display(), "précision": row.words}
        yield said


def attendance_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield what the attendance sheets say of the household's days; who touched them stays between the agents."""
    rows = Attendance.objects.filter(family=guardian.family).exclude(state=Attendance.State.CLEARED)
    rows = rows.select_related("child", "activity", "site__school", "site__venue").order_by("day", "pk")
    for row in rows.iterator(CHUNK):
        yield {
            "jour": row.day,
            "enfant": row.child.full_name,
            "activité": row.activity.name,
            "lieu": row.site.place_name,
            "pointage": row.get_state_display(),
            "arrivée": row.arrived_at.strftime("%H:%M") if row.arrived_at else None,
            "départ": row.left_at.strftime("%H:%M") if row.left_at else None,
            "pointé le": row.touched_at,
        }


def agenda_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the addresses that she gave to her calendar programs; their secret is kept nowhere."""
    for row in AgendaFeed.objects.filter(guardian=guardian).order_by("pk").iterator(CHUNK):
        yield {
            "créé le": row.made_at,
            "lu pour la dernière fois le": row.read_at,
            "fermé le": row.ended_at,
            "fermé parce que": row.get_ended_why_display(),
        }


def erase_agendas(scope: Scope) -> list[tuple[str, int]]:
    """Delete the addresses of the calendar feeds of who is forgotten."""
    return [("Liens d’agenda", AgendaFeed.objects.filter(guardian__in=scope.guardians).delete()[0])]


def erase_absences(scope: Scope) -> list[tuple[str, int]]:
    """Empty the words with which absences were announced."""
    rows = Absence.objects.filter(request__family=scope.family)
    if not scope.whole_household:
        rows = rows.filter(request__guardian__in=scope.guardians)
    return [("Précisions données sur des absences", rows.exclude(words="").update(words=""))]


def erase_wishes(scope: Scope) -> list[tuple[str, int]]:
    """Delete what a household that is forgotten as a whole had wished and waited for."""
    if not scope.whole_household:
        return []
    return [
        ("Vœux de vacances", WishList.objects.filter(family=scope.family).delete()[0]),
        ("Places en liste d’attente", WaitingEntry.objects.filter(family=scope.family).delete()[0]),
    ]


def erase_all(scope: Scope, at: datetime) -> Iterable[tuple[str, int]]:
    """Erase what the reservations hold of a scope."""
    return [*erase_appointments(scope, at), *erase_absences(scope), *erase_agendas(scope), *erase_wishes(scope)]


def erase_appointments(scope: Scope, at: datetime) -> Iterable[tuple[str, int]]:
    """Empty the appointments of a household, or those that a guardian took, of the child and of the words."""
    mine = Appointment.objects.filter(family=scope.family)
    if not scope.whole_household:
        mine = mine.filter(request__guardian__in=scope.guardians)
    count = 0
    for row in mine:
        born = row.born_on and date(row.born_on.year, 1, 1)
        Appointment.objects.filter(pk=row.pk).update(
            child_name="Effacé", child_key=f"efface-{row.pk}", born_on=born, words="", cancel_words="", note=""
        )
        count += 1
    return [("Rendez-vous petite enfance", count)]


def planned_appointment(scope: Scope, today: date) -> str:
    """Say that an appointment to come is to be cancelled first."""
    rows = Appointment.objects.filter(
        family=scope.family, status=Appointment.Status.PLANNED, slot__starts_at__date__gte=today
    )
    if not scope.whole_household:
        rows = rows.filter(request__guardian__in=scope.guardians)
    return "Un rendez-vous petite enfance est à venir : annulez-le d’abord." if rows.exists() else ""


def obstacle(scope: Scope, today: date) -> str:
    """Say what is running that needs the data, or nothing."""
    return " ".join(filter(None, (running_enrolments(scope, today), planned_appointment(scope, today))))


def running_enrolments(scope: Scope, today: date) -> str:
    """Say that a household with a child still enrolled cannot be forgotten yet."""
    if not scope.whole_household:
        return ""
    running = Enrolment.objects.filter(family=scope.family, ends_on__gte=today).select_related("child", "activity")
    first = running.order_by("starts_on").first()
    if first is None:
        return ""
    return (
        f"{first.child.first_name} est encore inscrit(e) à « {first.activity.name} » : mettez d’abord fin aux inscriptions "
        "de ce foyer, ou refusez la demande en le disant."
    )


def enrolled_since(since: datetime) -> Iterable[int]:
    """Return the households that had a child enrolled since an instant."""
    return Enrolment.objects.filter(ends_on__gte=since.date()).values_list("family_id", flat=True)


def kept_days() -> str:
    """Say how long an appointment is kept: it is a setting of its own."""
    return f"{settings.APPOINTMENTS['kept_days']}\u00a0jours"


def declare() -> None:
    """Fill the registries."""
    retention.register(
        Category(
            slug="rendez-vous",
            label="Rendez-vous petite enfance",
            data="prénom et naissance de l’enfant, accueil souhaité, message",
            purpose="préparer une place en crèche",
            basis=PUBLIC_INTEREST,
            starts="après le rendez-vous",
            then="effacés",
            source="démonstration : durée à confirmer par la Ville",
            applied_by="reservations.services.appointments.forgetting.forget_appointments",
            nightly=False,  # reservations.tasks.forget_old_appointments
            position=16,
            says=kept_days,
        )
    )
    retention.register(
        Category(
            slug="certificats-absence",
            label="Justificatifs médicaux des absences",
            data="certificat médical, précision écrite avec lui",
            purpose="appliquer la règle d’absence à la facture",
            basis=PUBLIC_INTEREST,
            starts="jusqu’à la réponse du service",
            then="effacés aussitôt ; la réponse est gardée avec la demande",
            source="principe de minimisation (RGPD, article 5-1-c)",
            applied_by="reservations.services.absences.forget_proofs",
            nightly=False,  # by the decision itself
            position=17,
            says=lambda: "le temps de la demande",
        )
    )
    retention.register(
        Category(
            slug="commandes-cuisine",
            label="Commandes de la cuisine",
            data="nombres de repas par lieu, âge et régime, sans aucun nom ; qui a saisi les repas d’adultes",
            purpose="préparer et livrer les repas",
            basis=PUBLIC_INTEREST,
            starts="après le jour du repas",
            then="effacées",
            source="démonstration : durée à confirmer par la Ville",
            applied_by="reservations.services.kitchen.forgetting.forget_orders",
            position=18,
        )
    )
    retention.register(
        Category(
            slug="rappels-de-reservation",
            label="Rappels de jours habituels",
            data="enfant, activité et jours rappelés",
            purpose="rappeler à une famille les jours qu’elle n’a pas réservés",
            basis=PUBLIC_INTEREST,
            starts="après le délai des jours rappelés",
            then="effacés",
            source="démonstration : durée à confirmer par la Ville",
            applied_by="reservations.services.reminders.forget_reminders",
            nightly=False,  # reservations.tasks.forget_old_reminders
            position=18,
            says=lambda: f"{settings.BOOKING_REMINDERS['kept_days']}\u00a0jours",
        )
    )
    retention.register(
        Category(
            slug="pointages",
            label="Pointages des présences",
            data="présence, absence, venue sans réservation, heures d’arrivée et de départ, et qui les a pointées",
            purpose="savoir quels enfants sont là, facturer ce qui a eu lieu, attester la fréquentation",
            basis=PUBLIC_INTEREST,
            starts="après le jour pointé",
            then="effacés",
            source="démonstration : durée à confirmer par la Ville",
            applied_by="reservations.services.attendance.forgetting.purge_attendance",
            position=18,
        )
    )
    retention.register(
        Category(
            slug="voeux",
            label="Vœux de vacances",
            data="semaines souhaitées, rang, points et leur détail",
            purpose="attribuer les semaines, et répondre à qui demande pourquoi",
            basis=PUBLIC_INTEREST,
            starts="après la période",
            then="effacés",
            source="démonstration : durée à confirmer par la Ville",
            applied_by="reservations.services.holidays.forgetting.forget_wishes",
            position=18,
        ),
        Category(
            slug="listes-d-attente",
            label="Listes d’attente",
            data="jours attendus, rang, et ce qu’il en est advenu",
            purpose="proposer les places dans l’ordre, et répondre à qui demande pourquoi",
            basis=PUBLIC_INTEREST,
            starts="après le jour attendu",
            then="effacées",
            source="démonstration : durée à confirmer par la Ville",
            applied_by="reservations.services.waiting.forgetting.forget_waits",
            position=18,
        ),
    )
    retention.register(
        Category(
            slug="liens-agenda",
            label="Liens d’agenda",
            data="dates de création, de dernière lecture et de fin d’un lien ; jamais le lien",
            purpose="montrer à un responsable les réservations de son foyer dans son agenda",
            basis=PUBLIC_INTEREST,
            starts="après la fin du lien",
            then="effacés",
            source="démonstration : durée à confirmer par la Ville",
            applied_by="reservations.services.agenda.forget_feeds",
            position=18,
        )
    )
    data_export.register(
        Section("inscriptions", "Les inscriptions", enrolment_rows, position=60),
        Section("rendez-vous", "Les rendez-vous petite enfance", appointment_rows, position=62),
        Section("absences", "Les absences", absence_rows, position=63),
        Section("liste-d-attente", "Les listes d’attente", waiting_rows, position=64),
        Section("voeux", "Les vœux de vacances", wish_rows, position=65),
        Section("pointages", "Les présences pointées", attendance_rows, position=66),
        Section("agenda", "Les liens d’agenda", agenda_rows, position=67),
        Section("reservations", "Les réservations", booking_rows, position=61),
    )
    erasure.register(Part("reservations", obstacle=obstacle, erase=erase_all, active_since=enrolled_since))
