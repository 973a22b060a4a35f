"""Addresses of the site. What people see is in French."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from castres_portal.views import contact, legal, news, public, site

urlpatterns = [
    path("", public.home, name="home"),
    path("accueil/", site.dashboard, name="dashboard"),
    path("actualites/", news.news_list, name="news_list"),
    path("actualites/flux.atom", news.news_feed, name="news_feed"),
    path("actualites/<slug:slug>/", news.news, name="news"),
    path("demarches/", public.new_request, name="new_request"),
    path("activites/", public.activities, name="activities"),
    path("infos-pratiques/", public.practical_info, name="practical_info"),
    path("plan-du-site/", public.site_map, name="site_map"),
    path("mentions-legales/", legal.legal, name="legal"),
    path("conditions/", legal.terms, name="terms"),
    path("accessibilite/", legal.accessibility, name="accessibility"),
    path("cookies/", legal.cookies, name="cookies"),
    path("contact/", contact.contact, name="contact"),
    path("contact/envoye/", contact.contact_sent, name="contact_sent"),
    path("sante/", site.health, name="health"),
    path("admin/", admin.site.urls),
    path("compte/", include("accounts.urls")),
    path("", include("families.urls")),
    path("", include("documents.urls")),
    path("", include("reservations.urls")),
    path("", include("billing.urls")),
]
if settings.DEMO or settings.TESTING:
    urlpatterns.append(path("demo/", include("castres_portal.demo.urls")))
