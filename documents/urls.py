"""Addresses of documents."""

from django.urls import path

from documents.views import consents, papers, regulations, supporting

app_name = "documents"
urlpatterns = [
    path("pieces/", supporting.pieces, name="pieces"),
    path("pieces/deposer/", supporting.deposit, name="deposit"),
    path("pieces/<uuid:key>/", supporting.piece_file, name="piece_file"),
    path("documents/", papers.editions, name="editions"),
    path("documents/demander/<slug:kind>/", papers.ask, name="ask_paper"),
    path("documents/papiers/<str:number>/", papers.paper, name="paper"),
    path("documents/papiers/<str:number>/pdf/", papers.paper_pdf, name="paper_pdf"),
    path("verifier/", papers.check, name="check"),
    path("verifier/<str:token>/", papers.check_token, name="check_token"),
    path("documents/reglements/", consents.regulations, name="regulations"),
    path("documents/reglements/<slug:slug>/<int:version>/accepter/", consents.accept, name="accept"),
    path("documents/reglements/<slug:slug>/<int:version>/", regulations.regulation, name="regulation"),
    path("documents/reglements/<slug:slug>/<int:version>/pdf/", regulations.regulation_pdf, name="regulation_pdf"),
]
