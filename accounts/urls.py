"""Addresses of accounts, under ``/compte/``: ours, and every one of allauth's at a French path.

allauth's own urls.py are not included: their paths are English. A test checks that none of the names they would give is missing.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import include, path, re_path

from accounts.franceconnect.views import logout
from accounts.views import home, passkeys, sessions

sign_in = [
    path("connexion/", account.login, name="account_login"),
    path("deconnexion/", logout, name="account_logout"),
    path("desactive/", account.account_inactive, name="account_inactive"),
    path("inscription/", account.signup, name="account_signup"),
    path("confirmer-identite/", account.reauthenticate, name="account_reauthenticate"),
    path("connexion/code/", account.confirm_login_code, name="account_confirm_login_code"),
    path("connexion/cle-acces/", webauthn.login_webauthn, name="mfa_login_webauthn"),
]
address = [
    path("", account.email, name="account_email"),
    path("lien-envoye/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^confirmer/(?P<key>[-:\w]+)/$", account.confirm_email, name="account_confirm_email"),
]
password = [
    path("mot-de-passe/", account.password_change, name="account_change_password"),
    path("mot-de-passe/choisir/", account.password_set, name="account_set_password"),
    path("mot-de-passe-oublie/", account.password_reset, name="account_reset_password"),
    path("mot-de-passe-oublie/lien-envoye/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^mot-de-passe-oublie/lien/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "mot-de-passe-oublie/termine/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
second_factor = [
    path("", mfa.index, name="mfa_index"),
    path("code/", mfa.authenticate, name="mfa_authenticate"),
    path("confirmer-identite/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("application/activer/", totp.activate_totp, name="mfa_activate_totp"),
    path("application/desactiver/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("codes-de-secours/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("codes-de-secours/creer/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("codes-de-secours/telecharger/", recovery_codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("confirmer-identite/cle-acces/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("cles-acces/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("cles-acces/ajouter/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("cles-acces/<int:pk>/retirer/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
    path("cles-acces/<int:pk>/renommer/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
]
own = [
    path("", home.home, name="home"),
    path("connexions/<int:number>/deconnecter/", sessions.end_connection, name="end_connection"),
    path("activite/", sessions.activity, name="activity"),
]

urlpatterns = [
    path("", include((own, "accounts"))),
    path("", include(sign_in)),
    path("adresse/", include(address)),
    path("", include(password)),
    path("double-authentification/", include(second_factor)),
    path("franceconnect/", include("accounts.franceconnect.urls")),
    path("connexions/", sessions.connections, name="usersessions_list"),
]
