"""What the régie types about corrections."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from billing.models import CreditNote, Invoice
from castres_portal.base.french import euros, plain_day

TYPED = (CreditNote.Reason.PRICE, CreditNote.Reason.ABSENCE, CreditNote.Reason.CLOSURE, CreditNote.Reason.OTHER)


class ProposeForm(forms.Form):
    """Which lines of an invoice, how much of each, why."""

    reason = forms.ChoiceField(
        label="Motif", choices=[(reason.value, reason.label) for reason in TYPED], widget=UnfoldAdminSelectWidget
    )
    per_line = forms.DecimalField(
        label="Montant à rendre par ligne (€)",
        required=False,
        min_value=0,
        max_digits=7,
        decimal_places=2,
        localize=True,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text="Laissez vide pour rendre tout ce qui reste de chaque ligne.",
    )
    words = forms.CharField(
        label="Explication, lue par la famille", max_length=400, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )
    lines = forms.MultipleChoiceField(label="Lignes", widget=UnfoldAdminCheckboxSelectMultipleWidget)

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = invoice.lines.filter(amount__gt=0).order_by("child_name", "activity_name", "day")
        self.fields["lines"].choices = [  # type: ignore[attr-defined]
            (row.pk, f"{row.child_name}, {row.activity_name}, {plain_day(row.day)} : {euros(row.amount)}")
            for row in lines
        ]

    def clean_per_line(self) -> Any:
        """Take nothing for nothing typed; refuse zero."""
        amount = self.cleaned_data["per_line"]
        if amount is not None and amount <= 0:
            raise forms.ValidationError("Écrivez un montant supérieur à zéro, ou rien.")
        return amount

    def clean_lines(self) -> list[int]:
        """Return the ids of the lines."""
        return [int(pk) for pk in self.cleaned_data["lines"]]


class RefuseForm(forms.Form):
    """Why a correction is refused."""

    why = forms.CharField(label="Motif du refus", max_length=200, widget=UnfoldAdminTextInputWidget)


class RefundForm(forms.Form):
    """Where the comptable's refund is written."""

    reference = forms.CharField(
        label="Référence du mandat ou du virement", max_length=60, widget=UnfoldAdminTextInputWidget
    )
