"""Each page, visited as nobody, its owner, the other parent, another family, and each kind of agent."""

import re
from datetime import date
from uuid import uuid4

import pytest
from django.test import Client

from billing.models import Coverage, CreditNote, Invoice
from billing.services.corrections import confirm_credit_note, propose_price_error
from billing.tests.factories import pay
from castres_portal.tests.cast import Cast, assemble
from documents.tests.factories import DocumentKindFactory, IssuedPaperFactory, SupportingDocumentFactory
from families.models import AuthorisedAdult, FamilyContact, WeekExchange
from families.tests.factories import NOON, FamilyRequestFactory, GuardianFactory
from reservations.models import DayReminder
from reservations.queries.reminders import reminder_key, stop_key
from reservations.services.agenda import make_feed
from reservations.tests.factories import (
    AppointmentFactory,
    AppointmentSlotFactory,
    HolidayPeriodFactory,
    WaitingEntryFactory,
)

pytestmark = pytest.mark.django_db

SIGN_IN = "/compte/connexion/"
PERSONS = ("nobody", "claire", "paul", "lucie", "agent", "cook", "regisseur")

# Path, then what each person gets, in the order above. A number is a status; a text, where she is sent.
# {child} and {invoice} are the Martins', {zoe} and {petit} the separated parents'.
ATTACH, ADMIN, HOME = "/compte/rattacher/", "/admin/", "/accueil/"
CONTACT = "/contact/"
AGAIN = ("/compte/confirmer-identite/",) * 6
OPEN = (200,) * 7
MINE = (SIGN_IN, 200, 200, 404, 404, 404, 404)
MINE_TOO = (SIGN_IN, 200, 200, 200, 404, 404, 404)
FAMILIES = (SIGN_IN, 200, 200, 200)
HOUSEHOLD = (SIGN_IN, 200, 200, 200, ATTACH, ATTACH, ATTACH)
OWN = (SIGN_IN, 200, 200, 404, ATTACH, ATTACH, ATTACH)
NOT_THEIRS = (SIGN_IN, 404, 404, 404, ATTACH, ATTACH, ATTACH)
TABLE = {
    "/": OPEN,
    "/activites/": OPEN,
    "/infos-pratiques/": OPEN,
    "/contact/": OPEN,
    "/demarches/": OPEN,
    "/actualites/": OPEN,
    "/actualites/flux.atom": OPEN,
    "/mentions-legales/": OPEN,
    "/conditions/": OPEN,
    "/accessibilite/": OPEN,
    "/cookies/": OPEN,
    "/plan-du-site/": OPEN,
    "/donnees-personnelles/": OPEN,
    "/compte/mes-donnees/": (SIGN_IN, 200, 200, 200, 200, 200, 200),
    "/compte/mes-donnees/droits/": (SIGN_IN, 200, 200, 200, CONTACT, CONTACT, CONTACT),
    # Nobody has just given her password: it is asked again.
    "/compte/mes-donnees/effacement/": (SIGN_IN, *AGAIN),
    "/compte/mes-donnees/telecharger/": (SIGN_IN, *AGAIN),
    "/accueil/": (*FAMILIES, ADMIN, ADMIN, ADMIN),
    "/compte/": (SIGN_IN, 200, 200, 200, 200, 200, 200),
    "/compte/connexions/": (SIGN_IN, 200, 200, 200, 200, 200, 200),
    "/compte/activite/": (SIGN_IN, 200, 200, 200, 200, 200, 200),
    "/compte/double-authentification/": (SIGN_IN, 200, 200, 200, 200, 200, 200),
    "/compte/double-authentification/cles-acces/": (SIGN_IN, 200, 200, 200, 200, 200, 200),
    "/admin/families/guardian/{guardian}/droits/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/compte/franceconnect/lien/": (SIGN_IN, 200, 200, 200, 200, 200, 200),
    "/compte/franceconnect/identite-inconnue/": (SIGN_IN,) * 7,
    "/famille/quotient/": (*FAMILIES, ATTACH, ATTACH, ATTACH),
    "/famille/quotient/declarer/": (*FAMILIES, ATTACH, ATTACH, ATTACH),
    "/famille/quotient/recuperer/": (*FAMILIES, ATTACH, ATTACH, ATTACH),
    "/admin/accounts/identitymismatch/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/petite-enfance/": MINE_TOO,
    "/petite-enfance/{appointment}/deplacer/": MINE,
    "/petite-enfance/{appointment}/annuler/": MINE,
    "/petite-enfance/{appointment}/agenda.ics": MINE,
    "/documents/": (SIGN_IN, 200, 200, 200, 200, 200, 200),
    "/documents/demander/recapitulatif/": MINE_TOO,
    "/documents/demander/attestation-inscription/": MINE_TOO,
    "/documents/papiers/{paper}/": MINE,
    "/documents/papiers/{paper}/pdf/": MINE,
    "/verifier/": OPEN,
    "/verifier/{paper_token}/": OPEN,
    "/verifier/rien/": (404,) * 7,
    "/documents/reglements/{regulation}/1/": OPEN,
    "/documents/reglements/{regulation}/1/pdf/": OPEN,
    "/documents/reglements/": (*FAMILIES, ATTACH, ATTACH, ATTACH),
    "/documents/reglements/{regulation}/1/accepter/": (SIGN_IN, 200, 200, 404, 404, 404, 404),
    "/famille/sante/": (*FAMILIES, ATTACH, ATTACH, ATTACH),
    "/famille/enfants/{child}/sante/": MINE,
    "/famille/enfants/{child}/sante/modifier/": MINE,
    "/famille/enfants/{child}/sante/autorisations/": MINE,
    "/famille/enfants/{child}/sante/demande/": MINE,
    "/famille/enfants/{child}/sante/pdf/": MINE,
    "/famille/enfants/{child}/sante/confirmer/": (SIGN_IN, 405, 405, 405, 405, 405, 405),
    "/famille/enfants/{zoe}/sante/": (SIGN_IN, 404, 404, 404, 404, 404, 404),
    "/famille/enfants/{zoe}/sante/pdf/": (SIGN_IN, 404, 404, 404, 404, 404, 404),
    "/famille/certification/": (*FAMILIES, ATTACH, ATTACH, ATTACH),
    "/famille/consultations/": (*FAMILIES, ATTACH, ATTACH, ATTACH),
    "/pieces/": (*FAMILIES, ATTACH, ATTACH, ATTACH),
    "/pieces/deposer/": (*FAMILIES, ATTACH, ATTACH, ATTACH),
    "/pieces/{piece}/": MINE,
    "/pieces/{petit_piece}/": (SIGN_IN, 404, 404, 404, 404, 404, 404),
    "/admin/documents/supportingdocument/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/documents/supportingdocument/{piece_pk}/change/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/documents/supportingdocument/{piece_pk}/fichier/": (SIGN_IN, 403, 403, 403, 200, 404, 404),
    "/admin/documents/supportingdocument/{secret_pk}/fichier/": (SIGN_IN, 403, 403, 403, 404, 404, 404),
    "/admin/documents/documentkind/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/documents/purgereport/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/reservations/": MINE_TOO,
    "/reservations/2026-12/": MINE_TOO,
    "/reservations/2026-12/?enfant={child}": MINE,
    "/reservations/semaine/2026-W50/": MINE_TOO,
    "/reservations/jour/2026-12-07/": MINE_TOO,
    "/reservations/{child}/restauration/jour/2026-12-07/": MINE,
    "/reservations/{zoe}/restauration/jour/2026-12-07/": (SIGN_IN, 404, 404, 404, 404, 404, 404),
    "/reservations/{child}/restauration/2026-12/": MINE,
    "/inscriptions/{child}/restauration/": MINE,
    "/reservations/semaine-type/": MINE_TOO,
    "/reservations/copier-un-mois/": MINE_TOO,
    "/reservations/copier-vers/": MINE_TOO,
    "/reservations/effacer/": MINE_TOO,
    "/reservations/jours-habituels/": MINE_TOO,
    "/reservations/rappels/": MINE_TOO,
    "/reservations/rappel/{reminder}/": OPEN,
    "/reservations/rappel/{reminder_stop}/arreter/": OPEN,
    "/reservations/rappel/rien/": (404,) * 7,
    "/reservations/rappel/rien/arreter/": (404,) * 7,
    "/vacances/": (SIGN_IN, 200, 200, 200, 404, 404, 404),
    "/vacances/{period}/": (SIGN_IN, 200, 200, 200, 404, 404, 404),
    "/vacances/{wishes}/": (SIGN_IN, 200, 200, 200, 404, 404, 404),
    "/vacances/999999/": (SIGN_IN, 404, 404, 404, 404, 404, 404),
    "/inscriptions/choix/": (SIGN_IN, *("/inscriptions/",) * 3, 404, 404, 404),
    "/inscriptions/terminer/{enrolment}/": MINE,
    "/admin/reservations/enrolment/{enrolment}/mettre-fin/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/enrolment/{enrolment}/changer-de-lieu/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/schoolyear/{year}/reporter-les-inscriptions/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/liste-d-attente/": (SIGN_IN, 200, 200, 200, 404, 404, 404),
    "/liste-d-attente/{wait}/": MINE,
    "/liste-d-attente/{wait}/accepter/": (SIGN_IN, 405, 405, 405, 405, 405, 405),
    "/liste-d-attente/{wait}/quitter/": (SIGN_IN, 405, 405, 405, 405, 405, 405),
    "/liste-d-attente/{child}/restauration/": MINE,
    "/liste-d-attente/{zoe}/restauration/": (SIGN_IN, 404, 404, 404, 404, 404, 404),
    "/jours-rendus/": (SIGN_IN, 200, 200, 200, 404, 404, 404),
    "/jours-rendus/reprendre/": (SIGN_IN, 405, 405, 405, 405, 405, 405),
    "/admin/reservations/waitingentry/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/waitingentry/jours/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/waitingentry/jour/{site}/2026-12-07/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/waitingentry/{wait}/change/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/simulation/": OPEN,
    "/menus/": OPEN,
    "/compte/mon-agenda/": (SIGN_IN, 200, 200, 200, 404, 404, 404),
    "/agenda/{agenda}.ics": OPEN,
    "/agenda/rien.ics": (404,) * 7,
    "/absences/": (SIGN_IN, 200, 200, 200, 404, 404, 404),
    "/absences/{child}/restauration/": MINE,
    "/absences/{zoe}/restauration/": (SIGN_IN, 404, 404, 404, 404, 404, 404),
    "/factures/compte/": (SIGN_IN, 200, 200, 200, "/accueil/", "/accueil/", "/accueil/"),
    "/factures/en-ligne/": (SIGN_IN, 200, 200, 200, "/accueil/", "/accueil/", "/accueil/"),
    "/admin/billing/printbatch/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/printbatch/preparer": (SIGN_IN, 403, 403, 403, 403, 403, 200),
    "/admin/billing/deliverychoice/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    # Without a creditor identifier in the settings, the town takes no direct debit.
    "/factures/prelevement/": (SIGN_IN, 404, 404, 404, 404, 404, 404),
    "/admin/billing/debitbatch/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/debitbatch/annoncer": (SIGN_IN, 403, 403, 403, 403, 403, 200),
    "/admin/billing/debitbatch/rejets": (SIGN_IN, 403, 403, 403, 403, 403, 200),
    "/admin/billing/sepamandate/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/factures/{invoice}/": MINE,
    "/factures/{invoice}/pdf/": MINE,
    "/quittances/{payment}/": MINE,
    "/factures/payer/?facture={invoice}": (SIGN_IN, 200, 200, 404, HOME, HOME, HOME),
    "/factures/{invoice}/ligne/{line}/": MINE,
    "/demandes/{request}/": (SIGN_IN, 200, 200, 404, ATTACH, ATTACH, ATTACH),
    "/demandes/{request}/accuse-de-reception/": MINE,
    "/demandes/suivi/rien/": (404,) * 7,
    "/reservations/{zoe}/restauration/2026-12/": (SIGN_IN, 404, 404, 404, 404, 404, 404),
    "/avoirs/{note}/": MINE,
    "/avoirs/{note}/pdf/": MINE,
    "/avoirs/{petit_note}/": (SIGN_IN, 404, 404, 404, 404, 404, 404),
    "/avoirs/{petit_note}/pdf/": (SIGN_IN, 404, 404, 404, 404, 404, 404),
    "/admin/billing/coverage/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/coverage/foyer/{martin}/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/coverage/{coverage_pk}/change/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/coverage/{coverage_pk}/arreter/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/payingbody/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/payingbody/ajouter/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/creditnote/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/creditnote/restes-csv/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/creditnote/{note_pk}/confirmer/": (SIGN_IN, 403, 403, 403, 403, 403, 200),
    "/admin/billing/supplement/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/billingrun/facturer/": (SIGN_IN, 403, 403, 403, 403, 403, 200),
    "/admin/billing/invoice/{invoice_pk}/avoir/": (SIGN_IN, 403, 403, 403, 403, 403, 200),
    "/factures/{petit}/": (SIGN_IN, 404, 404, 404, 404, 404, 404),
    "/factures/{petit}/pdf/": (SIGN_IN, 404, 404, 404, 404, 404, 404),
    "/famille/": HOUSEHOLD,
    "/famille/coordonnees/": HOUSEHOLD,
    "/famille/coordonnees/{guardian}/": OWN,
    "/famille/changement/naissance/": HOUSEHOLD,
    "/famille/changement/adresse/": HOUSEHOLD,
    "/famille/changement/interdiction/": HOUSEHOLD,
    "/famille/changement/separation/": (SIGN_IN, 200, 200, 404, ATTACH, ATTACH, ATTACH),
    "/famille/changement/ecole/{child}/": OWN,
    "/famille/changement/garde/{child}/": OWN,
    "/famille/changement/ecole/{zoe}/": NOT_THEIRS,
    "/famille/enfants/{child}/garde/": OWN,
    "/famille/enfants/{child}/echange/": OWN,
    "/famille/enfants/{zoe}/garde/": NOT_THEIRS,
    "/famille/enfants/{zoe}/echange/": NOT_THEIRS,
    "/famille/echanges/{exchange}/": NOT_THEIRS,
    "/famille/personnes/": HOUSEHOLD,
    "/famille/personnes/ajouter/": HOUSEHOLD,
    "/famille/personnes/{adult}/retirer/": OWN,
    "/famille/contacts/ajouter/": HOUSEHOLD,
    "/famille/contacts/{contact}/": OWN,
    "/admin/": (SIGN_IN, 403, 403, 403, 200, 200, 200),
    "/admin/families/family/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/families/family/{martin}/guichet/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/guichet/terminer/": (SIGN_IN, 405, 405, 405, 405, 405, 405),
    "/admin/families/family/add/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/families/child/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/families/healthrecord/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/families/healthrecord/enfant/{child}/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/families/reading/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/families/certification/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/families/activationcode/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/families/familyrequest/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/families/familyrequest/{request_pk}/change/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/families/familyrequest/{request_pk}/accuse-de-reception/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/booking/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/reservations/activity/": (SIGN_IN, 403, 403, 403, 200, 200, 200),
    "/admin/documents/issuedpaper/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/documents/issuedpaper/{paper_pk}/change/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/documents/issuedpaper/{paper_pk}/pdf/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/documents/issuedpaper/delivrer/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/documents/issuedpaper/delivrer/{martin}/recapitulatif/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/appointment/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/appointment/{appointment_pk}/change/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/appointment/prendre/{slot}/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/appointmentslot/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/appointmentslot/agenda/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/appointmentslot/ouvrir/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/appointmentplace/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/holidayperiod/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/holidayperiod/add/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/holidayperiod/{wishes}/change/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/holidayperiod/{wishes}/attribution/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/wishlist/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/absence/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/absencerule/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/reservations/absencerule/add/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/siteday/": (SIGN_IN, 403, 403, 403, 200, 200, 200),
    "/admin/reservations/siteday/remplissage/": (SIGN_IN, 403, 403, 403, 200, 200, 200),
    "/admin/reservations/siteday/jour/{site}/2026-12-07/": (SIGN_IN, 403, 403, 403, 200, 200, 200),
    "/admin/reservations/siteday/places/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/placeschange/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/kitchenorder/": (SIGN_IN, 403, 403, 403, 200, 200, 403),
    "/admin/reservations/kitchenorder/jour/": (SIGN_IN, 403, 403, 403, 200, 200, 403),
    "/admin/reservations/kitchenorder/semaine/": (SIGN_IN, 403, 403, 403, 200, 200, 403),
    "/admin/reservations/kitchenorder/adultes/": (SIGN_IN, 403, 403, 403, 200, 200, 403),
    "/admin/reservations/kitchencheck/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/menu/": (SIGN_IN, 403, 403, 403, 200, 200, 403),
    "/admin/reservations/menu/semaine/": (SIGN_IN, 403, 403, 403, 200, 200, 403),
    "/admin/reservations/menu/importer/": (SIGN_IN, 403, 403, 403, 200, 200, 403),
    "/admin/reservations/menu/exporter/": (SIGN_IN, 403, 403, 403, 200, 200, 403),
    "/admin/reservations/dayreminder/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/reservations/dayreminder/{reminder_pk}/change/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/billing/invoice/tableau-de-bord/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/invoice/exporter/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/reservations/booking/exporter/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/reservations/absence/exporter/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/billing/invoice/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/payment/trop-percus/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/tillentry/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/tillentry/caisse/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/tillentry/journal/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/tillentry/encaisser/{martin}/": (SIGN_IN, 403, 403, 403, 403, 403, 200),
    "/admin/billing/tillentry/arreter/": (SIGN_IN, 403, 403, 403, 403, 403, 200),
    "/admin/billing/tillentry/remettre/": (SIGN_IN, 403, 403, 403, 403, 403, 200),
    "/admin/billing/tillclosing/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/depositslip/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/paymentreminder/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/paymentreminder/impayes/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/treasurybatch/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/treasurybatch/retirer/1/": (SIGN_IN, 403, 403, 403, 403, 403, 404),
    "/admin/billing/treasurybatch/encaisse/1/": (SIGN_IN, 403, 403, 403, 403, 403, 404),
    "/admin/billing/payment/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/anomaly/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/instalment/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/instalment/exporter/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/dailyfile/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/dailyfile/comparer/": (SIGN_IN, 403, 403, 403, 403, 403, 200),
    "/admin/billing/dailyline/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/dailyline/exporter/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/reconciliationrun/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/billing/reconciliationrun/dernier/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/post_office/email/": (SIGN_IN, 403, 403, 403, 200, 403, 200),
    "/admin/portal/news/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/portal/news/add/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/portal/termsversion/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/portal/accessibilityaudit/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/portal/accessibilityaudit/add/": (SIGN_IN, 403, 403, 403, 403, 403, 403),
    "/admin/portal/securityattestation/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/families/dataexport/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/families/dataexport/add/": (SIGN_IN, 403, 403, 403, 403, 403, 403),
    "/admin/families/erasure/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/families/retentionrun/": (SIGN_IN, 403, 403, 403, 200, 403, 403),
    "/admin/accounts/user/": (SIGN_IN, 403, 403, 403, 403, 403, 403),
}


