"""Addresses of the families."""

from django.urls import path

from families.views import activation, households, privacy, requests

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
    path("demandes/", requests.request_list, name="requests"),
    path("demandes/suivi/<str:key>/", requests.follow, name="follow"),
    path("demandes/<str:number>/", requests.request_detail, name="request"),
    path("demandes/<str:number>/retirer/", requests.withdraw, name="request_withdraw"),
    path("demandes/<str:number>/accuse-de-reception/", requests.acknowledgement_pdf, name="request_acknowledgement"),
]
