"""What the régisseur drops each morning: PayZen’s file of the day before."""

from django import forms


class DailyFileForm(forms.Form):
    """The bank's file, as it came."""

    file = forms.FileField(
        label="Journal des transactions de PayZen",
        help_text="Le fichier CSV reçu de PayZen ou téléchargé de son back-office, sous le nom qu’il porte (JT_…csv).",
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
    )
