"""Addresses of the site. What people see is in French."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from castres_portal import views

urlpatterns = [
    path("", views.home, name="home"),
    path("accueil/", views.dashboard, name="dashboard"),
    path("activites/", views.activities, name="activities"),
    path("infos-pratiques/", views.practical_info, name="practical_info"),
    path("mentions-legales/", views.legal, name="legal"),
    path("conditions/", views.terms, name="terms"),
    path("accessibilite/", views.accessibility, name="accessibility"),
    path("contact/", views.contact, name="contact"),
    path("sante/", views.health, name="health"),
    path("admin/", admin.site.urls),
    path("compte/", include("accounts.urls")),
    path("", include("families.urls")),
    path("", include("documents.urls")),
    path("", include("reservations.urls")),
    path("", include("billing.urls")),
]
if settings.DEMO or settings.TESTING:
    urlpatterns.append(path("demo/", include("castres_portal.demo.urls")))
