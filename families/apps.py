"""Application of the families."""

from django.apps import AppConfig


class FamiliesConfig(AppConfig):
    name = "families"
    verbose_name = "Familles"

    def ready(self) -> None:
        from families import (
            audit,  # noqa: F401  (registers what auditlog follows)
            certified,  # noqa: F401  (registers the sections of the file that these rows fill)
            kinds,  # noqa: F401  (registers the families' own kinds of request)
            privacy,
            quotient_kind,
            signals,  # noqa: F401  (what an account's change does to its guardians)
            todo,
        )
        from families.queries.todo import REASONS
        from families.request_kinds import register
        from families.situation_kinds import register_kinds

        register_kinds()
        register(quotient_kind.KIND)
        todo.register(*REASONS)

        from families.demarches import Demarche, Section, register

        register(
            Demarche(
                slug="activer",
                section=Section.SPACE,
                label="Activer mon espace",
                purpose="Ouvrir votre espace avec le code personnel remis par l’Espace Famille.",
                url_name="families:activate",
                icon="key",
                needs=("votre code", "la date de naissance d’un de vos enfants", "une adresse électronique"),
                needs_account=False,
                signed_out_only=True,
                position=10,
            ),
            Demarche(
                slug="rattacher",
                section=Section.SPACE,
                label="Rattacher un dossier à mon compte",
                purpose="Ajouter un second foyer, ou relier votre dossier à un compte que vous avez déjà.",
                url_name="families:attach",
                icon="user-plus",
                needs=("le code de ce dossier", "la date de naissance d’un enfant du foyer"),
                position=20,
            ),
            Demarche(
                slug="suivre",
                section=Section.FILE,
                label="Suivre mes demandes",
                purpose="Retrouver chaque demande, son accusé de réception et où elle en est.",
                url_name="families:requests",
                icon="inbox",
                position=90,
            ),
        )
        privacy.declare()
