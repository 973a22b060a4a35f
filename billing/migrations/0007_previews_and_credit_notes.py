"""Previews of a month, credit notes, small months carried over; issued rows stay frozen on both databases."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
from django.conf import settings
from django.db import migrations, models

# On PostgreSQL a frozen row refuses everything; on SQLite changes alone: emptying a test database deletes rows there (see 0002).
FROZEN = {
    "billing_invoice": "",
    "billing_invoiceline": "",
    "billing_creditnote": "OLD.number IS NOT NULL",
    "billing_creditnoteline": "",
    "billing_creditnoterefund": "",
    "billing_supplement": "OLD.status = 'confirme'",
    "billing_supplementline": "",
}
ALREADY_ON_POSTGRESQL = ("billing_invoice", "billing_invoiceline")
POSTGRESQL_FUNCTIONS = (
    """
CREATE FUNCTION billing_refuse_correction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'un avoir confirmé ne change plus (table %)', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$
""",
    """
CREATE FUNCTION billing_refuse_late_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT number FROM billing_creditnote WHERE id = NEW.note_id) IS NOT NULL THEN
        RAISE EXCEPTION 'un avoir confirmé ne change plus (table %)', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$
""",
)
POSTGRESQL_TRIGGER = """
CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {when} EXECUTE FUNCTION billing_refuse_correction()
"""
POSTGRESQL_LATE = """
CREATE TRIGGER billing_creditnoteline_late BEFORE INSERT ON billing_creditnoteline
FOR EACH ROW EXECUTE FUNCTION billing_refuse_late_line()
"""
SQLITE_TRIGGER = """
CREATE TRIGGER IF NOT EXISTS {table}_frozen BEFORE UPDATE ON {table} {when}
BEGIN SELECT RAISE(ABORT, '{words} (table {table})'); END
"""
SQLITE_LATE = """
CREATE TRIGGER IF NOT EXISTS billing_creditnoteline_late BEFORE INSERT ON billing_creditnoteline
WHEN (SELECT number FROM billing_creditnote WHERE id = NEW.note_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'un avoir confirmé ne change plus (table billing_creditnoteline)'); END
"""


def validated_when_started(apps, schema_editor):
    """Runs of before were issued as they started."""
    apps.get_model("billing", "BillingRun").objects.filter(validated_at=None).update(
        validated_at=models.F("started_at")
    )


def freeze(apps, schema_editor):
    """Freeze the corrections; and the invoices again on SQLite, where a table that is rebuilt loses its trigger."""
    if schema_editor.connection.vendor == "postgresql":
        for function in POSTGRESQL_FUNCTIONS:
            schema_editor.execute(function, params=None)
        for table in FROZEN.keys() - set(ALREADY_ON_POSTGRESQL):
            when = f"WHEN ({FROZEN[table]})" if FROZEN[table] else ""
            schema_editor.execute(POSTGRESQL_TRIGGER.format(table=table, when=when), params=None)
        schema_editor.execute(POSTGRESQL_LATE, params=None)
        return
    for table, condition in FROZEN.items():
        when = f"WHEN {condition}" if condition else ""
        words = (
            "une facture émise ne change plus" if table in ALREADY_ON_POSTGRESQL else "un avoir confirmé ne change plus"
        )
        schema_editor.execute(SQLITE_TRIGGER.format(table=table, when=when, words=words), params=None)
    schema_editor.execute(SQLITE_LATE, params=None)


def thaw(apps, schema_editor):
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    tables = FROZEN.keys() - set(ALREADY_ON_POSTGRESQL)
    triggers = [(f"{table}_frozen", table) for table in tables]
    for name, table in [*triggers, ("billing_creditnoteline_late", "billing_creditnoteline")]:
        schema_editor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if on_postgresql else ""), params=None)
    if on_postgresql:
        schema_editor.execute("DROP FUNCTION billing_refuse_correction()", params=None)
        schema_editor.execute("DROP FUNCTION billing_refuse_late_line()", params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0006_copy_the_calculation_of_each_line"),
        ("families", "0009_let_agents_act_at_the_counter"),
        ("reservations", "0017_notices_of_closures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CreditNoteLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("care_part", models.DecimalField(decimal_places=2, max_digits=7, verbose_name="part garde (€)")),
                ("food_part", models.DecimalField(decimal_places=2, max_digits=7, verbose_name="part alimentaire (€)")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=7, verbose_name="montant (€)")),
            ],
            options={
                "verbose_name": "ligne d’avoir",
                "verbose_name_plural": "lignes d’avoir",
                "ordering": ("note", "line"),
            },
        ),
        migrations.CreateModel(
            name="CreditNoteRefund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="montant (€)")),
                ("reference", models.CharField(max_length=60, verbose_name="référence du mandat ou du virement")),
                ("recorded_at", models.DateTimeField(verbose_name="enregistré le")),
            ],
            options={
                "verbose_name": "remboursement d’un avoir",
                "verbose_name_plural": "remboursements d’avoirs",
            },
        ),
        migrations.CreateModel(
            name="PreviewedActivity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="prestation")),
                ("days", models.PositiveIntegerField(verbose_name="jours")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="montant (€)")),
            ],
            options={
                "verbose_name": "prestation d’un aperçu",
                "verbose_name_plural": "prestations d’un aperçu",
                "default_permissions": ("view",),
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
            ],
            options={
                "verbose_name": "foyer d’un aperçu",
                "verbose_name_plural": "foyers d’un aperçu",
                "default_permissions": ("view",),
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
                            ("reporte", "Reporté au mois suivant"),
                        ],
                        max_length=24,
                        verbose_name="constat",
                    ),
                ),
                ("message", models.TextField(verbose_name="explication")),
            ],
            options={
                "verbose_name": "constat d’un aperçu",
                "verbose_name_plural": "constats d’un aperçu",
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Supplement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("absence", "Absence acceptée après la facture"),
                            ("fermeture", "Jour libéré par le service"),
                            ("quotient", "Quotient reçu après la facture"),
                            ("prix", "Erreur de prix"),
                            ("autre", "Autre"),
                        ],
                        max_length=10,
                        verbose_name="motif",
                    ),
                ),
                ("words", models.CharField(max_length=400, verbose_name="explication")),
                ("total", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="montant (€)")),
                (
                    "status",
                    models.CharField(
                        choices=[("propose", "À décider"), ("confirme", "Confirmé"), ("refuse", "Refusé")],
                        default="propose",
                        max_length=8,
                        verbose_name="état",
                    ),
                ),
                ("proposed_at", models.DateTimeField(verbose_name="proposé le")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="décidé le")),
                ("refusal", models.CharField(blank=True, max_length=200, verbose_name="refusé parce que")),
            ],
            options={
                "verbose_name": "complément",
                "verbose_name_plural": "compléments",
                "ordering": ("-proposed_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="SupplementLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("care_part", models.DecimalField(decimal_places=2, max_digits=7, verbose_name="part garde (€)")),
                ("food_part", models.DecimalField(decimal_places=2, max_digits=7, verbose_name="part alimentaire (€)")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=7, verbose_name="montant (€)")),
                ("quotient", models.PositiveIntegerField(blank=True, null=True, verbose_name="quotient")),
                ("band", models.CharField(max_length=10, verbose_name="tranche")),
                ("deliberation", models.CharField(max_length=120, verbose_name="délibération")),
            ],
            options={
                "verbose_name": "ligne de complément",
                "verbose_name_plural": "lignes de complément",
                "ordering": ("supplement", "line"),
            },
        ),
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
        migrations.AddField(
            model_name="invoiceline",
            name="attendance",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invoice_line",
                to="reservations.attendance",
                verbose_name="présence sans réservation",
            ),
        ),
        migrations.AlterField(
            model_name="allocation",
            name="payment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="allocations",
                to="billing.payment",
                verbose_name="paiement",
            ),
        ),
        migrations.AlterField(
            model_name="invoiceline",
            name="booking",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invoice_line",
                to="reservations.booking",
                verbose_name="réservation",
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
                ],
                max_length=10,
                verbose_name="règle",
            ),
        ),
        migrations.CreateModel(
            name="CarriedMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(verbose_name="période")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="montant reporté (€)")),
                ("carried_at", models.DateTimeField(verbose_name="reporté le")),
                (
                    "family",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="carried_months",
                        to="families.family",
                        verbose_name="famille",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="carried_months",
                        to="billing.invoice",
                        verbose_name="facturé avec",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="carried",
                        to="billing.billingrun",
                        verbose_name="facturation",
                    ),
                ),
            ],
            options={
                "verbose_name": "mois reporté",
                "verbose_name_plural": "mois reportés",
                "ordering": ("family", "month"),
            },
        ),
        migrations.CreateModel(
            name="CreditNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("absence", "Absence acceptée après la facture"),
                            ("fermeture", "Jour libéré par le service"),
                            ("quotient", "Quotient reçu après la facture"),
                            ("prix", "Erreur de prix"),
                            ("autre", "Autre"),
                        ],
                        max_length=10,
                        verbose_name="motif",
                    ),
                ),
                ("words", models.CharField(max_length=400, verbose_name="explication")),
                ("total", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="montant (€)")),
                (
                    "status",
                    models.CharField(
                        choices=[("propose", "À décider"), ("confirme", "Confirmé"), ("refuse", "Refusé")],
                        default="propose",
                        max_length=8,
                        verbose_name="état",
                    ),
                ),
                ("proposed_at", models.DateTimeField(verbose_name="proposé le")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="décidé le")),
                ("refusal", models.CharField(blank=True, max_length=200, verbose_name="refusé parce que")),
                (
                    "number",
                    models.CharField(
                        blank=True, editable=False, max_length=16, null=True, unique=True, verbose_name="numéro"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="décidé par",
                    ),
                ),
                (
                    "family",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="families.family",
                        verbose_name="famille",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="billing.invoice",
                        verbose_name="facture corrigée",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="proposé par",
                    ),
                ),
            ],
            options={
                "verbose_name": "avoir",
                "verbose_name_plural": "avoirs",
                "ordering": ("-proposed_at", "-pk"),
            },
        ),
        migrations.AddField(
            model_name="allocation",
            name="credit_note",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="allocations",
                to="billing.creditnote",
                verbose_name="avoir",
            ),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.UniqueConstraint(fields=("credit_note", "invoice"), name="credit_note_allocated_once"),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("credit_note", None), ("payment__isnull", False)),
                    models.Q(("amount__gt", 0), ("credit_note__isnull", False), ("payment", None)),
                    _connector="OR",
                ),
                name="allocation_of_a_payment_or_a_credit_note",
                violation_error_message="Une imputation vient d’un paiement ou d’un avoir.",
            ),
        ),
        migrations.AddField(
            model_name="creditnoteline",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credits",
                to="billing.invoiceline",
                verbose_name="ligne",
            ),
        ),
        migrations.AddField(
            model_name="creditnoteline",
            name="note",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="billing.creditnote",
                verbose_name="avoir",
            ),
        ),
        migrations.AddField(
            model_name="creditnoterefund",
            name="note",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refunds",
                to="billing.creditnote",
                verbose_name="avoir",
            ),
        ),
        migrations.AddField(
            model_name="creditnoterefund",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="enregistré par",
            ),
        ),
        migrations.AddField(
            model_name="previewedactivity",
            name="chunk",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="activities",
                to="billing.billingchunk",
                verbose_name="lot",
            ),
        ),
        migrations.AddField(
            model_name="previewedhousehold",
            name="family",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="families.family",
                verbose_name="famille",
            ),
        ),
        migrations.AddField(
            model_name="previewedhousehold",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="previewed",
                to="billing.billingrun",
                verbose_name="facturation",
            ),
        ),
        migrations.AddField(
            model_name="previewfinding",
            name="family",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="families.family",
                verbose_name="famille",
            ),
        ),
        migrations.AddField(
            model_name="previewfinding",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="findings",
                to="billing.billingrun",
                verbose_name="facturation",
            ),
        ),
        migrations.AddField(
            model_name="supplement",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="décidé par",
            ),
        ),
        migrations.AddField(
            model_name="supplement",
            name="family",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="families.family",
                verbose_name="famille",
            ),
        ),
        migrations.AddField(
            model_name="supplement",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="billing.invoice",
                verbose_name="facture corrigée",
            ),
        ),
        migrations.AddField(
            model_name="supplement",
            name="proposed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="proposé par",
            ),
        ),
        migrations.AddField(
            model_name="supplementline",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="supplements",
                to="billing.invoiceline",
                verbose_name="ligne",
            ),
        ),
        migrations.AddField(
            model_name="supplementline",
            name="supplement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="billing.supplement",
                verbose_name="complément",
            ),
        ),
        migrations.AddField(
            model_name="invoiceline",
            name="completes",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invoice_line",
                to="billing.supplementline",
                verbose_name="complément",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoiceline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("attendance", None), ("booking__isnull", False), ("completes", None)),
                    models.Q(("attendance__isnull", False), ("booking", None), ("completes", None)),
                    models.Q(("attendance", None), ("booking", None), ("completes__isnull", False)),
                    _connector="OR",
                ),
                name="line_from_one_source",
                violation_error_message="Une ligne vient d’une réservation, d’une présence ou d’un complément.",
            ),
        ),
        migrations.AddIndex(
            model_name="carriedmonth",
            index=models.Index(condition=models.Q(("invoice", None)), fields=["family"], name="carried_to_invoice"),
        ),
        migrations.AddConstraint(
            model_name="carriedmonth",
            constraint=models.UniqueConstraint(
                fields=("family", "month"),
                name="carried_once_per_family_and_month",
                violation_error_message="Ce mois est déjà reporté.",
            ),
        ),
        migrations.AddConstraint(
            model_name="carriedmonth",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="carried_positive"),
        ),
        migrations.AddIndex(
            model_name="creditnote",
            index=models.Index(
                condition=models.Q(("status", "propose")), fields=["proposed_at"], name="credit_note_to_decide"
            ),
        ),
        migrations.AddIndex(
            model_name="creditnote",
            index=models.Index(
                condition=models.Q(("status", "confirme")), fields=["family"], name="credit_note_of_family"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditnote",
            constraint=models.CheckConstraint(condition=models.Q(("total__gt", 0)), name="credit_note_positive"),
        ),
        migrations.AddConstraint(
            model_name="creditnote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("number__isnull", False), ("status", "confirme")),
                    models.Q(models.Q(("status", "confirme"), _negated=True), ("number", None)),
                    _connector="OR",
                ),
                name="credit_note_numbered_once_confirmed",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditnote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("status", "propose")),
                    models.Q(models.Q(("status", "propose"), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="credit_note_decided_with_instant",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditnote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "refuse"), _negated=True),
                    models.Q(("refusal", ""), _negated=True),
                    _connector="OR",
                ),
                name="credit_note_refused_for_a_reason",
                violation_error_message="Dites pourquoi l’avoir est refusé.",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditnoteline",
            constraint=models.UniqueConstraint(fields=("note", "line"), name="credited_once_per_note"),
        ),
        migrations.AddConstraint(
            model_name="creditnoteline",
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
                ),
                name="credit_line_is_sum_of_parts",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditnoterefund",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="credit_note_refund_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditnoterefund",
            constraint=models.CheckConstraint(
                condition=models.Q(("reference", ""), _negated=True),
                name="credit_note_refund_with_reference",
                violation_error_message="Indiquez la référence du mandat ou du virement.",
            ),
        ),
        migrations.AddConstraint(
            model_name="previewedactivity",
            constraint=models.UniqueConstraint(fields=("chunk", "name"), name="previewed_activity_once"),
        ),
        migrations.AddConstraint(
            model_name="previewedhousehold",
            constraint=models.UniqueConstraint(fields=("run", "family"), name="previewed_once"),
        ),
        migrations.AddConstraint(
            model_name="previewfinding",
            constraint=models.UniqueConstraint(fields=("run", "family", "kind"), name="preview_finding_once"),
        ),
        migrations.AddIndex(
            model_name="supplement",
            index=models.Index(
                condition=models.Q(("status", "confirme")), fields=["family"], name="supplement_of_family"
            ),
        ),
        migrations.AddConstraint(
            model_name="supplement",
            constraint=models.CheckConstraint(condition=models.Q(("total__gt", 0)), name="supplement_positive"),
        ),
        migrations.AddConstraint(
            model_name="supplement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("status", "propose")),
                    models.Q(models.Q(("status", "propose"), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="supplement_decided_with_instant",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "refuse"), _negated=True),
                    models.Q(("refusal", ""), _negated=True),
                    _connector="OR",
                ),
                name="supplement_refused_for_a_reason",
                violation_error_message="Dites pourquoi le complément est refusé.",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplementline",
            constraint=models.UniqueConstraint(fields=("supplement", "line"), name="supplemented_once"),
        ),
        migrations.AddConstraint(
            model_name="supplementline",
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
                ),
                name="supplement_line_is_sum_of_parts",
            ),
        ),
        migrations.RunPython(validated_when_started, migrations.RunPython.noop),
        migrations.RunPython(freeze, thaw),
    ]
