"""One form a change.

A form carries ``submission`` (a double click makes one request) and ``shown``, the fingerprint of what the page showed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar
from uuid import uuid4

from django import forms
from django.conf import settings

from families.forms.situation.fields import (
    RHYTHMS,
    CheckedRhythm,
    DayField,
    PhoneField,
    first_monday,
    reason,
    refuse_end_before_start,
    rhythm,
    set_children,
    text,
    title,
)
from families.models import (
    AuthorisedAdult,
    Child,
    Family,
    Guardian,
    School,
    SchoolLevel,
)
from families.rules.situation import DAYS, LINES, Change, fingerprint, plain
from families.services.situation.snapshots import take_snapshot

FARTHEST = timedelta(days=400)
EARLIEST = timedelta(days=120)


@dataclass(frozen=True)
class Subject:
    """What a change is about: the household that asks, and the child, guardian or adult concerned, if any."""

    change: str
    family: Family
    today: date
    child: Child | None = None
    target: Guardian | None = None
    adult: AuthorisedAdult | None = None

    @property
    def snapshot(self) -> dict[str, Any]:
        """What the file holds now."""
        return take_snapshot(self.change, family=self.family, child=self.child, guardian=self.target, adult=self.adult)


class ChangeForm(forms.Form):
    """What all the changes share: hidden marks, and the state that was asked."""

    button: ClassVar[str] = "Envoyer la demande"
    after: ClassVar[tuple[int, int]] = (EARLIEST.days, FARTHEST.days)

    submission = forms.UUIDField(widget=forms.HiddenInput)
    shown = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subject = subject
        self.before = subject.snapshot
        self.fields["submission"].initial = uuid4
        self.fields["shown"].initial = fingerprint(self.before)
        for name, value in initial_of(self.before).items():
            if name in self.fields:
                self.fields[name].initial = value
        self.prepare()
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    def prepare(self) -> None:
        """Adapt the fields to what the change is about."""

    def show_again(self) -> None:
        """After somebody else’s change: keep what was typed, and take what the file now holds as what is shown."""
        data = self.data.copy()
        data["shown"] = fingerprint(self.before)
        self.data = data

    def clean_starts_on(self) -> date:
        """Keep the day within a year."""
        return self._near(self.cleaned_data["starts_on"])

    def clean_birth_date(self) -> date:
        """Refuse a birth to come, or of long ago."""
        born: date = self.cleaned_data["birth_date"]
        if born > self.subject.today:
            raise forms.ValidationError("Cette date est à venir.")
        if born < self.subject.today - timedelta(days=18 * 366):
            raise forms.ValidationError("Vérifiez l’année : l’enfant aurait plus de 18 ans.")
        return born

    def clean_postcode(self) -> str:
        """Take five digits."""
        code: str = self.cleaned_data["postcode"].replace(" ", "")
        if not (len(code) == 5 and code.isdigit()):
            raise forms.ValidationError("Un code postal compte cinq chiffres. Exemple : 81100.")
        return code

    def _near(self, day: date) -> date:
        if not self.subject.today - EARLIEST <= day <= self.subject.today + FARTHEST:
            raise forms.ValidationError("Cette date est trop éloignée : vérifiez l’année.")
        return day

    def asked(self) -> dict[str, Any]:
        """Return the state that was asked, in plain values."""
        keys = LINES[self.subject.change]
        return {key: plain(value) for key, value in self.cleaned_data.items() if key in keys}


class NewChildForm(ChangeForm):
    """A birth."""

    first_name = text("Prénom de l’enfant")
    last_name = text("Nom de l’enfant")
    birth_date = DayField("Date de naissance")

    def prepare(self) -> None:
        """Offer the household's name."""
        self.fields["last_name"].initial = self.subject.family.name


class ArrivalForm(CheckedRhythm, NewChildForm):
    """A child who comes to live in the household."""

    starts_on = DayField("Vit dans votre foyer à partir du")
    rhythm = rhythm("Vit dans votre foyer")
    first_monday = first_monday()
    school = forms.ModelChoiceField(
        School.objects.all(),
        label="École publique de Castres",
        required=False,
        empty_label="Aucune, ou pas encore connue",
    )
    level = forms.ChoiceField(label="Niveau", choices=[("", "À préciser"), *SchoolLevel.choices], required=False)
    reason = reason("D’où vient l’enfant, depuis quand, avec quel jugement le cas échéant")

    def clean(self) -> dict[str, Any]:
        """Check the Monday."""
        data = super().clean() or {}
        self.check_rhythm(data)
        return data


class IdentityForm(ChangeForm):
    """The right name or birth date of a child."""

    first_name = text("Prénom")
    last_name = text("Nom")
    birth_date = DayField("Date de naissance")
    reason = reason(help_text="Le livret de famille ou l’acte de naissance pourra vous être demandé.")


