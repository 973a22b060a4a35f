"""Addresses of documents."""

from django.urls import path

from documents.views import consents, regulations

app_name = "documents"
urlpatterns = [
    path("documents/", regulations.editions, name="editions"),
    path("documents/reglements/", consents.regulations, name="regulations"),
    path("documents/reglements/<slug:slug>/<int:version>/accepter/", consents.accept, name="accept"),
    path("documents/reglements/<slug:slug>/<int:version>/", regulations.regulation, name="regulation"),
    path("documents/reglements/<slug:slug>/<int:version>/pdf/", regulations.regulation_pdf, name="regulation_pdf"),
]
