"""Fields that take files: several at once, by drag, from a phone's camera; or papers that the household sent before.

A démarche that asks for a paper offers it and keeps it in its own transaction::

    form.fields["proof"] = DocumentsField(known=usable_documents(family, kind, today=today), label=…)
    …
    documents = kept_documents(form.cleaned_data["proof"], family=family, kind=kind, guardian=guardian, at=at)
    attach(request=request, documents=documents, at=at)
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from castres_portal.base.french import plain_day
from documents.examination import Unfit
from documents.models import SupportingDocument
from documents.rules.uploads import clean_name, refusal_of
from documents.services.examining import MEGABYTE, Examined, examine_file
from documents.services.supporting import ChosenDocuments

ACCEPT = "application/pdf,image/jpeg,image/png,image/heic,image/heif,.pdf,.jpg,.jpeg,.png,.heic,.heif"
NOTHING = "Choisissez au moins un fichier, ou prenez une photo."


def formats() -> str:
    """Say which files are taken."""
    return f"PDF, JPEG, PNG ou HEIC, {settings.DOCUMENTS['megabytes']} Mo au plus par fichier."


class FilesInput(forms.Widget):
    """Choose several files; with ``camera``, a second input that opens a phone's camera."""

    template_name = "documents/forms/files_input.html"
    needs_multipart_form = True

    def __init__(self, attrs: dict[str, Any] | None = None, *, camera: bool = False) -> None:
        super().__init__({"accept": ACCEPT, **(attrs or {})})
        self.camera = camera

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Give the template what it draws; a browser never lets a page fill a file input."""
        context = super().get_context(name, None, attrs)
        context["widget"]["camera"] = f"{name}-photo" if self.camera else ""
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[UploadedFile]:
        """Return the files of both inputs."""
        getlist = getattr(files, "getlist", lambda key: [files[key]] if key in files else [])
        return [*getlist(name), *getlist(f"{name}-photo")]

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        """Say whether no file came."""
        return not self.value_from_datadict(data, files, name)


class FilesField(forms.Field):
    """Several files as they came; whether each can be kept is said later, file by file."""

    widget = FilesInput
    default_error_messages = {"required": NOTHING}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", formats())
        super().__init__(**kwargs)


class ExaminedFilesField(FilesField):
    """Several files, each opened and cleaned; the form is refused when one cannot be kept, and says which and why."""

    def clean(self, value: Any) -> list[Examined]:
        """Return the clean files."""
        return examine_all(super().clean(value) or [])


def examine_all(files: Iterable[UploadedFile]) -> list[Examined]:
    """Open and clean files; raise ValidationError with a sentence for each one that cannot be kept."""
    files = list(files)
    if len(files) > settings.DOCUMENTS["files_per_send"]:
        raise forms.ValidationError(f"Envoyez au plus {settings.DOCUMENTS['files_per_send']} fichiers à la fois.")
    examined, refused = [], []
    for file in files:
        try:
            examined.append(examine_file(file))
        except Unfit as unfit:
            refused.append(refusal_of(clean_name(file.name or ""), unfit.reason, settings.DOCUMENTS))
    if refused:
        raise forms.ValidationError(refused)
    return examined


class DocumentsInput(forms.MultiWidget):
    """The papers sent before, to tick, then new files."""

    template_name = "documents/forms/documents_input.html"
    use_fieldset = True

    def decompress(self, value: Any) -> list[Any]:
        """Nothing is ticked beforehand."""
        return [[], None]


class DocumentsField(forms.MultiValueField):
    """Join papers: those that the household sent before (``known``, its own only) or new ones."""

    def __init__(self, *, known: Iterable[SupportingDocument], **kwargs: Any) -> None:
        self.known = {str(document.key): document for document in known}
        choices = [(key, _described(document)) for key, document in self.known.items()]
        fields = (
            forms.MultipleChoiceField(choices=choices, required=False),
            ExaminedFilesField(required=False),
        )
        widget = DocumentsInput([forms.CheckboxSelectMultiple(choices=choices), FilesInput()])
        kwargs.setdefault("help_text", formats())
        super().__init__(fields=fields, widget=widget, require_all_fields=False, **kwargs)
        self.error_messages["required"] = "Choisissez une pièce déjà déposée, ou un fichier."

    def compress(self, values: list[Any]) -> ChosenDocuments:
        """Return what was ticked and what was sent."""
        ticked, new = values or ([], [])
        return ChosenDocuments([self.known[key] for key in ticked], new or [])


def _described(document: SupportingDocument) -> str:
    until = f", valable jusqu’au {plain_day(document.valid_until)}" if document.valid_until else ""
    return f"{document} : {document.name}, déposée le {plain_day(document.sent_at)}{until}"


def too_heavy_for_one_send(length: int) -> bool:
    """Say whether a request is longer than the files of one send can be (with a margin for the other fields)."""
    limits = settings.DOCUMENTS
    return length > (limits["files_per_send"] * limits["megabytes"] + 1) * MEGABYTE
