"""What every page of the agents' back office is made of, and the pages of what no single subject owns: mails, journal."""

from collections.abc import Callable
from typing import Any

from auditlog.admin import LogEntryAdmin as LibraryLogEntryAdmin
from auditlog.models import LogEntry
from auditlog.render import get_field_verbose_name
from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from post_office import admin as _library_pages  # noqa: F401  (registers its pages, so that they can be replaced)
from post_office.models import STATUS, Attachment, Email, EmailTemplate, Log
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from castres_portal.base import tasks
from castres_portal.base.enqueue import wake
from castres_portal.base.french import moment


class PortalAdmin(ModelAdmin):
    """A page of the back office: short lists, one column on a phone, a warning before typed data is lost."""

    list_per_page = 50
    show_full_result_count = False
    warn_unsaved_form = True
    # Django's own « view on site » and « delete selected » are added by the pages that mean it.
    actions: Any = ()
    view_on_site = False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the page's own actions: nothing is deleted by the handful here."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}


def person_shown(name: str, description: str) -> Callable[[Any, Any], str]:
    """Return a column that writes the account in field ``name`` as a person, without a link: agents may not open accounts."""

    @display(description=description, ordering=f"{name}__last_name")
    def shown(page: Any, row: Any) -> str:
        user = getattr(row, name)
        if user is None:
            return "–"
        return f"{user.first_name} {user.last_name.upper()}".strip() or user.email

    return shown


class ReadOnlyMixin:
    """For what an agent reads and no one rewrites: issued invoices, payments, codes, receipts, mails, journals."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows of this kind are made by the portal."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They stay as they were made."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They are kept."""
        return False


class ReadOnlyInline(ReadOnlyMixin, TabularInline):
    """Rows shown under another page, to be read."""

    extra = 0
    can_delete = False


# --- Mails ----------------------------------------------------------------------------------------------------------

for _model in (Email, Log, EmailTemplate, Attachment):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)

HIDDEN = "Ce courriel porte un code ou un lien à usage unique : son contenu n’est jamais montré."
FRENCH_STATUS = {
    STATUS.sent: ("Parti", "success"),
    STATUS.failed: ("Échec", "danger"),
    STATUS.queued: ("En attente", "info"),
    STATUS.requeued: ("Nouvel essai prévu", "warning"),
}


class SendingInline(ReadOnlyInline):
    """The tries to send one mail."""

    model = Log
    fields = ("date", "status", "exception_type", "message")
    verbose_name_plural = "essais d’envoi"


class SendingFilter(admin.SimpleListFilter):
    """Where a mail stands, in our words."""

    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states."""
        return [(str(number), label) for number, (label, _) in FRENCH_STATUS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Email]) -> QuerySet[Email]:
        """Keep the mails of the state chosen."""
        return queryset.filter(status=self.value()) if (self.value() or "").isdigit() else queryset


@admin.register(Email)
class EmailAdmin(ReadOnlyMixin, PortalAdmin):
    """Mails that left, wait or failed. One that carries a secret shows everything but its body, sent or not."""

    list_display = ("sent_to", "subject_shown", "state", "changed")
    list_display_links = ("sent_to", "subject_shown")
    change_form_template = "admin/change_form.html"  # the library's own has a button that sends again whatever it is
    list_filter = (SendingFilter, "created")
    search_fields = ("to", "subject")
    search_help_text = "Destinataire ou objet"
    ordering = ("-pk",)
    list_select_related = ("mark",)
    inlines = (SendingInline,)
    actions = ("send_again",)
    fields = ("sent_to", "subject_shown", "kind", "state", "written", "changed", "body")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Email]:
        """Leave the bodies in the database; who may not read the families' requests sees the mails about money alone."""
        mails = super().get_queryset(request).defer("html_message")
        if request.user.has_perm("families.view_familyrequest"):
            return mails
        return mails.filter(mark__kind__startswith="billing/")

    @display(description="Destinataire", ordering="to")
    def sent_to(self, email: Email) -> str:
        """Return the addresses."""
        return ", ".join(email.to)

    @display(description="Objet", ordering="subject")
    def subject_shown(self, email: Email) -> str:
        """Return the subject."""
        return str(email.subject)

    @display(description="Écrit le", ordering="created")
    def written(self, email: Email) -> str:
        """Return when it was queued, by the machine's clock."""
        return moment(email.created)

    @display(description="Dernier changement", ordering="last_updated")
    def changed(self, email: Email) -> str:
        """Return when it was last tried or sent, by the machine's clock."""
        return moment(email.last_updated)

    @display(description="Modèle")
    def kind(self, email: Email) -> str:
        """Return which letter this is."""
        mark = getattr(email, "mark", None)
        return mark.kind if mark else "–"

    @display(description="État", label=dict(FRENCH_STATUS.values()), ordering="status")
    def state(self, email: Email) -> str:
        """Return where the sending stands."""
        return FRENCH_STATUS[email.status][0] if email.status in FRENCH_STATUS else "–"

    @display(description="Contenu")
    def body(self, email: Email) -> str:
        """Return the text, unless it is a secret or nobody knows that it is not."""
        mark = getattr(email, "mark", None)
        return HIDDEN if mark is None or mark.secret else email.message

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        """Say whether this agent may send mails again."""
        return request.user.has_perm("post_office.change_email")

    @admin.action(description="Renvoyer les courriels en échec", permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Email]) -> None:
        """Queue again the mails that failed; one with a secret has lost its body and is made anew by the person."""
        failed = queryset.filter(status=STATUS.failed)
        count = failed.filter(mark__secret=False).update(status=STATUS.queued, number_of_retries=None)
        secret = failed.filter(Q(mark__secret=True) | Q(mark=None)).count()
        if count:
            wake(tasks.send_mails)
            messages.success(request, f"Courriels remis en file d’attente : {count}.")
        if secret:
            messages.warning(
                request,
                f"Courriels confidentiels laissés de côté : {secret}. Leur contenu est effacé ; un nouveau code ou un "
                "nouveau lien se redemande.",
            )
        if not count and not secret:
            messages.info(request, "Aucun de ces courriels n’est en échec.")


