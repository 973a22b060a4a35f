"""« Tableau de bord de la régie »: what is billed, what came, what is owed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.decorators import action

from billing.queries.board import board_of
from castres_portal.base import clock


class BoardPage:
    """The page of the dashboard, beside the list of invoices."""

    admin_site: Any
    opts: Any

    def has_board_permission(self, request: HttpRequest) -> bool:
        """Who reads invoices and payments reads their sums."""
        return bool(request.user.has_perms(("billing.view_invoice", "billing.view_payment")))

    @action(description="Tableau de bord", url_path="tableau-de-bord/", icon="monitoring", permissions=["board"])
    def board(self, request: HttpRequest) -> HttpResponse:
        """Show the period asked for (``?periode=``), the last twelve months unless it is another one."""
        context = {
            **self.admin_site.each_context(request),
            "title": "Tableau de bord de la régie",
            "opts": self.opts,
            "board": board_of(request.GET.get("periode", ""), today=clock.today()),
            "reads_families": request.user.has_perm("families.view_family"),
        }
        return TemplateResponse(request, "billing/admin/board.html", context)