class SchoolForm(ChangeForm):
    """Another school, another level, another class."""

    school = forms.ModelChoiceField(
        School.objects.all(),
        label="École",
        empty_label="Choisissez une école",
        error_messages={"required": "Choisissez une école."},
    )
    level = forms.ChoiceField(
        label="Niveau",
        choices=[("", "Choisissez un niveau"), *SchoolLevel.choices],
        error_messages={"required": "Choisissez un niveau."},
    )
    class_name = text("Classe", longest=40, required=False)
    starts_on = DayField("À partir du")
    reason = reason(help_text="Par exemple : dérogation accordée, décision de l’école.")

    def prepare(self) -> None:
        """Say how a class is written."""
        self.fields["class_name"].help_text = "Par exemple « CE1-CE2 de Mme X ». Vide si elle n’est pas encore connue."

    def clean(self) -> dict[str, Any]:
        """Leave behind, with the school that is left, the class that was shown: a class belongs to its school."""
        data = super().clean() or {}
        school, left = data.get("school"), self.before["school"]
        if school and left and school.pk != left["id"] and data.get("class_name") == self.before["class_name"]:
            data["class_name"] = ""
        return data


class CustodyForm(CheckedRhythm, ChangeForm):
    """Another rhythm, from a day."""

    rhythm = rhythm("L’enfant vit dans votre foyer")
    first_monday = first_monday()
    starts_on = DayField("À partir du")
    judgment = forms.ChoiceField(
        label="Décidé par",
        choices=[("Accord des parents", "Un accord entre les parents"), ("Jugement", "Un jugement")],
    )
    reason = reason(help_text="Un accord signé des deux parents ou le jugement pourra vous être demandé.")

    def clean(self) -> dict[str, Any]:
        """Check the Monday."""
        data = super().clean() or {}
        self.check_rhythm(data)
        return data


class ChildLeavesForm(ChangeForm):
    """A child who no longer lives here."""

    ends_on = DayField("Dernier jour dans votre foyer")
    reason = reason()

    def clean_ends_on(self) -> date:
        """Keep the day within a year."""
        return self._near(self.cleaned_data["ends_on"])


class AddressForm(ChangeForm):
    """Where the household lives."""

    street = text("Numéro et voie", longest=160, autocomplete="street-address")
    street_more = text("Complément (bâtiment, étage)", longest=160, required=False)
    postcode = text("Code postal", longest=10, inputmode="numeric", autocomplete="postal-code")
    city = text("Commune", autocomplete="address-level2")

    @property
    def needs_proof(self) -> bool:
        """Whether an agent reads a proof of residence first."""
        return bool(settings.ADDRESS_NEEDS_PROOF)


class FamilyLeavesForm(AddressForm):
    """The household leaves the town."""

    starts_on = DayField("À partir du")
    reason = reason("Écoles et activités que les enfants quittent, et quand")

    def prepare(self) -> None:
        """Do not offer the address that is left."""
        for name in ("street", "street_more", "postcode", "city"):
            self.fields[name].initial = ""


class NameForm(ChangeForm):
    """A guardian's own name."""

    title = title()
    first_name = text("Prénom", autocomplete="given-name")
    last_name = text("Nom", autocomplete="family-name")
    reason = reason(help_text="Par exemple : mariage, divorce, erreur de saisie.")


class NewGuardianForm(ChangeForm):
    """A new partner, or another guardian of the same household."""

    title = title()
    first_name = text("Prénom")
    last_name = text("Nom")
    email = forms.EmailField(
        label="Adresse électronique",
        required=False,
        help_text="Son code d’activation pourra y être envoyé.",
        error_messages={"invalid": "Cette adresse n’est pas complète. Exemple : nom@exemple.fr."},
    )
    phone = PhoneField(required=False)
    link = text("Lien avec les enfants", longest=60)
    reason = reason(help_text="Un responsable légal voit tout le dossier du foyer et peut réserver.")


