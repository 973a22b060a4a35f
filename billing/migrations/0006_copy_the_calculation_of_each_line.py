"""Each line copies how its price was reached, and names its tariff, which is frozen from then on."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now


def freeze_what_was_invoiced(apps, schema_editor):
    """Freeze the tariffs that were in force on a day already invoiced: their lines do not name them."""
    tariffs, lines = apps.get_model("reservations", "Tariff"), apps.get_model("billing", "InvoiceLine")
    of_tariff = lines.objects.filter(
        booking__activity=models.OuterRef("activity"), day__gte=models.OuterRef("starts_on")
    )
    ended = models.Q(ends_on__isnull=False) & ~models.Exists(of_tariff.filter(day__lte=models.OuterRef("ends_on")))
    used = tariffs.objects.filter(models.Exists(of_tariff), frozen_at=None).exclude(ended)
    used.update(frozen_at=Now())


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0005_means_of_payment"),
        ("reservations", "0020_tariffs_by_a_few_rules"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoiceline",
            name="explanation",
            field=models.TextField(help_text="Une étape par ligne.", null=True, verbose_name="calcul du prix"),
        ),
        migrations.AddField(
            model_name="invoiceline",
            name="is_resident",
            field=models.BooleanField(null=True, verbose_name="prix des habitants"),
        ),
        migrations.AddField(
            model_name="invoiceline",
            name="sibling_rank",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="rang dans la fratrie"),
        ),
        migrations.AddField(
            model_name="invoiceline",
            name="supplement",
            field=models.DecimalField(decimal_places=2, max_digits=7, null=True, verbose_name="dont majoration (€)"),
        ),
        migrations.AddField(
            model_name="invoiceline",
            name="tariff",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="reservations.tariff",
                verbose_name="tarif",
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
        migrations.RunPython(freeze_what_was_invoiced, migrations.RunPython.noop),
    ]
