"""Enrolments that end, that agents accept, that are carried over to the next year; the window of re-enrolment."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0004_issued_papers"),
        ("families", "0009_let_agents_act_at_the_counter"),
        ("reservations", "0015_kitchen_orders_and_menus"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EnrolmentDemand",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("attente", "En attente"),
                            ("acceptee", "Acceptée"),
                            ("refusee", "Refusée"),
                            ("retiree", "Retirée"),
                        ],
                        default="attente",
                        max_length=8,
                        verbose_name="état",
                    ),
                ),
            ],
            options={
                "verbose_name": "demande d’inscription",
                "verbose_name_plural": "demandes d’inscription",
                "ordering": ("-pk",),
            },
        ),
        migrations.CreateModel(
            name="YearRollover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField(verbose_name="lancé le")),
                ("after", models.PositiveBigIntegerField(default=0, verbose_name="dernier dossier traité")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="fini le")),
            ],
            options={
                "verbose_name": "report d’inscriptions",
                "verbose_name_plural": "reports d’inscriptions",
                "ordering": ("-started_at",),
            },
        ),
        migrations.RemoveConstraint(
            model_name="enrolment",
            name="enrolled_once_per_year",
        ),
        migrations.RemoveConstraint(
            model_name="enrolment",
            name="enrolment_ends_after_start",
        ),
        migrations.AddField(
            model_name="enrolment",
            name="end_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("depart", "L’enfant quitte le foyer ou la ville"),
                    ("fini", "N’utilise plus le service"),
                    ("autre", "Autre raison"),
                    ("deplacee", "Se poursuit dans un autre lieu"),
                ],
                db_default="",
                default="",
                editable=False,
                max_length=10,
                verbose_name="terminée parce que",
            ),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="end_request",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="ended_enrolments",
                to="families.familyrequest",
                verbose_name="demande de fin",
            ),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="ended_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="terminée le"),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="terminée par",
            ),
        ),
        migrations.AddField(
            model_name="schoolyear",
            name="reenrolment_closes_on",
            field=models.DateField(
                blank=True,
                help_text="Pour les enfants inscrits l’année d’avant ; les autres s’inscrivent toute l’année. Vide : toute l’année.",
                null=True,
                verbose_name="réinscriptions closes après le",
            ),
        ),
        migrations.AddConstraint(
            model_name="schoolyear",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reenrolment_closes_on__isnull", True),
                    models.Q(
                        ("reenrolment_closes_on__gte", models.F("enrolment_opens_on")),
                        ("reenrolment_closes_on__lte", models.F("ends_on")),
                    ),
                    _connector="OR",
                ),
                name="reenrolment_closes_in_its_time",
                violation_error_message="Les réinscriptions se closent après leur ouverture et avant la fin de l’année.",
            ),
        ),
        migrations.AddField(
            model_name="enrolmentdemand",
            name="acceptance",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="documents.regulationacceptance",
                verbose_name="règlement accepté",
            ),
        ),
        migrations.AddField(
            model_name="enrolmentdemand",
            name="activity",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrolment_demands",
                to="reservations.activity",
                verbose_name="activité",
            ),
        ),
        migrations.AddField(
            model_name="enrolmentdemand",
            name="child",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrolment_demands",
                to="families.child",
                verbose_name="enfant",
            ),
        ),
        migrations.AddField(
            model_name="enrolmentdemand",
            name="family",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrolment_demands",
                to="families.family",
                verbose_name="famille",
            ),
        ),
        migrations.AddField(
            model_name="enrolmentdemand",
            name="request",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrolment_demand",
                to="families.familyrequest",
                verbose_name="demande",
            ),
        ),
        migrations.AddField(
            model_name="enrolmentdemand",
            name="school_year",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="reservations.schoolyear",
                verbose_name="année scolaire",
            ),
        ),
        migrations.AddField(
            model_name="enrolmentdemand",
            name="site",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="reservations.activitysite",
                verbose_name="lieu demandé",
            ),
        ),
        migrations.AddField(
            model_name="yearrollover",
            name="from_year",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="reservations.schoolyear",
                verbose_name="de l’année",
            ),
        ),
        migrations.AddField(
            model_name="yearrollover",
            name="started_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="lancé par",
            ),
        ),
        migrations.AddField(
            model_name="yearrollover",
            name="to_year",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rollover",
                to="reservations.schoolyear",
                verbose_name="vers l’année",
            ),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="rollover",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrolments",
                to="reservations.yearrollover",
                verbose_name="reportée par",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("child", "family", "activity", "school_year"),
                name="enrolled_once_per_year",
                violation_error_message="Cet enfant est déjà inscrit à cette activité pour l’année.",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on__gte", models.F("starts_on")), ("ended_at__isnull", False), _connector="OR"
                ),
                name="enrolment_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end_reason", ""), ("ended_at__isnull", True)),
                    models.Q(("ended_at__isnull", False), models.Q(("end_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="enrolment_ended_for_a_reason",
                violation_error_message="Une inscription terminée dit pourquoi elle l’est.",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolmentdemand",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "attente")),
                fields=("child", "family", "activity", "school_year"),
                name="one_standing_demand_per_year",
                violation_error_message="Une demande attend déjà pour cet enfant, cette activité et cette année.",
            ),
        ),
        migrations.AddConstraint(
            model_name="yearrollover",
            constraint=models.CheckConstraint(
                condition=models.Q(("from_year", models.F("to_year")), _negated=True),
                name="rollover_between_two_years",
                violation_error_message="Un report va d’une année à une autre.",
            ),
        ),
    ]
