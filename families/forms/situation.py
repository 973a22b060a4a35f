"""What a parent fills to change her file, and the same forms in the agents' hands, to put right what they accept.

A form carries ``submission`` (a double click makes one request) and ``shown``, the fingerprint of what the page showed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar
from uuid import uuid4

from django import forms
from django.conf import settings
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminCheckboxSelectMultiple,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from castres_portal.base import clock
from castres_portal.base.french import plain_day
from families.forms.activation import BIRTH_DATE_FORMATS
from families.models import (
    AuthorisedAdult,
    ChangeProposal,
    Child,
    Custody,
    Family,
    FamilyContact,
    FamilyRequest,
    Guardian,
    School,
    SchoolLevel,
)
from families.queries.households import children_of
from families.rules.phones import BadPhone, normalise_phone
from families.rules.situation import DAYS, LINES, Change, drift, fingerprint, plain
from families.services.situation.applying import MOVE
from families.services.situation.snapshots import take_snapshot

LONGEST_REASON = 1000
FARTHEST = timedelta(days=400)
EARLIEST = timedelta(days=120)
RHYTHMS = [
    (Custody.Rhythm.FULL, "Tout le temps"),
    (Custody.Rhythm.ODD, "Les semaines impaires (numéro ISO, celui des jugements)"),
    (Custody.Rhythm.EVEN, "Les semaines paires (numéro ISO, celui des jugements)"),
    (Custody.Rhythm.ALTERNATE, "Une semaine sur deux à partir d’un lundi"),
]


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


# --- Fields -----------------------------------------------------------------------------------------------------------


class DayField(forms.DateField):
    """A day as French people write it."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        help_text = kwargs.pop("help_text", "Par exemple 07/12/2026.")
        super().__init__(
            label=label,
            input_formats=BIRTH_DATE_FORMATS,
            help_text=help_text,
            widget=forms.DateInput(format="%d/%m/%Y", attrs={"autocomplete": "off", "inputmode": "numeric"}),
            error_messages={"required": "Indiquez une date.", "invalid": "Écrivez la date comme ceci : 07/12/2026."},
            **kwargs,
        )


class PhoneField(forms.CharField):
    """A telephone number, French or foreign, kept in one form."""

    def __init__(self, label: str = "Téléphone", **kwargs: Any) -> None:
        super().__init__(
            label=label,
            max_length=40,
            widget=forms.TextInput(attrs={"type": "tel", "autocomplete": kwargs.pop("autocomplete", "off")}),
            error_messages={"required": "Indiquez un numéro de téléphone."},
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        """Return the number in the form that is kept."""
        typed: str = super().clean(value)
        try:
            return normalise_phone(typed)
        except BadPhone as problem:
            raise forms.ValidationError(str(problem.args[0])) from None


def text(label: str, *, longest: int = 80, required: bool = True, **attrs: str) -> forms.CharField:
    """Return a line of text."""
    return forms.CharField(
        label=label,
        max_length=longest,
        required=required,
        widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}),
        error_messages={"required": "À remplir.", "max_length": "Trop long : %(limit_value)d caractères au plus."},
    )


def reason(label: str = "Précisions pour l’Espace Famille", **kwargs: Any) -> forms.CharField:
    """Return the words that go with a proposal."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": "Trop long : %(limit_value)d caractères au plus."},
        **kwargs,
    )


def rhythm(label: str, choices: list[tuple[str, str]] = RHYTHMS) -> forms.ChoiceField:
    """Return the choice of the weeks."""
    return forms.ChoiceField(label=label, choices=choices, error_messages={"required": "Choisissez un rythme."})


def first_monday() -> DayField:
    """Return the Monday from which strict alternation counts."""
    return DayField(
        "Premier lundi dans votre foyer",
        required=False,
        help_text="Seulement pour « une semaine sur deux à partir d’un lundi ».",
    )


def title() -> forms.ChoiceField:
    """Return Madame or Monsieur."""
    return forms.ChoiceField(
        label="Civilité", choices=Guardian.Title.choices, error_messages={"required": "Choisissez une civilité."}
    )


class CheckedRhythm:
    """A Monday for strict alternation, and for it only."""

    def check_rhythm(self, data: Mapping[str, Any]) -> None:
        """Add the error to the Monday's field."""
        monday = data.get("first_monday")
        if data.get("rhythm") == Custody.Rhythm.ALTERNATE:
            if monday is None and "first_monday" not in self.errors:  # type: ignore[attr-defined]
                self.add_error("first_monday", "Indiquez le premier lundi chez vous.")  # type: ignore[attr-defined]
            elif monday and monday.weekday() != 0:
                self.add_error("first_monday", f"Le {plain_day(monday)} n’est pas un lundi.")  # type: ignore[attr-defined]
        elif isinstance(data, dict):
            data["first_monday"] = None


