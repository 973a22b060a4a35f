"""« Exporter »: what a page of the back office gains by declaring ``export_columns``."""

import io
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from unfold.decorators import action

from castres_portal.base import clock
from castres_portal.base.exports import making
from castres_portal.base.exports.columns import Column
from castres_portal.base.exports.lists import UnknownList, rows_of, table_of, tidy_query
from castres_portal.base.models import ListExport
from castres_portal.base.retention import limit

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
REFRESH_SECONDS = 2
SHOWN = 5


class ExportMixin:
    """For a PortalAdmin: the list as a file, filtered, searched and sorted as on the screen.

    A short list comes at once; a longer one (EXPORT_ROWS_AT_ONCE) is written by a worker and waited for on a page of its own.
    ``export_related`` names what the columns read besides what the list itself brings.
    """

    export_columns: tuple[Column, ...] = ()
    export_related: tuple[str, ...] = ()
    actions_list: Any = ()
    admin_site: Any
    opts: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actions_list = (*self.actions_list, "export_list")

    def get_urls(self) -> list[Any]:
        """Add the page of an export that is being made, and its file."""
        wrap, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("exporter/<int:pk>/", wrap(self.export_made), name=f"{name}_export_made"),
            path("exporter/<int:pk>/fichier", wrap(self.export_file), name=f"{name}_export_file"),
            *super().get_urls(),  # type: ignore[misc]  # a mixin of ModelAdmin
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Let the way to the export keep the filters of the list."""
        response: HttpResponse = super().changelist_view(request, extra_context)  # type: ignore[misc]
        query = tidy_query(request.GET)
        if query and isinstance(response, TemplateResponse) and response.context_data:
            own = self._url("export_list")
            for entry in response.context_data.get("actions_list", ()):
                if entry.get("path") == own:
                    entry["path"] = f"{own}?{query}"
        return response

    def has_export_list_permission(self, request: HttpRequest) -> bool:
        """Who reads the list takes it away."""
        return bool(self.has_view_permission(request))  # type: ignore[attr-defined]

    @action(description="Exporter", url_path="exporter/", icon="download", permissions=["export_list"])
    def export_list(self, request: HttpRequest) -> HttpResponseBase:
        """Say how many rows there are and offer the formats; on POST give the file, or have it made."""
        query, at = tidy_query(request.GET), clock.now()
        try:
            rows = rows_of(self, query, request.user)
        except UnknownList:
            messages.error(request, "Ces filtres ne veulent rien dire\u00a0: rien n’a été exporté.")
            return redirect(self._url("changelist"))
        count = rows.count()
        if request.method == "POST":
            return self._export(request, query, count, at)
        context = {
            **self._context(request, f"Exporter\u00a0: {making.list_title(self)}"),
            "count": count,
            "query": query,
            "formats": ListExport.Format.choices,
            "at_once": count <= settings.EXPORT_ROWS_AT_ONCE,
            "made": self._mine(request).filter(asked_at__gte=limit("listes", at))[:SHOWN],
            "made_url": f"admin:{self.opts.app_label}_{self.opts.model_name}_export_made",
            "list_url": f"{self._url('changelist')}?{query}" if query else self._url("changelist"),
        }
        return TemplateResponse(request, "admin/export.html", context)

    def export_made(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show how far an export is, to who asked for it."""
        export = self._export_of(request, pk)
        waits = export.status == ListExport.Status.WAITING
        context = {
            **self._context(request, f"Export\u00a0: {making.list_title(self)}"),
            "export": export,
            "waits": waits,
            "refresh_seconds": REFRESH_SECONDS if waits else None,
            "failed": export.status == ListExport.Status.FAILED,
            "file_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_export_file", args=[export.pk]),
            "again_url": f"{self._url('export_list')}?{export.query}",
        }
        return TemplateResponse(request, "admin/export_made.html", context)

    def export_file(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Hand an export out to who asked for it."""
        export = self._export_of(request, pk)
        if export.status != ListExport.Status.READY or not default_storage.exists(export.file.name or ""):
            raise Http404
        return self._file(default_storage.open(export.file.name or ""), export.format, export.asked_at)

    def _export(self, request: HttpRequest, query: str, count: int, at: Any) -> HttpResponseBase:
        format = request.POST.get("format", "")
        if format not in ListExport.Format:
            messages.error(request, "Choisissez CSV ou Excel.")
            return redirect(request.get_full_path())
        if count > settings.EXPORT_ROWS_AT_ONCE:
            page = self.opts.label_lower
            account = request.user.pk
            export = making.ask_list(account=account, page=page, query=query, format=format, rows=count, at=at)
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_export_made", export.pk)
        out = io.BytesIO()
        making.write_list(out, self, format, table_of(self, rows_of(self, query, request.user)))
        out.seek(0)
        return self._file(out, format, at)

    def _file(self, content: Any, format: str, at: Any) -> FileResponse:
        name = f"{making.list_title(self).lower().replace(' ', '-')}-{clock.in_paris(at):%Y-%m-%d}.{format}"
        response = FileResponse(content, as_attachment=True, filename=name, content_type=KINDS[format])
        response["Cache-Control"] = "no-store, private"
        return response

    def _mine(self, request: HttpRequest) -> Any:
        return ListExport.objects.filter(account=request.user.pk, page=self.opts.label_lower)

    def _export_of(self, request: HttpRequest, pk: int) -> ListExport:
        if not self.has_export_list_permission(request):
            raise PermissionDenied
        return get_object_or_404(self._mine(request).filter(asked_at__gte=limit("listes", clock.now())), pk=pk)

    def _url(self, name: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}")

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
