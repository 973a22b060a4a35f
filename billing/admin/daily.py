"""« Fichiers du jour de PayZen »: the bank's file dropped, beside the ledger, and the bank asked about what differs."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_POST
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from billing.exports.daily import DAILY_LINES
from billing.forms.daily import DailyFileForm
from billing.models import DailyFile, DailyLine
from billing.models.daily import DIFFERENT, EXPLAINED
from billing.queries.daily import deposits_of, open_lines, sums_of, with_state
from billing.services import daily, payments
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin, person_shown
from castres_portal.base.errors import Refusal
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import euros, moment

SHOWN = 100
STATES = {"Tout concorde": "success", "Écarts à examiner": "danger"}
TONES = {
    label.label: "success" if label == DailyLine.Verdict.SAME else "danger" if label in DIFFERENT else "info"
    for label in DailyLine.Verdict
}


@admin.register(DailyFile)
class DailyFileAdmin(ReadOnlyMixin, PortalAdmin):
    """Each file that was compared, and the page of one."""

    list_display = ("days", "lines_count", "dropped", "who", "state", "name")
    list_filter = ("last_day",)
    list_select_related = ("dropped_by",)
    search_fields = ("name", "sha256")
    search_help_text = "Nom ou empreinte du fichier"
    actions_list = ("drop",)
    who = person_shown("dropped_by", "Par")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DailyFile]:
        """Bring the state of each along."""
        return with_state(super().get_queryset(request))

    @display(description="Jour", ordering="last_day")
    def days(self, file: DailyFile) -> str:
        """Return what it is about."""
        return str(file)

    @display(description="Opérations")
    def lines_count(self, file: DailyFile) -> int:
        """Return how many lines the bank wrote."""
        return int(getattr(file, "line_count", 0))

    @display(description="Déposé le", ordering="dropped_at")
    def dropped(self, file: DailyFile) -> str:
        """Return when."""
        return moment(file.dropped_at)

    @display(description="Résultat", label=STATES)
    def state(self, file: DailyFile) -> str:
        """Say in a word what is left to look at."""
        return "Écarts à examiner" if getattr(file, "is_open", False) else "Tout concorde"

    def get_urls(self) -> list[URLPattern]:
        """Add what is done with a comparison."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/comparer-de-nouveau/", view(require_POST(self.again)), name="billing_dailyfile_again"),
            path("<int:pk>/demander/", view(require_POST(self.ask_all)), name="billing_dailyfile_ask_all"),
            path("lignes/<int:pk>/demander/", view(require_POST(self.ask)), name="billing_dailyfile_ask"),
            *super().get_urls(),
        ]

    def has_drop_permission(self, request: HttpRequest) -> bool:
        """The régie compares; the other agents read."""
        return request.user.has_perm("billing.add_dailyfile")

    @action(
        description="Comparer un fichier",
        icon="upload_file",
        permissions=["drop"],
        url_path="comparer",
        variant=ActionVariant.PRIMARY,
    )
    def drop(self, request: HttpRequest) -> HttpResponse:
        """Take a file and lead to its comparison."""
        posted = request.method == "POST"
        form = DailyFileForm(request.POST if posted else None, request.FILES if posted else None)
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                file = daily.compare_file(
                    content=upload.read(),
                    name=upload.name,
                    by=request.user,  # type: ignore[arg-type]
                    at=clock.now(),
                )
            except daily.AlreadyCompared as known:
                messages.info(request, known.message)
                return redirect("admin:billing_dailyfile_change", known.file.pk)
            except Refusal as refusal:
                form.add_error("file", refusal.message)
            else:
                return redirect("admin:billing_dailyfile_change", file.pk)
        context = {**self._context(request, "Comparer le fichier du jour de PayZen"), "form": form}
        return TemplateResponse(request, "billing/admin/daily_drop.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a comparison: the sums, what differs, what explains itself, the deposits."""
        file = get_object_or_404(DailyFile.objects.select_related("dropped_by"), pk=object_id)
        if not self.has_view_permission(request, file):
            raise PermissionDenied
        lines = file.lines.select_related("attempt__family", "payment", "anomaly", "replaced_by")
        mine = f"{reverse('admin:billing_dailyline_changelist')}?file__id__exact={file.pk}"
        context = {
            **self._context(request, str(file)),
            "file": file,
            "sums": sums_of(file),
            "different": list(lines.filter(verdict__in=DIFFERENT)[:SHOWN]),
            "explained": list(lines.filter(verdict__in=EXPLAINED).exclude(words="")[:SHOWN]),
            "open_count": open_lines().filter(file=file).count(),
            "deposits": deposits_of(file),
            "lines_url": mine,
            "shown": SHOWN,
            "may_ask": self.has_drop_permission(request),
        }
        return TemplateResponse(request, "billing/admin/daily.html", context)

    def again(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Compare once more with the ledger of now."""
        return self._do(request, pk, lambda: self._compare_again(request, pk))

    def ask_all(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Put the questions in the worker's hands."""
        return self._do(request, pk, lambda: self._ask_all(request, pk))

    def ask(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Ask the bank about one line, now, and compare again."""
        line = get_object_or_404(DailyLine, pk=pk)
        return self._do(request, line.file_id, lambda: self._ask(request, line))

    def _compare_again(self, request: HttpRequest, pk: int) -> None:
        daily.compare_again(file=pk, at=clock.now())
        messages.success(request, "Le fichier est comparé au registre de maintenant.")

    def _ask_all(self, request: HttpRequest, pk: int) -> None:
        count = daily.ask_about_all(file=pk, at=clock.now())
        if count:
            messages.success(
                request, f"Demandes envoyées à la banque\u00a0: {count}. Comparez de nouveau dans cinq minutes."
            )
        else:
            messages.info(request, "Il n’y a rien à demander à la banque.")

    def _ask(self, request: HttpRequest, line: DailyLine) -> None:
        answer = daily.ask_about_line(line=line.pk, at=clock.now())
        line.refresh_from_db()
        if answer.failure:
            messages.error(request, f"La banque n’a pas répondu ({answer.failure}). Rien n’a changé.")
        elif line.verdict in DIFFERENT:
            messages.warning(
                request, f"La banque a répondu ({answer.transactions} opération(s))\u00a0: l’écart demeure."
            )
        else:
            messages.success(request, "La banque a répondu et le registre est à jour\u00a0: l’écart est levé.")

    def _do(self, request: HttpRequest, pk: int, work: Callable[[], None]) -> HttpResponseBase:
        if not self.has_drop_permission(request):
            raise PermissionDenied
        file = get_object_or_404(DailyFile, pk=pk)
        try:
            work()
        except payments.CANNOT_ASK:
            messages.error(request, "L’accès à la banque n’est pas configuré\u00a0: rien n’a été demandé.")
        except Refusal as refusal:
            messages.error(request, refusal.message)
        return redirect("admin:billing_dailyfile_change", file.pk)

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "opts": self.opts}


class CurrentFilter(admin.SimpleListFilter):
    """The last word on each transaction, or all of them."""

    title = "parole de la banque"
    parameter_name = "parole"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return what may be asked."""
        return [("derniere", "La dernière"), ("ancienne", "Redite depuis")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[DailyLine]) -> QuerySet[DailyLine]:
        """Keep what was asked for."""
        if self.value() in ("derniere", "ancienne"):
            return queryset.filter(replaced_by__isnull=self.value() == "derniere")
        return queryset


@admin.register(DailyLine)
class DailyLineAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """The lines of the files, one by one."""

    export_columns = DAILY_LINES
    export_related = ("file", "payment", "attempt__family", "replaced_by")
    list_display = ("order_id", "day_shown", "operation", "status", "bank", "ledger", "result", "words")
    list_filter = (CurrentFilter, "verdict", "operation", "day", "file")
    search_fields = ("order_id", "uuid", "payment__number", "attempt__family__name")
    search_help_text = "Référence, transaction, quittance ou famille"
    list_select_related = ("file",)
    fields = (
        ("file", "number"),
        ("order_id", "trans_id"),
        "uuid",
        ("operation", "status"),
        ("day", "time"),
        ("captured_on", "sequence"),
        ("bank_amount", "ledger_amount"),
        "verdict",
        "words",
        ("attempt", "payment"),
        ("anomaly", "replaced_by"),
    )

    @display(description="Jour", ordering="day")
    def day_shown(self, line: DailyLine) -> str:
        """Return the day of the bank."""
        return date_format(line.day, "d/m/Y")

    @display(description="À la banque", ordering="bank_amount")
    def bank(self, line: DailyLine) -> str:
        """Return what moved at the bank."""
        return euros(line.bank_amount)

    @display(description="Au registre", ordering="ledger_amount")
    def ledger(self, line: DailyLine) -> str:
        """Return what moved in the ledger."""
        return euros(line.ledger_amount)

    @display(description="Résultat", label=TONES, ordering="verdict")
    def result(self, line: DailyLine) -> str:
        """Return whether both agree."""
        return DailyLine.Verdict(line.verdict).label
