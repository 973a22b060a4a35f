"""French words for what the pages show."""

STATUSES = {
    "AUTHORISED": "Accepté, remise à venir",
    "CAPTURED": "Remis en banque",
    "AUTHORISED_TO_VALIDATE": "À valider par la boutique",
    "UNDER_VERIFICATION": "Vérification en cours",
    "WAITING_AUTHORISATION": "Échéance à venir",
    "REFUSED": "Refusé",
    "CANCELLED": "Annulé par la boutique",
    "CAPTURE_FAILED": "Remise en banque échouée",
}

OUTCOMES = {
    "accept": "Accepter le paiement",
    "to_validate": "Accepter, à valider par la boutique",
    "under_verification": "Mettre en vérification",
    "refuse": "Refuser le paiement",
    "fail_3ds": "Échec 3-D Secure",
    "cancel": "Annuler et retourner à la boutique",
    "expire": "Laisser expirer la session",
}


def euros(cents: int) -> str:
    """6398 -> « 63,98 € », with narrow and ordinary no-break spaces."""
    whole, part = divmod(cents, 100)
    return f"{whole:,}".replace(",", "\u202f") + f",{part:02d}\u00a0€"
