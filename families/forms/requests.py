"""What family and agent type about a request."""

from typing import Any
from uuid import uuid4

from django import forms

from families import attachments
from families.models import FamilyRequest

LONGEST_MESSAGE = 5000


class MessageForm(forms.Form):
    """A message of the thread; ``submission`` makes a double click one message."""

    body = forms.CharField(
        label="Votre message",
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": "Écrivez votre message avant de l’envoyer.",
            "max_length": "Ce message est trop long : %(limit_value)d caractères au plus.",
        },
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, asked: FamilyRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["submission"].initial = uuid4
        self.fields |= attachments.desk().fields(asked)

    def answers(self) -> dict[str, Any]:
        """Return what the fields of the papers brought."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("body", "submission")}
