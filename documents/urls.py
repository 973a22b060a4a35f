"""Addresses of documents."""

from django.urls import path

from documents.views import consents, regulations, supporting

app_name = "documents"
urlpatterns = [
    path("pieces/", supporting.pieces, name="pieces"),
    path("pieces/deposer/", supporting.deposit, name="deposit"),
    path("pieces/<uuid:key>/", supporting.piece_file, name="piece_file"),
    path("documents/", regulations.editions, name="editions"),
    path("documents/reglements/", consents.regulations, name="regulations"),
    path("documents/reglements/<slug:slug>/<int:version>/accepter/", consents.accept, name="accept"),
    path("documents/reglements/<slug:slug>/<int:version>/", regulations.regulation, name="regulation"),
    path("documents/reglements/<slug:slug>/<int:version>/pdf/", regulations.regulation_pdf, name="regulation_pdf"),
]
