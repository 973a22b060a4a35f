"""The requests that billing records; ``families.request_kinds`` shows them among « Mes dernières demandes »."""

DISPUTE = "contestation"
