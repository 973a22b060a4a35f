"""Addresses of FranceConnect, under ``/compte/franceconnect/``; two of them are declared on the partner site (README)."""

from django.urls import path

from accounts.franceconnect import views

urlpatterns = [
    path("", views.start, name="franceconnect_start"),
    path("retour/", views.callback, name="franceconnect_callback"),
    path("identite-inconnue/", views.unknown, name="franceconnect_unknown"),
    path("oublier/", views.forget, name="franceconnect_forget"),
    path("delier/", views.unlink, name="franceconnect_unlink"),
    path("deconnexion/", views.sign_out, name="franceconnect_sign_out"),
    path("deconnexion/retour/", views.signed_out, name="franceconnect_signed_out"),
    # The names that allauth may ask for.
    path("lien/", views.connections, name="socialaccount_connections"),
    path("refus/", views.cancelled, name="socialaccount_login_cancelled"),
    path("erreur/", views.failed, name="socialaccount_login_error"),
    path("inscription/", views.no_signup, name="socialaccount_signup"),
]
