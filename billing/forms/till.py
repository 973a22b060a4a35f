"""What an agent types at the régie's counter."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from billing.models import Payment, TillEntry
from billing.rules.till import Debt, propose
from billing.services.till import Handed
from reservations.forms import new_submission

Means = Payment.Means
MONEY = {"inputmode": "decimal", "autocomplete": "off"}
TYPED = {
    "required": "Indiquez un montant.",
    "invalid": "Écrivez un montant en euros, par exemple 12,50.",
    "max_decimal_places": "Écrivez un montant au centime près, par exemple 12,50.",
    "max_digits": "Ce montant est trop grand.",
    "max_whole_digits": "Ce montant est trop grand.",
    "min_value": "Le montant ne peut pas être négatif.",
}


def money_field(
    label: str, *, required: bool = True, help_text: str = "", initial: Decimal | None = None
) -> forms.DecimalField:
    """Return a box for euros, written as French does."""
    return forms.DecimalField(
        label=label,
        required=required,
        max_digits=9,
        decimal_places=2,
        min_value=0,
        localize=True,
        initial=initial,
        help_text=help_text,
        error_messages=TYPED,
        widget=UnfoldAdminTextInputWidget(attrs=MONEY),
    )


def text_field(label: str, *, most: int, required: bool = False, help_text: str = "") -> forms.CharField:
    """Return a box for a few words."""
    return forms.CharField(
        label=label, max_length=most, required=required, help_text=help_text, widget=UnfoldAdminTextInputWidget
    )


def _written(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}".replace(".", ",")


class CollectForm(forms.Form):
    """Money handed over: the boxes of one means, then how much goes to each invoice (left empty: the first due, first paid)."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=new_submission)

    def __init__(self, means: str, debts: Sequence[Debt], *args: Any, chosen: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.means = means
        self.debts = [debt for debt in debts if debt.room(means) > 0]
        self.chosen = chosen if chosen in {debt.invoice for debt in self.debts} else None
        self.fields |= self._boxes_of_means()
        self.fields["handed_by"] = text_field(
            "Versé par", most=120, help_text="Si ce n’est pas un responsable du foyer."
        )
        for debt in self.debts:
            self.fields[f"part_{debt.invoice}"] = money_field(f"Facture {debt.number}", required=False)
        self.fields["keep_surplus"] = forms.BooleanField(
            label="Le foyer garde ce qui dépasse en avoir", required=False, widget=UnfoldBooleanWidget
        )

    def _boxes_of_means(self) -> dict[str, forms.Field]:
        amount = money_field("Montant à encaisser", initial=self._proposed_amount())
        if self.means == Means.CASH:
            help_text = "Laissez vide si le compte est juste."
            return {"amount": amount, "cash_given": money_field("Somme donnée", required=False, help_text=help_text)}
        if self.means == Means.CHEQUE:
            return {
                "amount": amount,
                "bank": text_field("Banque", most=80, required=True),
                "cheque_number": text_field("Numéro du chèque", most=20, required=True),
                "drawer": text_field("Tireur", most=120, help_text="Le nom imprimé sur le chèque."),
            }
        if self.means == Means.CESU:
            numbers = forms.CharField(
                label="Numéros des titres", required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
            )
            count = forms.IntegerField(
                label="Nombre de titres",
                min_value=1,
                max_value=999,
                widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric", "autocomplete": "off"}),
                error_messages={"required": "Indiquez le nombre de titres.", "invalid": "Écrivez un nombre entier."},
            )
            return {"title_count": count, "title_value": money_field("Valeur d’un titre"), "title_numbers": numbers}
        return {
            "amount": amount,
            "reference": text_field("Référence", most=60, required=True),
            "value_on": forms.DateField(
                label="Date de valeur",
                required=False,
                widget=UnfoldAdminSingleDateWidget(attrs={"type": "date"}, format="%Y-%m-%d"),
            ),
        }

    def _proposed_amount(self) -> Decimal:
        asked = [debt for debt in self.debts if self.chosen in (None, debt.invoice)]
        return sum((debt.room(self.means) for debt in asked), Decimal("0.00"))

    def clean(self) -> dict[str, Any]:
        """Work out what was handed over and the part of each invoice."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.means == Means.CESU and data.get("title_count") and data.get("title_value"):
            data["amount"] = data["title_count"] * data["title_value"]
        if data.get("amount") is not None and not data["amount"]:
            self.add_error(None, "Le montant à encaisser est nul.")
        return data

    def handed(self) -> Handed:
        """Return what was handed over."""
        names = {name for name in Handed.__dataclass_fields__ if name in self.cleaned_data}
        return Handed(means=self.means, **{name: self.cleaned_data[name] for name in names})

    def parts(self) -> dict[int, Decimal]:
        """Return the euros of each invoice (id): as typed, or proposed when none was."""
        typed = {debt.invoice: self.cleaned_data.get(f"part_{debt.invoice}") for debt in self.debts}
        if any(part is not None for part in typed.values()):
            return {invoice: part for invoice, part in typed.items() if part}
        asked = [debt for debt in self.debts if self.chosen in (None, debt.invoice)]
        return propose(self.cleaned_data["amount"], asked, self.means)

    def rows(self, parts: dict[int, Decimal] | None = None) -> list[tuple[Debt, forms.BoundField]]:
        """Return each invoice with its box, filled with what is proposed."""
        if parts is not None:
            data = self.data.copy()
            for debt in self.debts:
                data[self.add_prefix(f"part_{debt.invoice}")] = _written(parts.get(debt.invoice))
            self.data = data
        return [(debt, self[f"part_{debt.invoice}"]) for debt in self.debts]

    def boxes(self) -> list[forms.BoundField]:
        """Return the boxes of the means."""
        return [
            self[name]
            for name in self.fields
            if not name.startswith("part_") and name not in ("submission", "keep_surplus")
        ]


class ReverseForm(forms.Form):
    """Why a payment is called off."""

    cause = forms.ChoiceField(
        label="Cause",
        choices=TillEntry.Cause.choices,
        widget=UnfoldAdminSelectWidget,
        error_messages={"required": "Choisissez la cause.", "invalid_choice": "Choisissez une cause de la liste."},
    )
    reason = forms.CharField(
        label="Motif",
        max_length=200,
        help_text="Pour la régie ; la famille lit la cause, pas ce texte, sauf pour « Autre motif ».",
        widget=UnfoldAdminTextInputWidget,
        error_messages={"required": "Indiquez pourquoi cet encaissement est annulé."},
    )

    def __init__(self, means: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if means != Means.CHEQUE:
            kept = [choice for choice in TillEntry.Cause.choices if choice[0] != TillEntry.Cause.BOUNCED]
            self.fields["cause"].choices = kept  # type: ignore[attr-defined]


class CloseForm(forms.Form):
    """What is in the drawer."""

    cash_counted = money_field("Espèces comptées", help_text="Tout ce que contient la caisse, fonds de caisse compris.")
    explanation = text_field("Explication, s’il y a un écart", most=300)


class CashForm(forms.Form):
    """How much cash goes to the comptable."""

    amount = money_field("Somme versée")
