"""The form of the page « Déposer une pièce », and those of the agent who reviews it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from documents.forms.uploads import FilesField, FilesInput
from documents.models import DocumentKind, SupportingDocument
from documents.queries.supporting import Subject
from documents.rules.supporting import computed_validity

DATE_FORMATS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y", "%d%m%Y", "%Y-%m-%d")


class DepositForm(forms.Form):
    """Which paper, for whom, its date, the files."""

    paper = forms.ChoiceField(
        label="Quelle pièce, et pour qui ?",
        error_messages={
            "required": "Dites quelle pièce vous envoyez.",
            "invalid_choice": "Choisissez une pièce de la liste.",
        },
    )
    issued_on = forms.DateField(
        label="Date écrite sur la pièce",
        required=False,
        input_formats=DATE_FORMATS,
        help_text="Facultatif. Par exemple 03/11/2026.",
        widget=forms.DateInput(format="%d/%m/%Y", attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"invalid": "Écrivez la date comme ceci : 03/11/2026."},
    )
    files = FilesField(label="Vos fichiers", widget=FilesInput(camera=True))

    def __init__(self, *args: Any, subjects: Sequence[Subject], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = {subject.value(kind): (subject, kind) for subject in subjects for kind in subject.kinds}
        self.fields["paper"].choices = [
            ("", "Choisissez…"),
            *((subject.label, [(subject.value(kind), kind.name) for kind in subject.kinds]) for subject in subjects),
        ]

    def chosen(self) -> tuple[Subject, DocumentKind]:
        """Return for whom and of which kind."""
        return self.choices[self.cleaned_data["paper"]]


class AcceptForm(forms.Form):
    """Until when the paper holds, as the agent reads it."""

    issued_on = forms.DateField(
        label="Date de la pièce",
        required=False,
        widget=UnfoldAdminDateWidget(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    valid_until = forms.DateField(
        label="Valable jusqu’au (inclus)",
        required=False,
        widget=UnfoldAdminDateWidget(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Vide : sans limite.",
    )
    words = forms.CharField(
        label="Mot pour la famille (facultatif)", max_length=300, required=False, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, *args: Any, document: SupportingDocument, sent_on: date, **kwargs: Any) -> None:
        kind = document.kind
        until = document.valid_until or computed_validity(
            kind.validity, kind.validity_months, document.issued_on or sent_on
        )
        kwargs["initial"] = {"issued_on": document.issued_on, "valid_until": until}
        super().__init__(*args, **kwargs)
        if kind.validity == DocumentKind.Validity.DATE:
            self.fields["valid_until"].help_text = "Obligatoire : la date est écrite sur la pièce."


class RefuseForm(forms.Form):
    """Why the paper is refused: one of the usual reasons, or the agent's own words."""

    usual = forms.ChoiceField(label="Motif", required=False, widget=UnfoldAdminSelectWidget)
    typed = forms.CharField(
        label="Autre motif ou précision", max_length=200, required=False, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = settings.DOCUMENT_REFUSALS
        self.fields["usual"].choices = [("", "Choisissez…"), *((reason, reason) for reason in reasons)]

    def reason(self) -> str:
        """Return the sentence that the family reads."""
        return " ".join(part for part in (self.cleaned_data["usual"], self.cleaned_data["typed"].strip()) if part)
