"""Quotients are declared, proved and announced before they end; an activation may bring a FranceConnect identity.

PostgreSQL refuses two periods of one household on one day; elsewhere the services do, under a lock. The household stands in
the exclusion as a range of one number, which needs no extension. It is checked at commit: periods may move in any order.
"""

import django.db.models.deletion
from django.db import migrations, models

NO_OVERLAP = """
ALTER TABLE families_quotientrecord ADD CONSTRAINT quotients_never_overlap EXCLUDE USING gist (
    int8range(family_id, family_id, '[]') WITH &&, daterange(starts_on, ends_on, '[]') WITH &&
) DEFERRABLE INITIALLY DEFERRED
"""
SOURCES = [
    ("caf", "CAF"),
    ("msa", "MSA"),
    ("impot", "Calculé d’après l’avis d’imposition"),
    ("demo", "Démonstration"),
]


def forbid_overlaps(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(NO_OVERLAP, params=None)


def allow_overlaps(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE families_quotientrecord DROP CONSTRAINT quotients_never_overlap", params=None
        )


class Migration(migrations.Migration):
    dependencies = [("families", "0004_health_sheets_and_certification")]

    operations = [
        migrations.AddField(
            model_name="pendingactivation",
            name="franceconnect_sub",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=191,
                verbose_name="identité FranceConnect à lier",
            ),
        ),
        migrations.AlterField(
            model_name="quotientrecord",
            name="source",
            field=models.CharField(choices=SOURCES, max_length=6, verbose_name="source"),
        ),
        migrations.AddField(
            model_name="quotientrecord",
            name="obtained_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="enregistré le"),
        ),
        migrations.AddField(
            model_name="quotientrecord",
            name="proof",
            field=models.CharField(blank=True, db_default="", default="", max_length=300, verbose_name="preuve"),
        ),
        migrations.AddField(
            model_name="quotientrecord",
            name="request",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="quotients",
                to="families.familyrequest",
                verbose_name="demande",
            ),
        ),
        migrations.CreateModel(
            name="QuotientClaim",
            fields=[
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="quotient_claim",
                        serialize=False,
                        to="families.familyrequest",
                        verbose_name="demande",
                    ),
                ),
                ("value", models.PositiveIntegerField(verbose_name="quotient familial (€)")),
                ("month", models.DateField(verbose_name="mois du quotient")),
                ("source", models.CharField(choices=SOURCES, max_length=6, verbose_name="source")),
            ],
            options={"verbose_name": "quotient déclaré", "verbose_name_plural": "quotients déclarés"},
        ),
        migrations.CreateModel(
            name="QuotientReminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ends_on", models.DateField(verbose_name="fin annoncée")),
                ("days", models.PositiveSmallIntegerField(verbose_name="jours avant la fin")),
                ("told_at", models.DateTimeField(verbose_name="dit le")),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reminders",
                        to="families.quotientrecord",
                        verbose_name="quotient",
                    ),
                ),
            ],
            options={
                "verbose_name": "rappel de quotient",
                "verbose_name_plural": "rappels de quotient",
                "constraints": [
                    models.UniqueConstraint(fields=("record", "ends_on", "days"), name="quotient_reminder_once")
                ],
            },
        ),
        migrations.RunPython(forbid_overlaps, allow_overlaps),
    ]
