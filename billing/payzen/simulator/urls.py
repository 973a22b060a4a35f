"""The bank's addresses: those of the platform, then the console and the tests' own."""

from django.urls import path

from . import console, control, rest, views

urlpatterns = [
    path("vads-payment/", views.receive_form, name="form"),
    path("vads-payment/<str:token>/", views.payment_page, name="payment"),
    path("vads-payment/<str:token>/retour/", views.leave, name="leave"),
    path("api-payment/V4/<path:service>", rest.endpoint),
    path("", console.home, name="home"),
    path("paiements/<str:token>/", console.detail, name="console_payment"),
    path("paiements/<str:token>/renvoyer/", console.resend, name="console_resend"),
    path("paiements/<str:token>/echeance/", console.next_instalment, name="console_instalment"),
    path("transactions/<str:uuid>/<str:operation>/", console.operate, name="console_operate"),
    path("remise/", console.capture_all, name="console_capture"),
    path("journal/", console.daily_file, name="console_daily_file"),
    path("reglages/", console.switches, name="console_switches"),
    path("formulaires-refuses/", console.rejected, name="console_rejected"),
    path("controle/etat/", control.state),
    path("controle/reglages/", control.set_switches),
    path("controle/effacer/", control.reset),
    path("controle/commandes/<str:order_id>/", control.order),
    path("controle/commandes/<str:order_id>/choisir/", control.decide),
    path("controle/commandes/<str:order_id>/echeance/", control.next_instalment),
    path("controle/transactions/<str:uuid>/<str:operation>/", control.operate),
    path("controle/remise/", control.capture),
    path("controle/avancer/", control.advance),
    path("controle/formulaires-refuses/", control.rejected),
    path("sante/", views.health),
    path("banque.css", views.style, name="style"),
]
