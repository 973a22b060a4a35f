import django.db.models.deletion
from django.db import migrations, models

import billing.payzen.simulator.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="RejectedForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("received_at", models.DateTimeField()),
                ("code", models.CharField(max_length=3)),
                ("field", models.CharField(max_length=60)),
                ("reason", models.CharField(max_length=200)),
                ("fields", models.JSONField()),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Switches",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule_end_of_payment", models.BooleanField(default=True, verbose_name="Fin de paiement")),
                ("rule_cancellation", models.BooleanField(default=False, verbose_name="Annulation ou abandon")),
                (
                    "rule_declined",
                    models.BooleanField(default=False, verbose_name="Tentative refusée, d’autres restant possibles"),
                ),
                ("rule_back_office", models.BooleanField(default=False, verbose_name="Opération du back-office")),
                (
                    "rule_batch_change",
                    models.BooleanField(default=False, verbose_name="Modification par la remise en banque"),
                ),
                ("retry", models.BooleanField(default=False, verbose_name="Rejeu automatique en cas d’échec")),
                (
                    "ipn_fault",
                    models.CharField(
                        choices=[
                            ("normal", "Aucune panne"),
                            ("delayed", "Notification en retard"),
                            ("after_return", "Notification après le retour à la boutique"),
                            ("lost", "Notification perdue"),
                            ("duplicated", "Notification envoyée deux fois en même temps"),
                            ("out_of_order", "Dans le désordre\xa0: refus reçu après l’acceptation"),
                            ("bad_signature", "Signature fausse"),
                            ("altered_amount", "Montant différent, bien signé"),
                            ("other_site", "Autre boutique"),
                            ("other_mode", "Mode PRODUCTION au lieu de TEST"),
                            ("unknown_status", "Statut inconnu"),
                            ("extra_field", "Champ inconnu en plus"),
                            ("missing_uuid", "Identifiant de transaction absent"),
                        ],
                        default="normal",
                        max_length=20,
                        verbose_name="Panne de notification",
                    ),
                ),
                (
                    "ipn_delay_seconds",
                    models.PositiveIntegerField(default=20, verbose_name="Retard d’une notification, en secondes"),
                ),
                (
                    "rest_fault",
                    models.CharField(
                        choices=[
                            ("normal", "Aucune panne"),
                            ("timeout", "Aucune réponse"),
                            ("error_500", "Erreur 500"),
                            ("malformed", "Réponse qui n’est pas du JSON"),
                            ("other_shop", "Réponse d’une autre boutique"),
                            ("not_visible", "Paiements pas encore visibles"),
                            ("unauthorized", "Identifiants refusés, code 401"),
                        ],
                        default="normal",
                        max_length=20,
                        verbose_name="Panne de l’API REST",
                    ),
                ),
                (
                    "rest_hang_seconds",
                    models.PositiveIntegerField(default=60, verbose_name="Durée d’une absence de réponse, en secondes"),
                ),
                (
                    "extra_tries",
                    models.PositiveIntegerField(default=2, verbose_name="Tentatives supplémentaires après un refus"),
                ),
                (
                    "production_look",
                    models.BooleanField(default=False, verbose_name="Message d’erreur général, comme en production"),
                ),
                (
                    "quarter_hour_seconds",
                    models.PositiveIntegerField(
                        default=15, verbose_name="Durée réelle d’un quart d’heure avant rejeu, en secondes"
                    ),
                ),
                (
                    "past_minutes",
                    models.PositiveIntegerField(
                        default=1440, verbose_name="Date du formulaire\xa0: retard admis, en minutes"
                    ),
                ),
                (
                    "future_minutes",
                    models.PositiveIntegerField(
                        default=150, verbose_name="Date du formulaire\xa0: avance admise, en minutes"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "token",
                    models.CharField(default=billing.payzen.simulator.models.new_token, max_length=40, unique=True),
                ),
                ("fields", models.JSONField()),
                ("warnings", models.JSONField(default=list)),
                ("utc_day", models.CharField(max_length=8)),
                ("trans_id", models.CharField(max_length=6)),
                ("order_id", models.CharField(db_index=True, max_length=64)),
                ("amount", models.PositiveBigIntegerField()),
                ("received_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "En cours"),
                            ("accepted", "Terminé"),
                            ("refused", "Refusé"),
                            ("cancelled", "Annulé par l’acheteur"),
                            ("expired", "Session expirée"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("tries_left", models.PositiveIntegerField()),
                ("fault", models.CharField(default="normal", max_length=20)),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [models.UniqueConstraint(fields=("utc_day", "trans_id"), name="bank_number_once_a_day")],
            },
        ),
        migrations.CreateModel(
            name="Transaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "uuid",
                    models.CharField(default=billing.payzen.simulator.models.new_uuid, max_length=32, unique=True),
                ),
                ("sequence", models.PositiveIntegerField(default=1)),
                ("trans_id", models.CharField(max_length=6)),
                ("trans_date", models.CharField(max_length=14)),
                ("operation", models.CharField(default="DEBIT", max_length=6)),
                ("amount", models.PositiveBigIntegerField()),
                ("status", models.CharField(max_length=40)),
                ("result", models.CharField(max_length=2)),
                ("auth_result", models.CharField(blank=True, max_length=2)),
                ("auth_number", models.CharField(blank=True, max_length=6)),
                ("threeds_status", models.CharField(blank=True, max_length=1)),
                ("created_at", models.DateTimeField()),
                ("captured_at", models.DateTimeField(null=True)),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="refunds",
                        to="bank.transaction",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="transactions", to="bank.payment"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=12)),
                ("fault", models.CharField(default="normal", max_length=20)),
                ("url", models.CharField(max_length=1024)),
                ("fields", models.JSONField(default=dict)),
                ("due_at", models.FloatField()),
                ("attempt", models.PositiveIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Prévue"),
                            ("after_return", "Attend le retour"),
                            ("sending", "En cours d’envoi"),
                            ("delivered", "Acceptée"),
                            ("failed", "Échouée"),
                            ("lost", "Perdue"),
                            ("stopped", "Rejeu arrêté"),
                        ],
                        max_length=12,
                    ),
                ),
                ("http_status", models.PositiveIntegerField(null=True)),
                ("answer", models.CharField(blank=True, max_length=512)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notifications", to="bank.payment"
                    ),
                ),
                (
                    "transaction",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to="bank.transaction",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["due_at"], name="bank_notification_waiting"
                    )
                ],
            },
        ),
    ]
