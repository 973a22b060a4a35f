"""A payment over several invoices, through PayZen or PayFiP; contested cards; the use of a credit."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def share_what_was_asked(apps, schema_editor):
    """Give each attempt of yesterday its one share: all that it asked, for its one invoice."""
    share = apps.get_model("billing", "AttemptShare")
    attempts = apps.get_model("billing", "PaymentAttempt").objects.values_list("pk", "invoice_id", "amount")
    share.objects.bulk_create(
        (
            share(attempt_id=attempt, invoice_id=invoice, amount=amount)
            for attempt, invoice, amount in attempts.iterator()
        ),
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0007_previews_and_credit_notes"),
        ("families", "0009_let_agents_act_at_the_counter"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AttemptShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="montant (€)")),
            ],
            options={
                "verbose_name": "part d’une tentative",
                "verbose_name_plural": "parts d’une tentative",
                "ordering": ("attempt", "invoice"),
            },
        ),
        migrations.CreateModel(
            name="Chargeback",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=200, verbose_name="motif")),
                ("recorded_at", models.DateTimeField(verbose_name="enregistré le")),
            ],
            options={
                "verbose_name": "impayé",
                "verbose_name_plural": "impayés",
            },
        ),
        migrations.CreateModel(
            name="CreditRefund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=60, verbose_name="référence du mandat ou du virement")),
                ("recorded_at", models.DateTimeField(verbose_name="enregistré le")),
            ],
            options={
                "verbose_name": "remboursement par le comptable",
                "verbose_name_plural": "remboursements par le comptable",
            },
        ),
        migrations.CreateModel(
            name="CreditUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="montant (€)")),
                ("used_at", models.DateTimeField(verbose_name="imputé le")),
            ],
            options={
                "verbose_name": "emploi du trop-perçu",
                "verbose_name_plural": "emplois du trop-perçu",
            },
        ),
        migrations.AlterModelOptions(
            name="payzenmessage",
            options={
                "ordering": ("-received_at", "-pk"),
                "verbose_name": "message de la banque",
                "verbose_name_plural": "messages de la banque",
            },
        ),
        migrations.RemoveConstraint(
            model_name="payment",
            name="payment_sign",
        ),
        migrations.RemoveConstraint(
            model_name="paymentattempt",
            name="bank_reference_once_a_day",
        ),
        migrations.AddField(
            model_name="paymentattempt",
            name="bank_operation",
            field=models.CharField(
                blank=True,
                help_text="L’idOp que PayFiP donne avant le paiement.",
                max_length=36,
                verbose_name="opération ouverte chez PayFiP",
            ),
        ),
        migrations.AddField(
            model_name="paymentattempt",
            name="provider",
            field=models.CharField(
                choices=[("payzen", "PayZen"), ("payfip", "PayFiP")],
                default="payzen",
                max_length=6,
                verbose_name="service de paiement",
            ),
        ),
        migrations.AddField(
            model_name="payzenmessage",
            name="signed_with",
            field=models.CharField(
                blank=True,
                choices=[("actuelle", "Clé actuelle"), ("precedente", "Clé précédente, encore admise")],
                help_text="Vide pour une réponse\xa0: rien n’y est signé.",
                max_length=10,
                verbose_name="signé avec",
            ),
        ),
        migrations.AlterField(
            model_name="anomaly",
            name="kind",
            field=models.CharField(
                choices=[
                    ("sans-tarif", "Réservation sans tarif"),
                    ("quotient-hors-tranches", "Quotient hors des tranches"),
                    ("sans-payeur", "Foyer sans responsable payeur"),
                    ("quotient-tardif", "Quotient reçu après la facture"),
                    ("trop-percu", "Trop-perçu"),
                    ("paiement-tardif", "Paiement arrivé après la fermeture"),
                    ("ecart-banque", "Message de la banque différent de la demande"),
                    ("commande-inconnue", "Message de la banque sans tentative connue"),
                    ("remboursement", "Remboursement fait à la banque"),
                    ("paiement-annule", "Paiement annulé par la banque"),
                    ("impaye", "Paiement contesté, repris par la banque"),
                    ("horloges", "Horloges du portail et de la banque en désaccord"),
                    ("absence-deja-facturee", "Absence acceptée après la facture"),
                    ("banque-muette", "La banque ne répond pas à nos demandes"),
                ],
                max_length=24,
                verbose_name="nature",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="kind",
            field=models.CharField(
                choices=[
                    ("paiement", "Paiement"),
                    ("remboursement", "Remboursement fait à la banque"),
                    ("annulation", "Annulation (la banque n’a pas versé)"),
                    ("impaye", "Impayé (paiement contesté, repris par la banque)"),
                ],
                max_length=14,
                verbose_name="nature",
            ),
        ),
        migrations.AlterField(
            model_name="paymentattempt",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.invoice",
                verbose_name="facture qui donne la référence",
            ),
        ),
        migrations.AlterField(
            model_name="paymentattempt",
            name="trans_id",
            field=models.CharField(
                blank=True, help_text="PayZen seulement.", max_length=6, verbose_name="transaction du jour"
            ),
        ),
        migrations.AlterField(
            model_name="payzenmessage",
            name="channel",
            field=models.CharField(
                choices=[
                    ("notification", "Notification"),
                    ("rest", "Réponse à une demande"),
                    ("payfip", "Réponse de PayFiP"),
                ],
                max_length=12,
                verbose_name="canal",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gt", 0), ("kind", "paiement")),
                    models.Q(("amount__lt", 0), ("kind__in", ["remboursement", "impaye"])),
                    models.Q(("kind", "annulation"), models.Q(("amount", 0), _negated=True)),
                    _connector="OR",
                ),
                name="payment_sign",
            ),
        ),
        migrations.AddField(
            model_name="attemptshare",
            name="attempt",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shares",
                to="billing.paymentattempt",
                verbose_name="tentative",
            ),
        ),
        migrations.AddField(
            model_name="attemptshare",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shares",
                to="billing.invoice",
                verbose_name="facture",
            ),
        ),
        migrations.AddField(
            model_name="paymentattempt",
            name="invoices",
            field=models.ManyToManyField(
                related_name="attempts", through="billing.AttemptShare", to="billing.invoice", verbose_name="factures"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentattempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("trans_id", ""), _negated=True),
                fields=("site_id", "mode", "utc_date", "trans_id"),
                name="bank_reference_once_a_day",
                violation_error_message="Ce numéro de transaction est déjà pris pour ce jour.",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentattempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("bank_operation", ""), _negated=True),
                fields=("bank_operation",),
                name="bank_operation_once",
                violation_error_message="Cette opération PayFiP est déjà celle d’un autre paiement.",
            ),
        ),
        migrations.AddField(
            model_name="chargeback",
            name="payment",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contested",
                to="billing.payment",
                verbose_name="paiement contesté",
            ),
        ),
        migrations.AddField(
            model_name="chargeback",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="enregistré par",
            ),
        ),
        migrations.AddField(
            model_name="chargeback",
            name="taken_back",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="chargeback",
                to="billing.payment",
                verbose_name="impayé",
            ),
        ),
        migrations.AddField(
            model_name="creditrefund",
            name="payment",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credit_refund",
                to="billing.payment",
                verbose_name="remboursement",
            ),
        ),
        migrations.AddField(
            model_name="creditrefund",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="enregistré par",
            ),
        ),
        migrations.AddField(
            model_name="credituse",
            name="allocation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credit_uses",
                to="billing.allocation",
                verbose_name="imputation",
            ),
        ),
        migrations.AddField(
            model_name="credituse",
            name="used_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="imputé par",
            ),
        ),
        migrations.AddConstraint(
            model_name="attemptshare",
            constraint=models.UniqueConstraint(
                fields=("attempt", "invoice"),
                name="attempt_pays_an_invoice_once",
                violation_error_message="Cette facture est déjà dans ce paiement.",
            ),
        ),
        migrations.AddConstraint(
            model_name="attemptshare",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)),
                name="attempt_share_positive",
                violation_error_message="La part d’une facture est supérieure à zéro.",
            ),
        ),
        migrations.AddConstraint(
            model_name="chargeback",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="chargeback_with_reason",
                violation_error_message="Indiquez le motif de l’impayé.",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditrefund",
            constraint=models.CheckConstraint(
                condition=models.Q(("reference", ""), _negated=True),
                name="credit_refund_with_reference",
                violation_error_message="Indiquez la référence du mandat ou du virement.",
            ),
        ),
        migrations.AddConstraint(
            model_name="credituse",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)),
                name="credit_use_positive",
                violation_error_message="Le montant imputé est supérieur à zéro.",
            ),
        ),
        migrations.RunPython(share_what_was_asked, migrations.RunPython.noop),
    ]