# --- Journal --------------------------------------------------------------------------------------------------------

if admin.site.is_registered(LogEntry):
    admin.site.unregister(LogEntry)


DEEDS = {
    LogEntry.Action.CREATE: ("Créé", "success"),
    LogEntry.Action.UPDATE: ("Modifié", "info"),
    LogEntry.Action.DELETE: ("Supprimé", "danger"),
    LogEntry.Action.ACCESS: ("Consulté", "warning"),
}
# What asks for more than « view »: the journal names judgments and vaccinations (documents/queries/supporting.py).
GUARDED = {("documents", "supportingdocument"): "documents.read_sensitive_document"}
MOST_FIELDS = 6


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyMixin, PortalAdmin, LibraryLogEntryAdmin):  # type: ignore[misc]
    """Who changed or read what, and when; of the things only whose own pages this agent may see."""

    warn_unsaved_form = False
    list_display = ("moment_shown", "who", "deed", "about", "what")
    list_display_links = ("moment_shown",)
    list_filter = ("action",)
    list_select_related = ("content_type", "actor")
    search_fields = ("object_repr", "actor__first_name", "actor__last_name", "actor__email")
    search_help_text = "Ce qui a été changé, ou par qui"
    fieldsets = ((None, {"fields": (("moment_shown", "who"), "deed", "about", "changes_shown")}),)
    readonly_fields = ("moment_shown", "who", "deed", "about", "changes_shown")
    who = person_shown("actor", "Par")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LogEntry]:
        """Leave out what this agent may not see elsewhere."""
        seen = [
            kind.pk
            for kind in ContentType.objects.all()
            if request.user.has_perm(f"{kind.app_label}.view_{kind.model}")
            and request.user.has_perm(GUARDED.get((kind.app_label, kind.model), f"{kind.app_label}.view_{kind.model}"))
        ]
        return super().get_queryset(request).filter(content_type__in=seen)

    @display(description="Le", ordering="timestamp")
    def moment_shown(self, entry: LogEntry) -> str:
        """Return when it was done."""
        return moment(entry.timestamp)

    @display(description="Changements")
    def changes_shown(self, entry: LogEntry) -> str:
        """Return each field before and after, a line each, in the words of the pages."""
        rows = entry.changes_display_dict.items()
        return "\n".join(f"{name} : {' → '.join(map(str, values))}" for name, values in rows if name != "ID") or "–"

    @display(description="Acte", label=dict(DEEDS.values()), ordering="action")
    def deed(self, entry: LogEntry) -> str:
        """Return what was done."""
        return DEEDS[entry.action][0] if entry.action in DEEDS else "–"

    @display(description="Objet", ordering="object_repr")
    def about(self, entry: LogEntry) -> str:
        """Return what it was done to."""
        return f"{str(entry.content_type.name).capitalize()} : {entry.object_repr}"

    @display(description="Champs")
    def what(self, entry: LogEntry) -> str:
        """Return the first fields that changed, as the pages call them."""
        if entry.action != LogEntry.Action.UPDATE:
            return "–"
        names = [str(get_field_verbose_name(entry, field)) for field in entry.changes_dict]
        return ", ".join(names[:MOST_FIELDS]) + ("…" if len(names) > MOST_FIELDS else "")
