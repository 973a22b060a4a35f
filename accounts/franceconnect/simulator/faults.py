"""What may go wrong, chosen on the identity page or set by a test."""

# Asked for at the door: FranceConnect sends the visitor back with an error.
ERRORS = {
    "access_denied": "La personne renonce",
    "invalid_request": "Demande mal formée",
    "server_error": "Erreur du serveur",
    "temporarily_unavailable": "Service momentanément indisponible",
}
# Found out later: the visitor comes back with a code, and something is wrong behind it.
FAULTS = {
    "lost_state": "Retour avec un autre « state »",
    "other_issuer_in_url": "Retour au nom d’un autre émetteur",
    "slow": "Jetons très lents",
    "token_500": "Jetons : erreur 500",
    "token_garbage": "Jetons : réponse illisible",
    "token_huge": "Jetons : réponse sans fin",
    "token_refused": "Jetons : code refusé",
    "wrong_signature": "Jeton d’identité mal signé",
    "unknown_key": "Jeton d’identité signé d’une clé inconnue",
    "alg_none": "Jeton d’identité sans signature",
    "alg_hs256": "Jeton d’identité signé du secret partagé",
    "wrong_nonce": "« nonce » faux",
    "expired": "Jeton périmé",
    "wrong_issuer": "Autre émetteur",
    "wrong_audience": "Autre destinataire",
    "no_acr": "Sans niveau de garantie",
    "userinfo_json": "Identité non signée",
    "userinfo_other_sub": "Identité d’une autre personne",
    "userinfo_wrong_signature": "Identité mal signée",
    "userinfo_500": "Identité : erreur 500",
    "rotated": "Clés renouvelées pendant la connexion",
}
