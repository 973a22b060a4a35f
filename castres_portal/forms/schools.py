"""Finding a school."""

from django import forms

from castres_portal.queries.town import LONGEST_SEARCH
from families.models import School


class SchoolSearch(forms.Form):
    """By kind, and by words of the name or of the street; sent by GET, so that what was found has an address."""

    type = forms.ChoiceField(label="Type d’école", required=False, choices=[("", "Toutes"), *School.Kind.choices])
    nom = forms.CharField(
        label="Nom ou rue",
        required=False,
        max_length=LONGEST_SEARCH,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def wanted(self) -> dict[str, str]:
        """Return what to look for; an unknown kind or a text too long is left aside."""
        self.is_valid()
        return {"kind": self.cleaned_data.get("type", ""), "words": self.cleaned_data.get("nom", "")}
