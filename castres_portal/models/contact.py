"""What somebody wrote to the service."""

from django.conf import settings
from django.db import models

from families.models import FamilyRequest


class ContactMessage(models.Model):
    """A message of the contact form; stands one to one with a request. ``submission`` makes a double click one message."""

    request = models.OneToOneField(
        FamilyRequest, verbose_name="demande", on_delete=models.CASCADE, related_name="contact_message"
    )
    submission = models.UUIDField("envoi", unique=True)
    subject = models.CharField("sujet", max_length=20)
    body = models.TextField("message")
    phone = models.CharField("téléphone", max_length=20, blank=True)

    class Meta:
        verbose_name = "message de contact"
        verbose_name_plural = "messages de contact"

    def __str__(self) -> str:
        return f"{self.request.number} : {self.subject_label}"

    @property
    def subject_label(self) -> str:
        """The subject in words."""
        return str(settings.CONTACT_SUBJECTS.get(self.subject, self.subject))
