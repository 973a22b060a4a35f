"""How a household wants its invoices."""

from django import forms


class DeliveryForm(forms.Form):
    """On line, or by post."""

    online = forms.TypedChoiceField(
        label="Je souhaite recevoir mes factures",
        choices=[("oui", "en ligne seulement"), ("non", "par courrier aussi")],
        coerce=lambda answer: answer == "oui",
        widget=forms.RadioSelect,
        error_messages={"required": "Faites un choix.", "invalid_choice": "Faites un choix dans la liste."},
    )
