"""The ways in which the bank can be made to misbehave."""

import secrets
from collections.abc import Mapping

NORMAL = "normal"
DELAYED = "delayed"
AFTER_RETURN = "after_return"
LOST = "lost"
DUPLICATED = "duplicated"
OUT_OF_ORDER = "out_of_order"
BAD_SIGNATURE = "bad_signature"

IPN_FAULTS = {
    NORMAL: "Aucune panne",
    DELAYED: "Notification en retard",
    AFTER_RETURN: "Notification après le retour à la boutique",
    LOST: "Notification perdue",
    DUPLICATED: "Notification envoyée deux fois en même temps",
    OUT_OF_ORDER: "Dans le désordre\u00a0: refus reçu après l’acceptation",
    BAD_SIGNATURE: "Signature fausse",
    "altered_amount": "Montant différent, bien signé",
    "other_site": "Autre boutique",
    "other_mode": "Mode PRODUCTION au lieu de TEST",
    "unknown_status": "Statut inconnu",
    "extra_field": "Champ inconnu en plus",
    "missing_uuid": "Identifiant de transaction absent",
}

REST_FAULTS = {
    "normal": "Aucune panne",
    "timeout": "Aucune réponse",
    "error_500": "Erreur 500",
    "malformed": "Réponse qui n’est pas du JSON",
    "other_shop": "Réponse d’une autre boutique",
    "not_visible": "Paiements pas encore visibles",
    "unauthorized": "Identifiants refusés, code 401",
}

OTHER_SITE_ID = "87654321"


def distort(fields: Mapping[str, str], fault: str) -> dict[str, str]:
    """A copy of a message's fields with the fault in it, before it is signed."""
    message = dict(fields)
    if fault == "altered_amount":
        altered = str(int(message["vads_amount"]) + 100)
        message["vads_amount"] = altered
        if message.get("vads_effective_amount"):
            message["vads_effective_amount"] = altered
    elif fault == "other_site":
        message["vads_site_id"] = OTHER_SITE_ID
    elif fault == "other_mode":
        message["vads_ctx_mode"] = "PRODUCTION"
    elif fault == "unknown_status":
        message["vads_trans_status"] = "NOT_YET_DOCUMENTED"
    elif fault == "extra_field":
        message["vads_new_field"] = "é+&= " + secrets.token_hex(4)
    elif fault == "missing_uuid":
        message.pop("vads_trans_uuid", None)
    return message
