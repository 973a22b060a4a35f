"""A payer other than the household can carry a part of its lines; issued parts never change (see 0002 and 0007)."""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
from django.conf import settings
from django.db import migrations, models

# SQLite loses the triggers of the tables that this migration rebuilds.
REBUILT = {
    "billing_invoice": ("", "une facture émise ne change plus"),
    "billing_invoiceline": ("", "une facture émise ne change plus"),
    "billing_creditnote": ("WHEN OLD.number IS NOT NULL", "un avoir confirmé ne change plus"),
}
POSTGRESQL_TRIGGER = """
CREATE TRIGGER billing_coveredline_frozen BEFORE UPDATE OR DELETE ON billing_coveredline
FOR EACH ROW EXECUTE FUNCTION billing_refuse_change()
"""
SQLITE_TRIGGER = """
CREATE TRIGGER IF NOT EXISTS {table}_frozen BEFORE UPDATE ON {table} {when}
BEGIN SELECT RAISE(ABORT, '{words} (table {table})'); END
"""


def freeze(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_TRIGGER, params=None)
        return
    tables = {**REBUILT, "billing_coveredline": ("", "une facture émise ne change plus")}
    for table, (when, words) in tables.items():
        schema_editor.execute(SQLITE_TRIGGER.format(table=table, when=when, words=words), params=None)


