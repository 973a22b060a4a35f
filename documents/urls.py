"""Addresses of documents."""

from django.urls import path

from documents import views

app_name = "documents"
urlpatterns = [
    path("documents/", views.editions, name="editions"),
    path("documents/reglements/<slug:slug>/<int:version>/", views.regulation, name="regulation"),
    path("documents/reglements/<slug:slug>/<int:version>/pdf/", views.regulation_pdf, name="regulation_pdf"),
]
