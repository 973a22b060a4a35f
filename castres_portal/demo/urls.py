"""Addresses of the demonstration; they exist only there and in tests."""

from django.urls import path

from castres_portal.demo import views

app_name = "demo"
urlpatterns = [
    path("", views.index, name="index"),
    path("courriels/", views.mails, name="mails"),
    path("courriels/<str:name>/", views.mail, name="mail"),
    path("courriels/<str:name>/contenu/", views.mail_body, name="mail_body"),
    path("courriels/<str:name>/pieces/<int:rank>/", views.mail_attachment, name="mail_attachment"),
    path("codes/", views.codes, name="codes"),
]
