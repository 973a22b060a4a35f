"""What the site owes the law to say of itself: its terms, its accessibility, its security."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from castres_portal.models.news import NOTATION
from castres_portal.rules.accessibility import CRITERIA, Audit


class TermsVersion(models.Model):
    """One text of the conditions générales d'utilisation, in force from a day until the next version's day."""

    number = models.PositiveSmallIntegerField("version", unique=True)
    in_force_on = models.DateField("en vigueur à partir du", unique=True)
    body = models.TextField("texte", help_text=NOTATION)

    class Meta:
        verbose_name = "version des conditions d’utilisation"
        verbose_name_plural = "versions des conditions d’utilisation"
        ordering = ("-in_force_on",)

    def __str__(self) -> str:
        return f"Conditions d’utilisation, version {self.number}"


class AccessibilityAudit(models.Model):
    """An audit of accessibility (RGAA): what the statement and the foot of every page say comes from the last one."""

    audited_on = models.DateField("audit du", unique=True)
    auditor = models.CharField("réalisé par", max_length=160)
    reference = models.CharField("référentiel", max_length=40, default="RGAA 4.1.2")
    criteria_applicable = models.PositiveSmallIntegerField(
        "critères applicables", validators=[MinValueValidator(1), MaxValueValidator(CRITERIA)]
    )
    criteria_met = models.PositiveSmallIntegerField("critères respectés", validators=[MaxValueValidator(CRITERIA)])
    failures = models.TextField("non-conformités", blank=True, help_text="Une par ligne, avec le numéro du critère.")
    derogations = models.TextField("dérogations pour charge disproportionnée", blank=True, help_text="Une par ligne.")
    exempt = models.TextField("contenus non soumis à l’obligation", blank=True, help_text="Un par ligne.")
    pages = models.TextField("pages vérifiées", blank=True, help_text="Une par ligne.")
    tested_with = models.TextField(
        "environnement de test", blank=True, help_text="Navigateurs et lecteurs d’écran, un par ligne."
    )

    class Meta:
        verbose_name = "audit d’accessibilité"
        verbose_name_plural = "audits d’accessibilité"
        ordering = ("-audited_on",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(criteria_met__lte=F("criteria_applicable")),
                name="audit_met_within_applicable",
                violation_error_message="Plus de critères respectés que de critères applicables.",
            ),
            models.CheckConstraint(
                condition=Q(criteria_applicable__gte=1, criteria_applicable__lte=CRITERIA),
                name="audit_applicable_within_reference",
                violation_error_message="Le référentiel compte 106 critères.",
            ),
        ]

    def __str__(self) -> str:
        return f"Audit du {self.audited_on:%d/%m/%Y}"

    @property
    def facts(self) -> Audit:
        """What the rule reads of it."""
        return Audit(self.audited_on, self.criteria_met, self.criteria_applicable)


class SecurityAttestation(models.Model):
    """The decision by which the town approves the security of the service (ordonnance 2005-1516, décret 2010-112)."""

    decided_on = models.DateField("homologation prononcée le", unique=True)
    valid_until = models.DateField("valable jusqu’au")
    authority = models.CharField("autorité d’homologation", max_length=160)
    words = models.TextField("attestation", help_text="Le texte affiché sur la page des mentions légales.")

    class Meta:
        verbose_name = "attestation d’homologation RGS"
        verbose_name_plural = "attestations d’homologation RGS"
        ordering = ("-decided_on",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("decided_on")),
                name="attestation_ends_after_decision",
                violation_error_message="La fin de validité précède la décision.",
            )
        ]

    def __str__(self) -> str:
        return f"Homologation du {self.decided_on:%d/%m/%Y}"