class SeparationForm(CheckedRhythm, ChangeForm):
    """Who leaves the household, when, and the weeks of the children."""

    leaver = forms.ModelChoiceField(
        Guardian.objects.none(),
        label="Qui quitte le foyer actuel ?",
        empty_label="Choisissez",
        error_messages={"required": "Choisissez qui quitte le foyer."},
    )
    starts_on = DayField("À partir du")
    rhythm = rhythm(
        "Les enfants restent dans le foyer actuel",
        [*RHYTHMS, ("aucune", "Plus du tout : ils suivent la personne qui part")],
    )
    first_monday = first_monday()
    street = text("Nouvelle adresse de la personne qui part (si vous la connaissez)", longest=160, required=False)
    street_more = text("Complément", longest=160, required=False)
    postcode = text("Code postal", longest=10, required=False, inputmode="numeric")
    city = text("Commune", required=False)
    reason = reason(help_text="Jugement, accord amiable, médiation : ce que l’Espace Famille doit savoir.")

    def prepare(self) -> None:
        """Offer the guardians of this household only."""
        self.fields["leaver"].queryset = self.subject.family.guardians.all()  # type: ignore[attr-defined]
        self.fields["first_monday"].label = "Premier lundi dans le foyer actuel"

    def clean_postcode(self) -> str:
        """An address may be unknown."""
        return super().clean_postcode() if self.cleaned_data["postcode"] else ""

    def clean(self) -> dict[str, Any]:
        """Check the Monday."""
        data = super().clean() or {}
        self.check_rhythm(data)
        return data


class BanForm(ChangeForm):
    """Somebody who must not collect a child."""

    first_name = text("Prénom de la personne")
    last_name = text("Nom de la personne")
    link = text("Lien avec l’enfant", longest=60, required=False)
    children = forms.ModelMultipleChoiceField(
        Child.objects.none(),
        label="Enfants concernés",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins un enfant."},
    )
    starts_on = DayField("À partir du")
    ends_on = DayField("Jusqu’au", required=False, help_text="Vide : sans limite.")
    judgment = text("Jugement ou décision (juridiction, date)", longest=200)

    def prepare(self) -> None:
        """Offer the children of this household only, from today."""
        set_children(self, self.subject.family, self.subject.today)
        self.fields["starts_on"].initial = self.subject.today

    def clean(self) -> dict[str, Any]:
        """Put the name together; refuse an end before the start."""
        data = super().clean() or {}
        first, last = data.get("first_name", ""), data.get("last_name", "")
        if first and last:
            data["name"] = {"first_name": first, "last_name": last, "label": f"{first} {last.upper()}"}
        refuse_end_before_start(self, data)
        return data


class BanEndsForm(ChangeForm):
    """A prohibition that no longer holds."""

    reason = reason("Décision qui lève l’interdiction (juridiction, date)")

    def prepare(self) -> None:
        """Ask for the decision."""
        self.fields["reason"].required = True
        self.fields["reason"].error_messages["required"] = "Indiquez la décision."


class CoordinatesForm(ChangeForm):
    """How a guardian is reached."""

    button = "Enregistrer"

    phone = PhoneField("Téléphone", autocomplete="tel", required=False)
    second_phone = PhoneField("Autre téléphone", required=False)
    contact_by = forms.ChoiceField(
        label="Vous joindre de préférence",
        choices=Guardian.ContactMeans.choices,
        error_messages={"required": "Choisissez un moyen."},
    )

    def prepare(self) -> None:
        """Speak of somebody else when it is somebody else."""
        if self.subject.target and self.subject.target.user_id is None:
            self.fields["contact_by"].label = "À joindre de préférence"

    def clean(self) -> dict[str, Any]:
        """Ask for a number from who wants to be called."""
        data = super().clean() or {}
        wants_calls = data.get("contact_by") == Guardian.ContactMeans.PHONE
        if wants_calls and not data.get("phone") and "phone" not in self.errors:
            self.add_error("phone", "Indiquez le numéro à appeler.")
        return data


FORMS: dict[str, type[ChangeForm]] = {
    Change.BIRTH: NewChildForm,
    Change.ARRIVAL: ArrivalForm,
    Change.IDENTITY: IdentityForm,
    Change.SCHOOL: SchoolForm,
    Change.CUSTODY: CustodyForm,
    Change.CHILD_LEAVES: ChildLeavesForm,
    Change.ADDRESS: AddressForm,
    Change.FAMILY_LEAVES: FamilyLeavesForm,
    Change.NAME: NameForm,
    Change.GUARDIAN: NewGuardianForm,
    Change.SEPARATION: SeparationForm,
    Change.BAN: BanForm,
    Change.BAN_ENDS: BanEndsForm,
    Change.COORDINATES: CoordinatesForm,
}


def initial_of(state: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a state back into what a form shows."""
    shown: dict[str, Any] = {}
    for key, value in state.items():
        if key == "name" and isinstance(value, Mapping):
            shown |= {"first_name": value.get("first_name", ""), "last_name": value.get("last_name", "")}
        elif key == "children":
            shown[key] = [each["id"] for each in value if isinstance(each, Mapping)]
        elif isinstance(value, Mapping):
            shown[key] = value["id"]
        elif key in DAYS and value:
            shown[key] = date.fromisoformat(str(value)[:10])
        else:
            shown[key] = value
    return shown