@pytest.fixture
def cast() -> Cast:
    return assemble()


def client_of(cast: Cast, person: str) -> Client:
    client = Client()
    if person != "nobody":
        client.force_login(getattr(cast, person))
    return client


def visit(client: Client, path: str) -> int | str:
    """Return the status, or where a redirect leads; the admin sends strangers to sign in through its own address."""
    is_admin = path.startswith("/admin/")
    response = client.get(path, follow=is_admin)
    if is_admin and response.redirect_chain and response.redirect_chain[-1][0].startswith(SIGN_IN):
        return SIGN_IN
    if response.status_code == 302:
        return response["Location"].partition("?")[0]
    return response.status_code


def test_each_person_gets_what_is_hers_and_nothing_else(cast: Cast):
    piece = SupportingDocumentFactory(family=cast.martin)
    values = {
        "piece": piece.key,
        "piece_pk": piece.pk,
        "petit_piece": SupportingDocumentFactory(family=cast.petit).key,
        "secret_pk": SupportingDocumentFactory(family=cast.martin, kind=DocumentKindFactory(confidential=True)).pk,
        "child": cast.leo.pk,
        "zoe": cast.zoe.pk,
        "invoice": cast.invoice.number,
        "payment": pay(cast.invoice, "1.00").number,
        "line": cast.invoice.lines.first().pk,
        "petit": cast.petit_invoice.number,
        "note": _credit_note(cast, cast.invoice).number,
        "note_pk": CreditNote.objects.get(invoice=cast.invoice).pk,
        "petit_note": _credit_note(cast, cast.petit_invoice).number,
        "invoice_pk": cast.invoice.pk,
        "request": cast.martin.requests.first().number,
        "request_pk": cast.martin.requests.first().pk,
        "guardian": GuardianFactory(family=cast.martin, pays=False, first_name="Karim").pk,
        **people_of(cast),
        "regulation": cast.martin.enrolments.first().activity.regulation.slug,
        "enrolment": cast.martin.enrolments.first().pk,
        "year": cast.martin.enrolments.first().school_year_id,
    }
    appointment, paper = AppointmentFactory(family=cast.martin), IssuedPaperFactory(family=cast.martin)
    wait = WaitingEntryFactory(enrolment=cast.martin.enrolments.first())
    values |= {
        "wait": wait.pk,
        "site": wait.site_id,
        "martin": cast.martin.pk,
        "period": HolidayPeriodFactory().pk,
        "wishes": HolidayPeriodFactory(wishes=True, starts_on=date(2027, 2, 8), ends_on=date(2027, 2, 19)).pk,
        "paper": paper.number,
        "paper_pk": paper.pk,
        "paper_token": paper.token,
        "appointment": appointment.request.number,
        "appointment_pk": appointment.pk,
        "slot": AppointmentSlotFactory(receives="M. Pons (démonstration)").pk,
        "coverage_pk": Coverage.objects.create(
            family=cast.martin,
            child=cast.leo,
            payer=cast.bernard,
            percent=40,
            starts_on=NOON.date(),
            decision="12",
            decided_on=NOON.date(),
            added_at=NOON,
            added_by=cast.agent,
        ).pk,
    }
    guardian = GuardianFactory(family=cast.martin, pays=False, with_space=True)
    told = DayReminder.objects.create(family=cast.martin, deadline=NOON, ends_at=NOON, planned_at=NOON, settled_at=NOON)
    values |= {"reminder": reminder_key(told, guardian), "reminder_stop": stop_key(guardian), "reminder_pk": told.pk}
    values["agenda"] = make_feed(guardian=guardian, user=guardian.user, seed="g" * 43, at=NOON)
    clients = {person: client_of(cast, person) for person in PERSONS}

    surprises = {}
    for path, expected in TABLE.items():
        for person, wanted in zip(PERSONS, expected, strict=True):
            got = visit(clients[person], path.format(**values))
            if got != wanted:
                surprises[path, person] = f"{got} au lieu de {wanted}"

    assert surprises == {}


