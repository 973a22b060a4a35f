"""Previews of a month, credit notes, other payers; issued rows stay frozen on both databases."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def validated_when_started(apps, schema_editor):
    """Runs of before were issued as they started."""
    apps.get_model("billing", "BillingRun").objects.filter(validated_at=None).update(
        validated_at=models.F("started_at")
    )


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0005_means_of_payment"),
        ("families", "0009_let_agents_act_at_the_counter"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="billingchunk",
            name="previewed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="aperçu le"),
        ),
        migrations.AddField(
            model_name="billingrun",
            name="previewed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="aperçu terminé le"),
        ),
        migrations.AddField(
            model_name="billingrun",
            name="state",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=64, verbose_name="sceau du mois"
            ),
        ),
        migrations.AddField(
            model_name="billingrun",
            name="validated_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="validée le"),
        ),
        migrations.AddField(
            model_name="billingrun",
            name="validated_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="validée par",
            ),
        ),
        migrations.CreateModel(
            name="PreviewedActivity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="prestation")),
                ("days", models.PositiveIntegerField(verbose_name="jours")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="montant (€)")),
                (
                    "chunk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="activities",
                        to="billing.billingchunk",
                        verbose_name="lot",
                    ),
                ),
            ],
            options={
                "verbose_name": "prestation d’un aperçu",
                "verbose_name_plural": "prestations d’un aperçu",
                "default_permissions": ("view",),
                "constraints": [models.UniqueConstraint(fields=("chunk", "name"), name="previewed_activity_once")],
            },
        ),
        migrations.CreateModel(
            name="PreviewedHousehold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("days", models.PositiveIntegerField(verbose_name="jours")),
                ("total", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="montant prévu (€)")),
                (
                    "before",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=9, null=True, verbose_name="mois précédent (€)"
                    ),
                ),
                (
                    "family",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="families.family",
                        verbose_name="famille",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="previewed",
                        to="billing.billingrun",
                        verbose_name="facturation",
                    ),
                ),
            ],
            options={
                "verbose_name": "foyer d’un aperçu",
                "verbose_name_plural": "foyers d’un aperçu",
                "default_permissions": ("view",),
                "constraints": [models.UniqueConstraint(fields=("run", "family"), name="previewed_once")],
            },
        ),
        migrations.CreateModel(
            name="PreviewFinding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sans-tarif", "Réservation sans tarif"),
                            ("quotient-hors-tranches", "Quotient hors des tranches"),
                            ("sans-payeur", "Foyer sans responsable payeur"),
                            ("montant-anormal", "Montant anormal"),
                            ("ecart", "Écart avec le mois précédent"),
                            ("sans-quotient", "Sans quotient connu"),
                            ("nouveau", "Nouveau foyer"),
                            ("disparu", "Foyer disparu"),
                        ],
                        max_length=24,
                        verbose_name="constat",
                    ),
                ),
                ("message", models.TextField(verbose_name="explication")),
                (
                    "family",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="families.family",
                        verbose_name="famille",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="findings",
                        to="billing.billingrun",
                        verbose_name="facturation",
                    ),
                ),
            ],
            options={
                "verbose_name": "constat d’un aperçu",
                "verbose_name_plural": "constats d’un aperçu",
                "default_permissions": ("view",),
                "constraints": [models.UniqueConstraint(fields=("run", "family", "kind"), name="preview_finding_once")],
            },
        ),
        migrations.RunPython(validated_when_started, migrations.RunPython.noop),
    ]