# --- One form a change ------------------------------------------------------------------------------------------------


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
    """Another school, another level."""

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
    starts_on = DayField("À partir du")
    reason = reason(help_text="Par exemple : dérogation accordée, décision de l’école.")


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


def set_children(form: forms.Form, family: Family, today: date) -> None:
    """Offer the children of a household in a form, by first name, all ticked when there is one."""
    field = form.fields["children"]
    assert isinstance(field, forms.ModelMultipleChoiceField)
    field.queryset = children_of(family, on=today)
    field.label_from_instance = lambda child: child.first_name  # type: ignore[method-assign]
    if not field.initial and field.queryset.count() == 1:
        field.initial = [child.pk for child in field.queryset]


def refuse_end_before_start(form: forms.Form, data: Mapping[str, Any]) -> None:
    """Tie the error to the end."""
    start, end = data.get("starts_on"), data.get("ends_on")
    if start and end and end < start:
        form.add_error("ends_on", "La fin précède le début.")


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


# --- The agents' side -------------------------------------------------------------------------------------------------


def accept_form_for(request: FamilyRequest) -> type[forms.Form]:
    """Return the form with which an agent accepts a change: what was asked, to be put right, and what she must say."""
    proposal = ChangeProposal.objects.select_related("child__school", "guardian", "adult").get(request=request)
    family = request.family
    assert family is not None  # a change is never asked by a stranger
    subject = Subject(
        proposal.change, family, clock.today(), child=proposal.child, target=proposal.guardian, adult=proposal.adult
    )

    class AcceptForm(FORMS[proposal.change]):  # type: ignore[misc]
        def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
            super().__init__(data, files, subject=subject, **kwargs)
            for name in ("submission", "shown", "reason"):
                self.fields.pop(name, None)
            for name, value in initial_of(proposal.proposed).items():
                if name in self.fields:
                    self.fields[name].initial = value
            self.fields |= agent_fields(proposal, moved=bool(drift(proposal.before, self.before)))
            for field in self.fields.values():
                dress(field)

        def clean(self) -> dict[str, Any]:
            """Give the state decided, and what the agent said besides."""
            data = super().clean() or {}
            self.cleaned_data = data
            return {**self.asked(), **{name: data[name] for name in SAID if name in data}}

        def _near(self, day: date) -> date:
            return day  # an agent may put right a day of long ago

    return AcceptForm


SAID = ("same_child", "enrolments", "despite")


def agent_fields(proposal: ChangeProposal, *, moved: bool) -> dict[str, forms.Field]:
    """Return what an agent answers besides the change itself; ``moved`` says that the file is no longer as it was."""
    extra: dict[str, forms.Field] = {}
    if proposal.change in (Change.BIRTH, Change.ARRIVAL):
        label = "C’est un enfant déjà connu : le rattacher à ce foyer, sans doublon"
        extra["same_child"] = forms.BooleanField(label=label, required=False)
    if proposal.change == Change.SCHOOL:
        extra["enrolments"] = forms.ChoiceField(
            label="Inscriptions et réservations",
            choices=[
                (MOVE, "Suivent l’enfant dans sa nouvelle école"),
                ("restent", "Restent où elles sont : je les reverrai moi-même"),
            ],
            initial=MOVE,
        )
    if moved:
        extra["despite"] = forms.BooleanField(label="Appliquer malgré le changement du dossier", required=False)
    return extra


