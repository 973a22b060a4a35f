"""What is said of a file that a family sends: its name made harmless, why it is not kept. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from castres_portal.base.french import NBSP

LONGEST_STEM = 80
UNNAMED = "document"
COPY = "Imprimez-le « en PDF » et envoyez cette copie."

# Each sentence goes on from « Le fichier « … » n’est pas enregistré : ».
REASONS = {
    "empty": "il est vide. Choisissez-le de nouveau, ou prenez une photo du papier.",
    "too_heavy": "il pèse plus de {megabytes} Mo. Prenez une photo du papier, ou réduisez le PDF.",
    "unknown_type": "ce n’est ni un PDF, ni une image JPEG, PNG ou HEIC. Prenez une photo du papier, ou enregistrez-le en PDF.",
    "broken": "il est abîmé ou incomplet et ne s’ouvre pas. Enregistrez-le de nouveau, ou prenez une photo du papier.",
    "huge_image": "l’image est trop grande. Prenez la photo avec le réglage habituel de votre téléphone.",
    "encrypted": "le PDF est protégé par un mot de passe. {copy}",
    "script": "le PDF contient un programme (JavaScript). {copy}",
    "launch": "le PDF contient une commande qui lance un programme ou envoie des données. {copy}",
    "attachments": "le PDF transporte d’autres fichiers. {copy}",
    "form": "le PDF est un formulaire dynamique (XFA). {copy}",
    "media": "le PDF contient du son, de la vidéo ou de la 3D. {copy}",
    "too_many_pages": "il a plus de {pages} pages. N’envoyez que les pages demandées.",
    "too_complex": "il est trop compliqué à ouvrir. Imprimez-le « en PDF », ou prenez une photo du papier.",
    "mixture": "il contient autre chose que le document (des données avant ou après lui). {copy}",
    "lost": "l’envoi n’est pas arrivé. Vérifiez votre connexion, puis appuyez de nouveau sur « Envoyer ».",
    "too_many_today": "votre foyer a déjà envoyé {files} fichiers aujourd’hui. Envoyez les suivants demain.",
    "too_much_today": "votre foyer a déjà envoyé {day_megabytes} Mo aujourd’hui. Envoyez les suivants demain.",
}


def refusal_of(name: str, reason: str, limits: Mapping[str, Any]) -> str:
    """Write why a file is not kept, its name first; ``limits`` fills the figures of the sentence."""
    return f"Le fichier «{NBSP}{name}{NBSP}» n’est pas enregistré{NBSP}: {REASONS[reason].format(copy=COPY, **limits)}"


SAID = {
    "analyse": "est reçu, et en cours d’analyse par l’antivirus.",
    "deposee": "est déposé. L’Espace Famille va l’examiner.",
    "acceptee": "est enregistré.",
}


def said_of(name: str, state: str, *, repeated: bool = False) -> str:
    """Write what became of a file that is kept; ``state`` is a SupportingDocument.Status, empty for one that is not."""
    if repeated:
        return f"Le fichier «{NBSP}{name}{NBSP}» était déjà déposé{NBSP}: rien n’est ajouté."
    return f"Le fichier «{NBSP}{name}{NBSP}» {SAID[state]}" if state else ""


def clean_name(name: str, extension: str = "") -> str:
    """Return a file's name as it may be shown and downloaded.

    Without folders, control and direction signs (which make « gpj.exe » read « exe.jpg »), leading dots or more than
    80 characters; ``extension`` is that of what the file really is, and replaces the one it claimed.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(" " if character.isspace() else character for character in last if _is_harmless(character))
    shown = re.sub(r"[\s\"<>|*?:;%]+", " ", shown).strip(" .")
    stem, dot, claimed = shown.rpartition(".")
    if not dot or len(claimed) > 5 or not claimed.isalnum():
        stem, claimed = shown, ""
    stem = stem.strip(" .")[:LONGEST_STEM].rstrip(" .") or UNNAMED
    if extension:
        return stem + extension
    return f"{stem}.{claimed}" if claimed else stem


def _is_harmless(character: str) -> bool:
    return character.isspace() or unicodedata.category(character)[0] not in "C"
