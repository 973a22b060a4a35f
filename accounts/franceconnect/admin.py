"""What agents see of FranceConnect: identities that did not match a file. Links, keys and tokens are shown to nobody."""

from allauth.socialaccount import admin as _library_pages  # noqa: F401  (registers its pages, so that they can be taken away)
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.http import HttpRequest

from accounts.models import IdentityMismatch
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin

for _model in (SocialApp, SocialToken, SocialAccount):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


@admin.register(IdentityMismatch)
class IdentityMismatchAdmin(ReadOnlyMixin, PortalAdmin):
    """Whose file has names to correct, or who tried a code that is not hers."""

    list_display = ("about", "expected", "given", "seen_at")
    search_fields = ("about", "expected", "given")
    search_help_text = "Nom, dans le dossier ou chez FranceConnect"
    date_hierarchy = "seen_at"
    fields = list_display

    def has_delete_permission(self, request: HttpRequest, obj: IdentityMismatch | None = None) -> bool:
        """An agent who has settled it removes the trace."""
        return request.user.has_perm("accounts.delete_identitymismatch")
