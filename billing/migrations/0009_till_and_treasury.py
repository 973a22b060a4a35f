"""The régie's counter, closings and deposits, reminders and the Trésor; and money that the database itself refuses to rewrite.

A payment never changes, but for the day the bank captured it, told once; what an invoice has of it may only grow, when more of
a household's credit is put on it. What the counter wrote, a closing and a slip never change. As in migration 0002, SQLite
refuses changes only, and a later migration that rebuilds one of these tables there must make its trigger again (a test watches).
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

WRITTEN_ONCE = (
    "billing_tillentry",
    "billing_tillclosing",
    "billing_closedpayment",
    "billing_depositslip",
    "billing_depositedpayment",
)
WORDS = "une écriture de la régie ne change plus"

POSTGRESQL_FUNCTIONS = (
    f"""
    CREATE FUNCTION billing_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{WORDS} (table %)', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END
    $$
    """,
    f"""
    CREATE FUNCTION billing_keep_payment() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF to_jsonb(NEW) - 'captured_at' = to_jsonb(OLD) - 'captured_at'
                AND (OLD.captured_at IS NULL OR NEW.captured_at = OLD.captured_at) THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '{WORDS} (table %)', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END
    $$
    """,
    f"""
    CREATE FUNCTION billing_keep_allocation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF to_jsonb(NEW) - 'amount' = to_jsonb(OLD) - 'amount'
                AND abs(NEW.amount) >= abs(OLD.amount) AND sign(NEW.amount) = sign(OLD.amount) THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '{WORDS} (table %)', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END
    $$
    """,
)
POSTGRESQL_TRIGGER = """
CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()
"""
SQLITE_TRIGGER = """
CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table} WHEN {condition}
BEGIN SELECT RAISE(ABORT, '{words} (table {table})'); END
"""


def changed(model, *but):
    """Return the SQL that says whether a column changed, except some."""
    columns = [field.column for field in model._meta.concrete_fields if field.column not in but]
    return " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in columns)


def keep_on_postgresql(schema_editor):
    for function in POSTGRESQL_FUNCTIONS:
        schema_editor.execute(function, params=None)
    for table in WRITTEN_ONCE:
        trigger = POSTGRESQL_TRIGGER.format(table=table, function="billing_refuse_rewriting")
        schema_editor.execute(trigger, params=None)
    for table, function in (
        ("billing_payment", "billing_keep_payment"),
        ("billing_allocation", "billing_keep_allocation"),
    ):
        schema_editor.execute(POSTGRESQL_TRIGGER.format(table=table, function=function), params=None)


def keep_on_sqlite(apps, schema_editor):
    payment, allocation = apps.get_model("billing", "Payment"), apps.get_model("billing", "Allocation")
    captured_twice = "(OLD.captured_at IS NOT NULL AND NEW.captured_at IS NOT OLD.captured_at)"
    shrunk = "(abs(NEW.amount) < abs(OLD.amount) OR NEW.amount * OLD.amount < 0)"
    conditions = {
        **dict.fromkeys(WRITTEN_ONCE, "1"),
        "billing_payment": f"{changed(payment, 'captured_at')} OR {captured_twice}",
        "billing_allocation": f"{changed(allocation, 'amount')} OR {shrunk}",
    }
    for table, condition in conditions.items():
        trigger = SQLITE_TRIGGER.format(table=table, condition=condition, words=WORDS)
        schema_editor.execute(trigger, params=None)


def keep(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        keep_on_postgresql(schema_editor)
    else:
        keep_on_sqlite(apps, schema_editor)


def let_go(apps, schema_editor):
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    for table in (*WRITTEN_ONCE, "billing_payment", "billing_allocation"):
        schema_editor.execute(f"DROP TRIGGER {table}_kept" + (f" ON {table}" if on_postgresql else ""), params=None)
    if on_postgresql:
        for name in ("billing_refuse_rewriting", "billing_keep_payment", "billing_keep_allocation"):
            schema_editor.execute(f"DROP FUNCTION {name}", params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0008_online_payments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="payment",
            name="kind",
            field=models.CharField(
                choices=[
                    ("paiement", "Paiement"),
                    ("remboursement", "Remboursement fait à la banque"),
                    ("annulation", "Annulation"),
                    ("impaye", "Impayé (paiement contesté, repris par la banque)"),
                ],
                max_length=14,
                verbose_name="nature",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="means",
            field=models.CharField(
                choices=[
                    ("carte", "Carte bancaire"),
                    ("cheque", "Chèque"),
                    ("especes", "Espèces"),
                    ("cesu", "CESU papier"),
                    ("e-cesu", "CESU dématérialisé"),
                    ("virement", "Virement"),
                    ("prelevement", "Prélèvement SEPA"),
                    ("tresor", "Trésor public"),
                ],
                max_length=12,
                verbose_name="moyen",
            ),
        ),
        migrations.CreateModel(
            name="DepositSlip",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=16, unique=True, verbose_name="numéro")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("cheque", "Remise de chèques"),
                            ("especes", "Versement d’espèces"),
                            ("cesu", "Remise de CESU"),
                        ],
                        max_length=12,
                        verbose_name="nature",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="montant (€)")),
                ("account", models.CharField(max_length=160, verbose_name="destination")),
                ("made_at", models.DateTimeField(verbose_name="préparé le")),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="préparé par",
                    ),
                ),
            ],
            options={
                "verbose_name": "bordereau de remise",
                "verbose_name_plural": "bordereaux de remise",
                "ordering": ("-made_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="DepositedPayment",
            fields=[
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="deposited",
                        serialize=False,
                        to="billing.payment",
                        verbose_name="paiement",
                    ),
                ),
                (
                    "slip",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deposited_payments",
                        to="billing.depositslip",
                        verbose_name="bordereau",
                    ),
                ),
            ],
            options={
                "verbose_name": "paiement remis",
                "verbose_name_plural": "paiements remis",
            },
        ),
        migrations.CreateModel(
            name="PaymentReminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rank", models.PositiveSmallIntegerField(verbose_name="relance n°")),
                ("planned_at", models.DateTimeField(verbose_name="prévue le")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="traitée le")),
                (
                    "owed",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=9, null=True, verbose_name="restait à régler (€)"
                    ),
                ),
                ("mails", models.PositiveSmallIntegerField(default=0, verbose_name="courriels")),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="billing.invoice",
                        verbose_name="facture",
                    ),
                ),
            ],
            options={
                "verbose_name": "relance",
                "ordering": ("-planned_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="RecoveryHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("contestation", "Facture contestée"),
                            ("echeancier", "Paiement échelonné convenu"),
                            ("situation", "Situation suivie par un service social"),
                            ("autre", "Autre motif"),
                        ],
                        max_length=12,
                        verbose_name="cause",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="précision")),
                ("held_at", models.DateTimeField(verbose_name="suspendu le")),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="repris le")),
                (
                    "held_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="suspendu par",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="billing.invoice",
                        verbose_name="facture",
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="repris par",
                    ),
                ),
            ],
            options={
                "verbose_name": "suspension du recouvrement",
                "verbose_name_plural": "suspensions du recouvrement",
                "ordering": ("-held_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="TillClosing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=16, unique=True, verbose_name="numéro")),
                ("closed_at", models.DateTimeField(verbose_name="arrêté le")),
                (
                    "cash_expected",
                    models.DecimalField(decimal_places=2, max_digits=9, verbose_name="espèces attendues (€)"),
                ),
                (
                    "cash_counted",
                    models.DecimalField(decimal_places=2, max_digits=9, verbose_name="espèces comptées (€)"),
                ),
                ("explanation", models.CharField(blank=True, max_length=300, verbose_name="explication de l’écart")),
                (
                    "closed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="arrêté par",
                    ),
                ),
            ],
            options={
                "verbose_name": "arrêté de caisse",
                "verbose_name_plural": "arrêtés de caisse",
                "ordering": ("-closed_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="ClosedPayment",
            fields=[
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="closed",
                        serialize=False,
                        to="billing.payment",
                        verbose_name="paiement",
                    ),
                ),
                (
                    "closing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closed_payments",
                        to="billing.tillclosing",
                        verbose_name="arrêté",
                    ),
                ),
            ],
            options={
                "verbose_name": "mouvement arrêté",
                "verbose_name_plural": "mouvements arrêtés",
            },
        ),
        migrations.CreateModel(
            name="TillEntry",
            fields=[
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="till_entry",
                        serialize=False,
                        to="billing.payment",
                        verbose_name="paiement",
                    ),
                ),
                ("submission", models.UUIDField(unique=True, verbose_name="envoi")),
                ("handed_by", models.CharField(blank=True, max_length=120, verbose_name="versé par")),
                (
                    "cash_given",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=9, null=True, verbose_name="somme donnée (€)"
                    ),
                ),
                ("bank", models.CharField(blank=True, max_length=80, verbose_name="banque")),
                ("drawer", models.CharField(blank=True, max_length=120, verbose_name="tireur du chèque")),
                ("cheque_number", models.CharField(blank=True, max_length=20, verbose_name="numéro du chèque")),
                ("reference", models.CharField(blank=True, max_length=60, verbose_name="référence")),
                ("value_on", models.DateField(blank=True, null=True, verbose_name="date de valeur")),
                (
                    "title_count",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="nombre de titres"),
                ),
                (
                    "title_value",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=7, null=True, verbose_name="valeur d’un titre (€)"
                    ),
                ),
                ("title_numbers", models.TextField(blank=True, verbose_name="numéros des titres")),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("impaye", "Chèque rejeté par la banque"),
                            ("erreur", "Erreur de saisie"),
                            ("autre", "Autre motif"),
                        ],
                        max_length=8,
                        verbose_name="cause",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="motif")),
                (
                    "reverses",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="till_reversal",
                        to="billing.payment",
                        verbose_name="paiement annulé",
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="enregistré par",
                    ),
                ),
            ],
            options={
                "verbose_name": "écriture du guichet",
                "verbose_name_plural": "écritures du guichet",
                "ordering": ("-payment__received_at", "-pk"),
                "permissions": [
                    ("collect_money", "Encaisser au guichet"),
                    ("reverse_money", "Annuler un encaissement"),
                    ("close_till", "Arrêter la caisse et préparer les bordereaux"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TreasuryBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=16, unique=True, verbose_name="numéro")),
                ("prepared_at", models.DateTimeField(verbose_name="préparé le")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="envoyé le")),
                (
                    "prepared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="préparé par",
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="envoyé par",
                    ),
                ),
            ],
            options={
                "verbose_name": "lot pour le Trésor",
                "verbose_name_plural": "lots pour le Trésor",
                "ordering": ("-prepared_at", "-pk"),
                "permissions": [("hand_over_invoices", "Transmettre des factures au Trésor")],
            },
        ),
        migrations.CreateModel(
            name="TreasuryHandover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=9, verbose_name="reste à recouvrer (€)")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="retirée le")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="motif du retrait")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to="billing.treasurybatch",
                        verbose_name="lot",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to="billing.invoice",
                        verbose_name="facture",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="retirée par",
                    ),
                ),
            ],
            options={
                "verbose_name": "facture transmise au Trésor",
                "verbose_name_plural": "factures transmises au Trésor",
                "ordering": ("batch", "pk"),
            },
        ),
        migrations.AddConstraint(
            model_name="depositslip",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)),
                name="deposit_positive",
                violation_error_message="Une remise est supérieure à zéro.",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentreminder",
            index=models.Index(
                condition=models.Q(("settled_at", None)), fields=["planned_at"], name="payment_reminder_to_settle"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentreminder",
            constraint=models.UniqueConstraint(
                fields=("invoice", "rank"),
                name="reminded_once_per_rank",
                violation_error_message="Cette facture a déjà reçu cette relance.",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentreminder",
            constraint=models.CheckConstraint(condition=models.Q(("rank__gt", 0)), name="reminder_rank_from_one"),
        ),
        migrations.AddConstraint(
            model_name="recoveryhold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at", None)),
                fields=("invoice",),
                name="one_hold_at_a_time",
                violation_error_message="Le recouvrement de cette facture est déjà suspendu.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tillclosing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cash_counted", models.F("cash_expected")),
                    models.Q(("explanation", ""), _negated=True),
                    _connector="OR",
                ),
                name="till_difference_explained",
                violation_error_message="Expliquez l’écart entre les espèces attendues et comptées.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tillclosing",
            constraint=models.CheckConstraint(
                condition=models.Q(("cash_counted__gte", 0)),
                name="till_counts_from_nothing",
                violation_error_message="Les espèces comptées ne peuvent pas être négatives.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tillentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cause", ""), ("reverses__isnull", True)),
                    models.Q(
                        ("reverses__isnull", False),
                        models.Q(("cause", ""), _negated=True),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="till_reversal_with_reason",
                violation_error_message="Indiquez pourquoi cet encaissement est annulé.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tillentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("title_count__isnull", True), ("title_value__isnull", True)),
                    models.Q(("title_count__gt", 0), ("title_value__gt", 0)),
                    _connector="OR",
                ),
                name="till_titles_have_a_value",
                violation_error_message="Indiquez le nombre de titres et la valeur d’un titre.",
            ),
        ),
        migrations.AddConstraint(
            model_name="treasuryhandover",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("invoice",),
                name="handed_over_once",
                violation_error_message="Cette facture est déjà transmise au Trésor.",
            ),
        ),
        migrations.AddConstraint(
            model_name="treasuryhandover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("withdrawn_at__isnull", True), models.Q(("reason", ""), _negated=True), _connector="OR"
                ),
                name="handover_withdrawn_with_reason",
                violation_error_message="Indiquez pourquoi cette facture est retirée du lot.",
            ),
        ),
        migrations.AddConstraint(
            model_name="treasuryhandover",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="handover_positive"),
        ),
        migrations.RunPython(keep, let_go),
    ]
