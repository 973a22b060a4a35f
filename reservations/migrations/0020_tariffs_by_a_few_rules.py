"""Tariffs by quotient or by rate of effort, with a few rules; residence.

A tariff that priced an issued invoice is frozen by the database too: only its end may still move. SQLite refuses changes only,
since emptying a test database deletes rows there; a later migration that rebuilds one of these tables on SQLite drops its
triggers and must make them again. PostgreSQL refuses two decisions about one household's residence on one day; elsewhere the
form does.
"""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
from django.conf import settings
from django.db import migrations, models

TARIFF = "reservations_tariff"
PARTS = ("reservations_tariffband", "reservations_tariffrule")
SAID = "un tarif qui a servi à des factures ne change plus"
KEPT = ("activity_id", "starts_on", "deliberation", "number", "voted_on", "ranks_by", "frozen_at")

POSTGRESQL = f"""
CREATE FUNCTION reservations_refuse_frozen_tariff() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{SAID}' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER {TARIFF}_frozen BEFORE UPDATE ON {TARIFF} FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL
    AND ({", ".join(f"OLD.{name}" for name in KEPT)}) IS DISTINCT FROM ({", ".join(f"NEW.{name}" for name in KEPT)}))
    EXECUTE FUNCTION reservations_refuse_frozen_tariff();
CREATE TRIGGER {TARIFF}_kept BEFORE DELETE ON {TARIFF} FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL)
    EXECUTE FUNCTION reservations_refuse_frozen_tariff();
CREATE FUNCTION reservations_refuse_frozen_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (TG_OP <> 'INSERT' AND EXISTS (SELECT 1 FROM {TARIFF} WHERE id = OLD.tariff_id AND frozen_at IS NOT NULL))
        OR (TG_OP <> 'DELETE' AND EXISTS (SELECT 1 FROM {TARIFF} WHERE id = NEW.tariff_id AND frozen_at IS NOT NULL))
    THEN RAISE EXCEPTION '{SAID}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
"""
POSTGRESQL_PART = """
CREATE TRIGGER {part}_frozen BEFORE INSERT OR UPDATE OR DELETE ON {part}
    FOR EACH ROW EXECUTE FUNCTION reservations_refuse_frozen_part()
"""
SQLITE = f"""
CREATE TRIGGER {TARIFF}_frozen BEFORE UPDATE ON {TARIFF} WHEN OLD.frozen_at IS NOT NULL
    AND ({", ".join(f"OLD.{name}" for name in KEPT)}) IS NOT ({", ".join(f"NEW.{name}" for name in KEPT)})
BEGIN SELECT RAISE(ABORT, '{SAID}'); END
"""
SQLITE_PART = f"""
CREATE TRIGGER {{part}}_frozen BEFORE UPDATE ON {{part}}
    WHEN EXISTS (SELECT 1 FROM {TARIFF} WHERE id = OLD.tariff_id AND frozen_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, '{SAID}'); END
"""
NO_OVERLAP = """
ALTER TABLE reservations_residence ADD CONSTRAINT residences_never_overlap EXCLUDE USING gist (
    int8range(family_id, family_id, '[]') WITH &&, daterange(starts_on, ends_on, '[]') WITH &&
) DEFERRABLE INITIALLY DEFERRED
"""


def freeze(apps, schema_editor):
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute(POSTGRESQL if on_postgresql else SQLITE, params=None)
    for part in PARTS:
        schema_editor.execute((POSTGRESQL_PART if on_postgresql else SQLITE_PART).format(part=part), params=None)
    if on_postgresql:
        schema_editor.execute(NO_OVERLAP, params=None)


def thaw(apps, schema_editor):
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    for table in (TARIFF, *PARTS):
        schema_editor.execute(f"DROP TRIGGER {table}_frozen" + (f" ON {table}" if on_postgresql else ""), params=None)
    if on_postgresql:
        schema_editor.execute(f"DROP TRIGGER {TARIFF}_kept ON {TARIFF}", params=None)
        schema_editor.execute("DROP FUNCTION reservations_refuse_frozen_tariff()", params=None)
        schema_editor.execute("DROP FUNCTION reservations_refuse_frozen_part()", params=None)
        schema_editor.execute(
            "ALTER TABLE reservations_residence DROP CONSTRAINT residences_never_overlap", params=None
        )


