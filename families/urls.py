"""Addresses of the families."""

from django.urls import path

from families.views import activation, certification, health, households, privacy, quotients, requests
from families.views.situation import coordinates, custody, household, people

app_name = "families"
urlpatterns = [
    path("donnees-personnelles/", privacy.personal_data, name="personal_data"),
    path("compte/mes-donnees/", privacy.my_data, name="my_data"),
    path("compte/mes-donnees/exporter/", privacy.ask_export, name="ask_export"),
    path("compte/mes-donnees/telecharger/", privacy.download_export, name="download_export"),
    path("compte/mes-donnees/droits/", privacy.ask_right, name="ask_right"),
    path("compte/mes-donnees/effacement/", privacy.ask_erasure, name="ask_erasure"),
    path("activer/", activation.activate, name="activate"),
    path("activer/compte/", activation.activate_account, name="activate_account"),
    path("activer/message-envoye/", activation.activation_sent, name="activation_sent"),
    path("activer/confirmer/<str:token>/", activation.activation_confirm, name="activation_confirm"),
    path("compte/rattacher/", households.attach, name="attach"),
    path("famille/choisir/", households.choose, name="choose"),
    path("famille/quotient/", quotients.show, name="quotient"),
    path("famille/quotient/declarer/", quotients.declare, name="quotient_declare"),
    path("famille/quotient/recuperer/", quotients.fetch, name="quotient_fetch"),
    path("famille/", household.household, name="household"),
    path("famille/changement/<slug:change>/", household.change, name="change"),
    path("famille/changement/<slug:change>/<int:pk>/", household.change, name="change_of"),
    path("famille/coordonnees/", coordinates.coordinates, name="coordinates"),
    path("famille/coordonnees/<int:pk>/", coordinates.phones, name="phones"),
    path("famille/enfants/<int:pk>/garde/", custody.weeks, name="custody_weeks"),
    path("famille/enfants/<int:pk>/echange/", custody.exchange_days, name="exchange_days"),
    path("famille/echanges/<int:pk>/", custody.exchange, name="exchange"),
    path("famille/personnes/", people.adults, name="adults"),
    path("famille/personnes/ajouter/", people.add_adult, name="add_adult"),
    path("famille/personnes/<int:pk>/retirer/", people.remove_adult, name="remove_adult"),
    path("famille/contacts/ajouter/", people.contact, name="add_contact"),
    path("famille/contacts/<int:pk>/", people.contact, name="contact"),
    path("famille/contacts/<int:pk>/retirer/", people.remove_contact, name="remove_contact"),
    path("famille/contacts/<int:pk>/avancer/", people.raise_contact, name="raise_contact"),
    path("famille/sante/", health.sheets, name="health_sheets"),
    path("famille/enfants/<int:child>/sante/", health.sheet, name="health"),
    path("famille/enfants/<int:child>/sante/modifier/", health.edit, name="health_edit"),
    path("famille/enfants/<int:child>/sante/confirmer/", health.confirm, name="health_confirm"),
    path("famille/enfants/<int:child>/sante/autorisations/", health.authorisations, name="health_authorisations"),
    path("famille/enfants/<int:child>/sante/demande/", health.plan, name="health_plan"),
    path("famille/enfants/<int:child>/sante/pdf/", health.paper, name="health_paper"),
    path("famille/certification/", certification.certification, name="certification"),
    path("famille/consultations/", health.readings, name="readings"),
    path("demandes/", requests.request_list, name="requests"),
    path("demandes/suivi/<str:key>/", requests.follow, name="follow"),
    path("demandes/<str:number>/", requests.request_detail, name="request"),
    path("demandes/<str:number>/retirer/", requests.withdraw, name="request_withdraw"),
    path("demandes/<str:number>/accuse-de-reception/", requests.acknowledgement_pdf, name="request_acknowledgement"),
]