def _credit_note(cast: Cast, invoice: Invoice) -> CreditNote:
    lines = [invoice.lines.earliest("day").pk]
    by = {"by": cast.regisseur, "at": NOON}
    note = propose_price_error(invoice=invoice, lines=lines, per_line=None, reason="prix", words="Erreur.", **by)
    return confirm_credit_note(note=note, **by)


def people_of(cast: Cast) -> dict[str, int]:
    """What the Martins, and the separated parents, have written in their own files."""
    adult = AuthorisedAdult.objects.create(
        family=cast.martin, first_name="Odile", last_name="Roques", phone="x", starts_on=NOON.date(), added_at=NOON
    )
    contact = FamilyContact.objects.create(family=cast.martin, first_name="Odile", last_name="Roques", phone="x")
    exchange = WeekExchange.objects.create(
        request=FamilyRequestFactory(family=cast.petit, kind="echange-garde", status="recue"),
        child=cast.zoe,
        other_family=cast.bernard,
        gives_from=date(2026, 11, 30),
        gives_to=date(2026, 12, 6),
        submission=uuid4(),
    )
    return {"adult": adult.pk, "contact": contact.pk, "exchange": exchange.pk}


def test_each_separated_parent_sees_her_own_household_only(cast: Cast):
    pages = (
        "/accueil/",
        "/factures/",
        "/factures/compte/",
        "/demandes/",
        "/famille/",
        "/famille/coordonnees/",
        "/famille/quotient/",
        "/famille/sante/",
        "/famille/consultations/",
        "/famille/certification/",
        f"/famille/enfants/{cast.zoe.pk}/garde/",
        f"/famille/enfants/{cast.zoe.pk}/sante/",
        "/pieces/",
        "/documents/",
        "/documents/reglements/",
        "/petite-enfance/",
        "/absences/",
        "/reservations/semaine-type/",
        "/reservations/jours-habituels/",
        "/liste-d-attente/",
        "/jours-rendus/",
        "/simulation/",
        f"/reservations/{cast.zoe.pk}/restauration/2026-12/",
        "/reservations/2026-12/",
        "/reservations/semaine/2026-W50/",
        "/reservations/jour/2026-10-05/",
        f"/reservations/{cast.zoe.pk}/restauration/jour/2026-10-05/",
    )
    for parent, other in ((cast.anne, "Bernard"), (cast.hugo, "Petit")):
        client = Client()
        client.force_login(parent)
        for path in pages:
            response = client.get(path)
            assert response.status_code == 200, path
            text = response.content.decode().replace("Zoé BERNARD", "").replace("Zoé Bernard", "")
            assert not re.search(rf"\b{other}\b", text), f"{path} montre {other} à {parent.greeting}"
        family_pages = ("/famille/", "/famille/coordonnees/", f"/famille/enfants/{cast.zoe.pk}/garde/")
        for path in (
            "/accueil/",
            "/factures/",
            "/demandes/",
            *family_pages,
            f"/reservations/{cast.zoe.pk}/restauration/2026-12/",
        ):
            text = client.get(path).content.decode()
            for innocent in ("Zoé BERNARD", "Zoé Bernard", "Petite enfance"):
                text = text.replace(innocent, "")
            for harmless in ("Zoé BERNARD", "Zoé Bernard", "Petite enfance"):
                text = text.replace(harmless, "")
            for innocent in ("Zoé BERNARD", "Zoé Bernard", "Petite enfance"):
                text = text.replace(innocent, "")
            assert other not in text, f"{path} montre {other} à {parent.greeting}"


def test_paying_another_family_s_invoice_is_impossible(cast: Cast):
    client = Client()
    client.force_login(cast.lucie)

    assert client.post(f"/factures/{cast.invoice.number}/payer/").status_code == 404
    assert client.post("/factures/payer/", {"facture": cast.invoice.number}).status_code == 404
    assert cast.invoice.attempts.count() == 0


def test_a_second_factor_is_asked_of_every_agent(cast: Cast):
    cast.agent.authenticator_set.all().delete()
    client = Client()
    client.force_login(cast.agent)

    response = client.get("/admin/families/family/", follow=True)

    assert response.redirect_chain[-1][0].startswith("/compte/")
    assert "double authentification" in response.content.decode()