class Migration(migrations.Migration):
    dependencies = [
        ("families", "0009_let_agents_act_at_the_counter"),
        ("reservations", "0018_private_agenda_feeds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Residence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "is_resident",
                    models.BooleanField(
                        default=True,
                        help_text="Décochez pour le prix des foyers hors commune.",
                        verbose_name="prix des habitants",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="du")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="au")),
                (
                    "reason",
                    models.CharField(
                        help_text="Par exemple «\xa0Paie la taxe foncière à Castres\xa0» ou «\xa0A déménagé\xa0».",
                        max_length=200,
                        verbose_name="motif",
                    ),
                ),
                ("decided_at", models.DateTimeField(editable=False, verbose_name="décidé le")),
            ],
            options={
                "verbose_name": "résidence pour les tarifs",
                "verbose_name_plural": "résidences pour les tarifs",
                "ordering": ("-starts_on", "family"),
            },
        ),
        migrations.CreateModel(
            name="TariffRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "when",
                    models.CharField(
                        choices=[
                            ("hors-commune", "foyer hors commune"),
                            ("fratrie", "à partir du n-ième enfant"),
                            ("panier", "panier repas"),
                            ("hors-delai", "réservation hors délai"),
                            ("imprevu", "venu sans réservation"),
                        ],
                        max_length=12,
                        verbose_name="cas",
                    ),
                ),
                (
                    "rank_from",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(2),
                            django.core.validators.MaxValueValidator(9),
                        ],
                        verbose_name="à partir du n-ième enfant",
                    ),
                ),
                (
                    "effect",
                    models.CharField(
                        choices=[
                            ("garde", "ajouter à la part garde (€)"),
                            ("repas", "ajouter à la part alimentaire (€)"),
                            ("pourcent", "ajouter un pourcentage (%)"),
                            ("repas-fixe", "ramener la part alimentaire à (€)"),
                            ("prix-fixe", "fixer le prix à (€)"),
                            ("plus-haute", "appliquer la tranche la plus élevée"),
                        ],
                        max_length=10,
                        verbose_name="effet",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=7, null=True, verbose_name="montant (€ ou %)"
                    ),
                ),
            ],
            options={
                "verbose_name": "règle de tarif",
                "verbose_name_plural": "règles de tarif",
                "ordering": ("tariff", "pk"),
            },
        ),
        migrations.AddField(
            model_name="tariff",
            name="frozen_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="figé le"),
        ),
        migrations.AddField(
            model_name="tariff",
            name="number",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Celui du recueil.",
                max_length=40,
                verbose_name="délibération n°",
            ),
        ),
        migrations.AddField(
            model_name="tariff",
            name="ranks_by",
            field=models.CharField(
                choices=[
                    ("activite", "les enfants du foyer inscrits ce jour-là à cette activité"),
                    ("toutes", "les enfants du foyer inscrits ce jour-là à l’une des activités"),
                ],
                db_default="activite",
                default="activite",
                max_length=10,
                verbose_name="rang d’un enfant, compté parmi",
            ),
        ),
        migrations.AddField(
            model_name="tariff",
            name="voted_on",
            field=models.DateField(blank=True, null=True, verbose_name="votée le"),
        ),
        migrations.AddField(
            model_name="tariffband",
            name="cost",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                max_digits=7,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                verbose_name="coût par usager (€)",
            ),
        ),
        migrations.AddField(
            model_name="tariffband",
            name="effort_rate",
            field=models.DecimalField(
                blank=True,
                decimal_places=4,
                max_digits=7,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(Decimal("0.0001")),
                    django.core.validators.MaxValueValidator(Decimal("100")),
                ],
                verbose_name="taux d’effort (%)",
            ),
        ),
        migrations.AddField(
            model_name="tariffband",
            name="floor",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                max_digits=7,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                verbose_name="plancher (€)",
            ),
        ),
        migrations.AlterField(
            model_name="tariff",
            name="deliberation",
            field=models.CharField(blank=True, db_default="", default="", max_length=120, verbose_name="délibération"),
        ),
        migrations.AlterField(
            model_name="tariff",
            name="ends_on",
            field=models.DateField(
                blank=True, help_text="Vide\xa0: jusqu’au prochain vote.", null=True, verbose_name="au"
            ),
        ),
        migrations.AddConstraint(
            model_name="tariff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("number", ""), ("voted_on__isnull", True)),
                    models.Q(models.Q(("number", ""), _negated=True), ("voted_on__isnull", False)),
                    _connector="OR",
                ),
                name="tariff_voted_under_a_number",
                violation_error_message="Une délibération a un numéro et un jour de vote\xa0: indiquez les deux.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tariffband",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cost__isnull", True),
                    (
                        "cost__gte",
                        django.db.models.functions.math.Round(
                            django.db.models.expressions.CombinedExpression(
                                models.F("care_part"), "+", models.F("food_part")
                            ),
                            precision=2,
                        ),
                    ),
                    _connector="OR",
                ),
                name="band_within_cost_per_user",
                violation_error_message="Ce prix dépasse le coût par usager (code de l’éducation, article R531-53\xa0; loi n°\xa098-657, article\u00a0147).",
            ),
        ),
        migrations.AddConstraint(
            model_name="tariffband",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("effort_rate__isnull", True), ("floor__isnull", True)),
                    models.Q(
                        ("effort_rate__gt", 0),
                        ("floor__gte", 0),
                        (
                            "floor__lte",
                            django.db.models.functions.math.Round(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("care_part"), "+", models.F("food_part")
                                ),
                                precision=2,
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="band_effort_between_floor_and_ceiling",
                violation_error_message="Un taux d’effort va avec un plancher, qui ne dépasse pas le plafond (part garde + part alimentaire).",
            ),
        ),
        migrations.AddField(
            model_name="residence",
            name="decided_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="décidé par",
            ),
        ),
        migrations.AddField(
            model_name="residence",
            name="family",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="residences",
                to="families.family",
                verbose_name="famille",
            ),
        ),
        migrations.AddField(
            model_name="tariffrule",
            name="tariff",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rules",
                to="reservations.tariff",
                verbose_name="tarif",
            ),
        ),
        migrations.AddConstraint(
            model_name="residence",
            constraint=models.UniqueConstraint(
                fields=("family", "starts_on"),
                name="residence_once_per_start",
                violation_error_message="Une décision commence déjà ce jour-là pour cette famille.",
            ),
        ),
        migrations.AddConstraint(
            model_name="residence",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__isnull", True), ("ends_on__gte", models.F("starts_on")), _connector="OR"),
                name="residence_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
        ),
        migrations.AddConstraint(
            model_name="residence",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="residence_for_a_reason",
                violation_error_message="Indiquez pourquoi.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tariffrule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("rank_from__isnull", True)),
                fields=("tariff", "when"),
                name="tariff_rule_once_per_case",
                violation_error_message="Une règle de ce tarif traite déjà ce cas.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tariffrule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("rank_from__isnull", False)),
                fields=("tariff", "rank_from"),
                name="tariff_rule_once_per_rank",
                violation_error_message="Une règle de ce tarif traite déjà ce rang.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tariffrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("rank_from__gte", 2), ("when", "fratrie")),
                    models.Q(models.Q(("when", "fratrie"), _negated=True), ("rank_from__isnull", True)),
                    _connector="OR",
                ),
                name="tariff_rule_rank_of_siblings",
                violation_error_message="Le rang va avec une règle de fratrie, et commence à 2.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tariffrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__isnull", True), ("effect", "plus-haute")),
                    models.Q(models.Q(("effect", "plus-haute"), _negated=True), ("amount__isnull", False)),
                    _connector="OR",
                ),
                name="tariff_rule_has_its_amount",
                violation_error_message="Indiquez le montant, sauf pour la tranche la plus élevée.",
            ),
        ),
        migrations.RunPython(freeze, thaw),
    ]
