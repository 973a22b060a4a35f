"""Addresses of the families."""

from django.urls import path

from families.views import activation, households, requests

app_name = "families"
urlpatterns = [
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
