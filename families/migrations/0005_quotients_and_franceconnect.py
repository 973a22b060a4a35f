from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("families", "0004_health_sheets_and_certification")]

    operations = [
        migrations.AddField(
            model_name="pendingactivation",
            name="franceconnect_sub",
            field=models.CharField(
                blank=True, default="", editable=False, max_length=191, verbose_name="identité FranceConnect à lier"
            ),
            preserve_default=False,
        ),
    ]