def thaw(apps, schema_editor):
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    where = " ON billing_coveredline" if on_postgresql else ""
    schema_editor.execute(f"DROP TRIGGER billing_coveredline_frozen{where}", params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0013_nightly_check_of_the_accounts"),
        ("families", "0009_let_agents_act_at_the_counter"),
        ("reservations", "0020_tariffs_by_a_few_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Coverage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "percent",
                    models.DecimalField(decimal_places=2, max_digits=5, verbose_name="part prise en charge (%)"),
                ),
                (
                    "ceiling",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=7, null=True, verbose_name="plafond par mois (€)"
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="du")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="au")),
                ("decision", models.CharField(max_length=60, verbose_name="décision n°")),
                ("decided_on", models.DateField(verbose_name="décision du")),
                ("added_at", models.DateTimeField(verbose_name="saisie le")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="arrêtée le")),
                ("ended_because", models.CharField(blank=True, max_length=200, verbose_name="motif de l’arrêt")),
            ],
            options={
                "verbose_name": "prise en charge",
                "verbose_name_plural": "prises en charge",
                "ordering": ("family__name", "child", "-starts_on", "pk"),
                "default_permissions": ("add", "change", "view"),
            },
        ),
        migrations.CreateModel(
            name="CoveredLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("care_part", models.DecimalField(decimal_places=2, max_digits=7, verbose_name="part garde (€)")),
                ("food_part", models.DecimalField(decimal_places=2, max_digits=7, verbose_name="part alimentaire (€)")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=7, verbose_name="montant (€)")),
            ],
            options={
                "verbose_name": "part prise en charge",
                "verbose_name_plural": "parts prises en charge",
                "ordering": ("line", "coverage"),
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="PayingBody",
            fields=[
                (
                    "family",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="paying_body",
                        serialize=False,
                        to="families.family",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("ccas", "CCAS"), ("employeur", "Employeur"), ("autre", "Autre organisme")],
                        max_length=10,
                        verbose_name="nature",
                    ),
                ),
                (
                    "names_children",
                    models.BooleanField(
                        help_text="Un CCAS connaît les enfants qu’il aide. Sans cela, la facture porte leurs initiales.",
                        verbose_name="factures avec les noms des enfants",
                    ),
                ),
                ("added_at", models.DateTimeField(verbose_name="ajouté le")),
            ],
            options={
                "verbose_name": "organisme payeur",
                "verbose_name_plural": "organismes payeurs",
                "ordering": ("family__name",),
                "default_permissions": ("add", "change", "view"),
            },
        ),
        migrations.CreateModel(
            name="PreviewedPayer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("days", models.PositiveIntegerField(verbose_name="jours")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="montant (€)")),
            ],
            options={
                "verbose_name": "autre payeur d’un aperçu",
                "verbose_name_plural": "autres payeurs d’un aperçu",
                "default_permissions": ("view",),
            },
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="one_invoice_per_family_and_month",
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="invoice_total_positive",
        ),
        migrations.RemoveConstraint(
            model_name="invoiceline",
            name="line_from_one_source",
        ),
        migrations.AddField(
            model_name="creditnote",
            name="together",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="others",
                to="billing.creditnote",
                verbose_name="avec l’avoir",
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="covered",
            field=models.DecimalField(
                db_default=Decimal("0"),
                decimal_places=2,
                default=Decimal("0"),
                max_digits=9,
                verbose_name="pris en charge par d’autres (€)",
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="for_others",
            field=models.BooleanField(db_default=False, default=False, verbose_name="prises en charge"),
        ),
        migrations.AlterField(
            model_name="discrepancy",
            name="kind",
            field=models.CharField(
                choices=[
                    ("parts-de-ligne", "Ligne différente de ses parts"),
                    ("somme-de-facture", "Facture différente de ses lignes"),
                    ("ligne-sans-origine", "Ligne que rien ne justifie"),
                    ("part-prise-en-charge", "Part d’un autre payeur fausse ou non facturée"),
                    ("somme-d-avoir", "Avoir différent de ses lignes"),
                    ("jours-non-factures", "Jours réservés et non facturés"),
                    ("facture-trop-imputee", "Plus imputé à la facture que son montant"),
                    ("paiement-trop-impute", "Plus imputé que le paiement ou l’avoir n’a apporté"),
                    ("paiement-sans-preuve", "Paiement sans preuve"),
                    ("montant-de-paiement", "Paiement différent de ce que dit la banque"),
                    ("annulation-manquante", "Annulation de la banque non enregistrée"),
                    ("paiement-manquant", "Argent annoncé par la banque, absent du registre"),
                    ("message-sans-suite", "Message de la banque ni appliqué ni expliqué"),
                    ("etat-de-tentative", "État d’une tentative différent de ses messages"),
                    ("parts-de-tentative", "Tentative différente de ses parts"),
                    ("numero-manquant", "Numéro manquant"),
                ],
                max_length=24,
                verbose_name="nature",
            ),
        ),
        migrations.AlterField(
            model_name="invoiceline",
            name="rule",
            field=models.CharField(
                choices=[
                    ("quotient", "Tranche du quotient familial"),
                    ("maximum", "Tranche la plus élevée, faute de quotient connu ce jour-là"),
                    ("situation", "Tranche la plus élevée, par une règle du tarif"),
                    ("absence", "Absence acceptée, non facturée"),
                    ("complement", "Complément d’une facture précédente"),
                    ("part", "Part prise en charge d’un jour d’un autre foyer"),
                ],
                max_length=10,
                verbose_name="règle",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("for_others", False)),
                fields=("family", "month"),
                name="one_invoice_per_family_and_month",
                violation_error_message="Ce foyer a déjà sa facture de ce mois.",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("for_others", True)),
                fields=("family", "run"),
                name="one_invoice_per_payer_and_run",
                violation_error_message="Ce payeur a déjà sa facture de cette facturation.",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("covered__gte", 0),
                    ("total__gte", 0),
                    models.Q(("total__gt", 0), ("covered__gt", 0), _connector="OR"),
                ),
                name="invoice_total_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("for_others", False), ("covered", 0), _connector="OR"), name="no_part_of_a_part"
            ),
        ),
        migrations.AddField(
            model_name="coverage",
            name="activity",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="reservations.activity",
                verbose_name="prestation",
            ),
        ),
        migrations.AddField(
            model_name="coverage",
            name="added_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="saisie par",
            ),
        ),
        migrations.AddField(
            model_name="coverage",
            name="child",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="coverages",
                to="families.child",
                verbose_name="enfant",
            ),
        ),
        migrations.AddField(
            model_name="coverage",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="arrêtée par",
            ),
        ),
        migrations.AddField(
            model_name="coverage",
            name="family",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="coverages",
                to="families.family",
                verbose_name="foyer aidé",
            ),
        ),
        migrations.AddField(
            model_name="coverage",
            name="payer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="coverages_paid",
                to="families.family",
                verbose_name="payeur",
            ),
        ),
        migrations.AddField(
            model_name="coveredline",
            name="coverage",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="covered_lines",
                to="billing.coverage",
                verbose_name="prise en charge",
            ),
        ),
        migrations.AddField(
            model_name="coveredline",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="covered_parts",
                to="billing.invoiceline",
                verbose_name="ligne",
            ),
        ),
        migrations.AddField(
            model_name="coveredline",
            name="payer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="covered_lines",
                to="families.family",
                verbose_name="payeur",
            ),
        ),
        migrations.AddField(
            model_name="invoiceline",
            name="covers",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invoice_line",
                to="billing.coveredline",
                verbose_name="part prise en charge",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoiceline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("attendance", None), ("booking__isnull", False), ("completes", None), ("covers", None)),
                    models.Q(("attendance__isnull", False), ("booking", None), ("completes", None), ("covers", None)),
                    models.Q(("attendance", None), ("booking", None), ("completes__isnull", False), ("covers", None)),
                    models.Q(("attendance", None), ("booking", None), ("completes", None), ("covers__isnull", False)),
                    _connector="OR",
                ),
                name="line_from_one_source",
                violation_error_message="Une ligne vient d’une réservation, d’une présence, d’un complément ou d’une part.",
            ),
        ),
        migrations.AddField(
            model_name="previewedpayer",
            name="chunk",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="payers",
                to="billing.billingchunk",
                verbose_name="lot",
            ),
        ),
        migrations.AddField(
            model_name="previewedpayer",
            name="payer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="families.family",
                verbose_name="payeur",
            ),
        ),
        migrations.AddConstraint(
            model_name="coverage",
            constraint=models.CheckConstraint(
                condition=models.Q(("percent__gt", 0), ("percent__lte", 100)),
                name="coverage_percent",
                violation_error_message="La part va de 0,01 à 100 %.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coverage",
            constraint=models.CheckConstraint(
                condition=models.Q(("ceiling", None), ("ceiling__gt", 0), _connector="OR"),
                name="coverage_ceiling_positive",
                violation_error_message="Le plafond est supérieur à zéro, ou vide.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coverage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on", None),
                    ("ends_on__gte", models.F("starts_on")),
                    ("ended_at__isnull", False),
                    _connector="OR",
                ),
                name="coverage_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coverage",
            constraint=models.CheckConstraint(
                condition=models.Q(("payer", models.F("family")), _negated=True),
                name="coverage_by_another_file",
                violation_error_message="Le payeur est un autre dossier que celui du foyer.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coverage",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision", ""), _negated=True),
                name="coverage_has_a_decision",
                violation_error_message="Indiquez le numéro de la décision.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coverage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_because", "")),
                    models.Q(("ended_at__isnull", False), models.Q(("ended_because", ""), _negated=True)),
                    _connector="OR",
                ),
                name="coverage_ended_for_a_reason",
                violation_error_message="Dites pourquoi la prise en charge s’arrête.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coveredline",
            constraint=models.UniqueConstraint(fields=("line", "coverage"), name="covered_once_per_line"),
        ),
        migrations.AddConstraint(
            model_name="coveredline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "amount",
                        django.db.models.functions.math.Round(
                            django.db.models.expressions.CombinedExpression(
                                models.F("care_part"), "+", models.F("food_part")
                            ),
                            precision=2,
                        ),
                    ),
                    ("amount__gt", 0),
                    ("care_part__gte", 0),
                    ("food_part__gte", 0),
                ),
                name="covered_part_is_sum_of_parts",
            ),
        ),
        migrations.AddConstraint(
            model_name="previewedpayer",
            constraint=models.UniqueConstraint(fields=("chunk", "payer"), name="previewed_payer_once"),
        ),
        migrations.RunPython(freeze, thaw),
    ]