def dress(field: forms.Field) -> None:
    """Give a field the look of the back office."""
    widget = field.widget
    if isinstance(widget, forms.Textarea):
        field.widget = UnfoldAdminTextareaWidget(attrs=widget.attrs)
    elif isinstance(widget, forms.CheckboxSelectMultiple):
        assert isinstance(field, forms.ChoiceField)
        field.widget = UnfoldAdminCheckboxSelectMultiple(attrs=widget.attrs)
        field.widget.choices = field.choices
    elif isinstance(widget, forms.CheckboxInput):
        field.widget = UnfoldBooleanWidget()
    elif isinstance(widget, forms.Select):
        assert isinstance(field, forms.ChoiceField)
        field.widget = UnfoldAdminSelectWidget(attrs=widget.attrs)
        field.widget.choices = field.choices
    else:
        widget.attrs["class"] = " ".join(INPUT_CLASSES)


# --- Exchanges, people ------------------------------------------------------------------------------------------------


class ExchangeForm(forms.Form):
    """Days that a household gives, days that it takes."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    gives_from = DayField("Du", required=False)
    gives_to = DayField("Au", required=False)
    takes_from = DayField("Du", required=False)
    takes_to = DayField("Au", required=False)

    def clean(self) -> dict[str, Any]:
        """A period has both its ends; one day alone may be written once."""
        data = super().clean() or {}
        for side in ("gives", "takes"):
            first, last = data.get(f"{side}_from"), data.get(f"{side}_to")
            if first and not last and f"{side}_to" not in self.errors:
                data[f"{side}_to"] = first
            elif last and not first and f"{side}_from" not in self.errors:
                self.add_error(f"{side}_from", "Indiquez aussi le premier jour.")
            elif first and last and last < first:
                self.add_error(f"{side}_to", "La fin précède le début.")
        if not self.errors and not data.get("gives_from") and not data.get("takes_from"):
            raise forms.ValidationError("Indiquez au moins des jours à laisser ou à prendre.")
        return data

    def periods(self) -> tuple[tuple[date, date] | None, tuple[date, date] | None]:
        """Return what is given and what is taken."""
        data = self.cleaned_data
        gives = (data["gives_from"], data["gives_to"]) if data.get("gives_from") else None
        takes = (data["takes_from"], data["takes_to"]) if data.get("takes_from") else None
        return gives, takes


class AdultForm(forms.Form):
    """Somebody who may collect children."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    first_name = text("Prénom")
    last_name = text("Nom")
    phone = PhoneField()
    link = text("Lien avec l’enfant", longest=60, required=False)
    children = forms.ModelMultipleChoiceField(
        Child.objects.none(),
        label="Peut venir chercher",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins un enfant."},
    )
    starts_on = DayField("À partir du")
    ends_on = DayField("Jusqu’au", required=False, help_text="Vide : sans limite.")

    def __init__(self, *args: Any, family: Family, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["starts_on"].initial = today
        set_children(self, family, today)

    def clean_starts_on(self) -> date:
        """Nobody is allowed in the past."""
        start: date = self.cleaned_data["starts_on"]
        if start < self.today:
            raise forms.ValidationError("Cette date est passée : choisissez aujourd’hui ou un jour à venir.")
        return start

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the start."""
        data = super().clean() or {}
        refuse_end_before_start(self, data)
        return data


class ContactForm(forms.Form):
    """Somebody to call."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    shown = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    first_name = text("Prénom")
    last_name = text("Nom")
    phone = PhoneField()
    link = text("Lien avec l’enfant", longest=60, required=False)
    child = forms.ModelChoiceField(
        Child.objects.none(), label="Pour quel enfant ?", required=False, empty_label="Tous les enfants du foyer"
    )

    def __init__(self, *args: Any, family: Family, today: date, contact: FamilyContact | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        child = self.fields["child"]
        assert isinstance(child, forms.ModelChoiceField)
        child.queryset = children_of(family, on=today)
        child.label_from_instance = lambda each: each.first_name  # type: ignore[method-assign]
        state = contact_state(contact)
        self.fields["shown"].initial = fingerprint(state)
        for name, value in state.items():
            self.fields[name].initial = value

    def show_again(self, contact: FamilyContact) -> None:
        """Keep what was typed; take what the file now holds as what is shown."""
        data = self.data.copy()
        data["shown"] = fingerprint(contact_state(contact))
        self.data = data


def contact_state(contact: FamilyContact | None) -> dict[str, Any]:
    """Return what is known of somebody to call."""
    if contact is None:
        return {}
    return {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "phone": contact.phone,
        "link": contact.link,
        "child": contact.child_id,
    }
