"""What the régisseur drops each morning: PayZen’s file of the day before."""

from django import forms
from django.core.files.uploadedfile import UploadedFile

from billing.payzen.journal import BIGGEST


class DailyFileForm(forms.Form):
    """The bank's file, as it came."""

    file = forms.FileField(
        label="Journal des transactions de PayZen",
        help_text="Le fichier CSV reçu de PayZen ou téléchargé de son back-office, sous le nom qu’il porte (JT_…csv).",
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
    )

    def clean_file(self) -> UploadedFile:
        """Refuse what is too heavy before it is read."""
        upload: UploadedFile = self.cleaned_data["file"]
        if (upload.size or 0) > BIGGEST:
            raise forms.ValidationError(
                f"Ce fichier dépasse {BIGGEST // 1_000_000}\u00a0Mo\u00a0: déposez celui d’un jour."
            )
        return upload
