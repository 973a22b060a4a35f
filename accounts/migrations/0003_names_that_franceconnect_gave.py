from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_known_devices")]

    operations = [
        migrations.CreateModel(
            name="IdentityMismatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("about", models.CharField(max_length=120, verbose_name="compte ou dossier")),
                ("expected", models.CharField(max_length=160, verbose_name="noms du dossier")),
                ("given", models.CharField(max_length=200, verbose_name="noms donnés par FranceConnect")),
                ("seen_at", models.DateTimeField(verbose_name="constaté le")),
            ],
            options={
                "verbose_name": "identité FranceConnect différente",
                "verbose_name_plural": "identités FranceConnect différentes",
                "ordering": ("-seen_at", "-pk"),
            },
        ),
    ]
