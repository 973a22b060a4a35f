"""What ``manage.py check --deploy`` says, in French, of a production that is not ready."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.franceconnect import config as franceconnect
from billing.models import Payment
from billing.payfip import config as payfip
from billing.payzen.config import PayzenConfigError, config_problems, payzen_config
from billing.sepa.config import config_problems as sepa_problems
from castres_portal.base import clock, retention
from castres_portal.base.encrypted import key_problem
from documents.antivirus import is_valid_url

LEAST_KEY_LENGTH = 40
SIRET_LENGTH = 14
LONGEST_PREVIOUS_KEY_DAYS = 30
SMALLEST_GROUP = 2
LEAST_TITRE = 15


def _problem(number: int, message: str, hint: str = "") -> Error:
    return Error(message, hint=hint or None, id=f"portail.E{number:03d}")


@register()
def clock_is_real(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a moved clock in production, and one that cannot be read anywhere."""
    if not settings.PORTAL_CLOCK:
        return []
    if settings.PRODUCTION:
        return [_problem(1, "PORTAL_CLOCK déplace la date du portail : c’est interdit en production.")]
    if not clock.is_valid_setting(settings.PORTAL_CLOCK):
        return [_problem(2, "PORTAL_CLOCK est illisible.", "Écrivez par exemple 2026-11-19T12:06.")]
    return []


@register()
def retention_is_complete(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a retention period without data, data without a period, and one that cannot be read."""
    return [_problem(60, f"RETENTION : {problem}.") for problem in retention.problems()]


@register(deploy=True)
def production_is_ready(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Say what is missing or unsafe in the environment."""
    if not settings.PRODUCTION:
        return []
    return [
        *_keys(),
        *_addresses(),
        *_mail(),
        *_payment(),
        *_identity(),
        *_quotient(),
        *_silence(),
        *_servers(),
        *_waiting_room(),
        *_web(),
        *_papers(),
        *_kitchen(),
        *_till(),
    ]


def _keys() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for number, name, use in (
        (10, "SECRET_KEY", "signe les sessions et les liens"),
        (11, "CODE_KEY", "protège les codes d’activation"),
    ):
        value = getattr(settings, name)
        if value.startswith("a-remplacer"):
            found.append(_problem(number, f"{name} manque : cette clé {use}."))
        elif len(value) < LEAST_KEY_LENGTH:
            found.append(
                _problem(number, f"{name} est trop courte : au moins {LEAST_KEY_LENGTH} caractères au hasard.")
            )
    if settings.SECRET_KEY == settings.CODE_KEY:
        found.append(_problem(12, "SECRET_KEY et CODE_KEY sont identiques : donnez-leur deux valeurs au hasard."))
    return [*found, *_field_keys()]


def _field_keys() -> list[CheckMessage]:
    hint = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
    if not settings.FIELD_KEYS:
        words = "FIELD_KEYS manque : cette clé chiffre les données de santé, les IBAN et les documents délivrés."
        return [_problem(13, words, hint)]
    found: list[CheckMessage] = []
    for place, key in enumerate(settings.FIELD_KEYS, start=1):
        if key in (settings.SECRET_KEY, settings.CODE_KEY):
            found.append(
                _problem(14, f"La clé n° {place} de FIELD_KEYS sert déjà ailleurs : donnez-lui une autre valeur.", hint)
            )
        elif problem := key_problem(key):
            found.append(_problem(14, f"La clé n° {place} de FIELD_KEYS {problem}.", hint))
    return found


def _addresses() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        found.append(_problem(20, "ALLOWED_HOSTS doit nommer le ou les noms du portail (sans « * »)."))
    site = urlsplit(settings.SITE_URL)
    if site.scheme != "https" or not site.netloc:
        found.append(_problem(21, "SITE_URL doit être l’adresse publique du portail, en https://."))
    elif site.hostname not in settings.ALLOWED_HOSTS:
        found.append(_problem(22, "Le nom de SITE_URL ne figure pas dans ALLOWED_HOSTS."))
    return found


def _mail() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.EMAIL_HOST:
        found.append(_problem(30, "MAIL_HOST manque : sans serveur de courriel, ni activation ni accusé de réception."))
    if not settings.DEFAULT_FROM_EMAIL:
        found.append(_problem(31, "MAIL_FROM manque : l’adresse d’expédition des courriels."))
    if settings.MAIL_SECURITY not in ("starttls", "tls", "none"):
        found.append(_problem(32, "MAIL_SECURITY doit valoir starttls, tls ou none."))
    elif settings.MAIL_SECURITY == "none":
        found.append(Warning("Les courriels partent sans chiffrement (MAIL_SECURITY=none).", id="portail.W033"))
    return found


def _payment() -> list[CheckMessage]:
    chosen = settings.PAYMENT_PROVIDERS
    if not chosen or set(chosen) - {"payzen", "payfip"}:
        return [_problem(44, "PAYMENT_PROVIDERS : écrivez payzen, payfip, ou les deux séparés par une virgule.")]
    ways = [*(_payzen() if "payzen" in chosen else []), *(_payfip() if "payfip" in chosen else [])]
    return [*ways, *_instalments()]


def _payzen() -> list[CheckMessage]:
    found: list[CheckMessage] = [
        _problem(40, f"{problem.variable} : {problem.message}") for problem in config_problems(settings.PAYZEN)
    ]
    found += [_problem(45, f"{problem}.") for problem in sepa_problems()]
    if settings.PAYZEN["MODE"] == "TEST":
        found.append(Warning("PAYZEN_MODE vaut TEST : aucun paiement n’est réel.", id="portail.W041"))
    return found + _previous_key()


def _instalments() -> list[CheckMessage]:
    """PayZen debits at once what is due within seven days, and plans nothing beyond a year."""
    values: dict[str, Any] = settings.INSTALMENTS
    count, days = values["count"], values["days"]
    found: list[CheckMessage] = []
    if count and not 2 <= count <= 12:
        found.append(_problem(54, "PAYMENT_INSTALMENTS : 0 (pas de paiement en plusieurs fois), ou de 2 à 12."))
    if count and not (days >= 8 and days * (count - 1) <= 360):
        found.append(_problem(55, "PAYMENT_INSTALMENTS_DAYS : au moins 8 jours, et un an en tout."))
    if count and values["least"] <= 0:
        found.append(_problem(56, "PAYMENT_INSTALMENTS_FROM : un montant supérieur à zéro."))
    return found


def _payfip() -> list[CheckMessage]:
    found: list[CheckMessage] = [
        _problem(45, f"{problem.variable} : {problem.message}") for problem in payfip.config_problems(settings.PAYFIP)
    ]
    if settings.PAYFIP["SAISIE"] != payfip.PRODUCTION:
        found.append(Warning("PAYFIP_SAISIE ne vaut pas W : aucun paiement n’est réel.", id="portail.W046"))
    return found


def _previous_key() -> list[CheckMessage]:
    """Say when a key that was replaced is still there once its time is over, or would be accepted for too long."""
    try:
        until = payzen_config().previous_key_until
    except PayzenConfigError:
        return []  # said above
    today = clock.today()
    if until and until < today:
        text = "PAYZEN_PREVIOUS_KEY n’est plus admise depuis le {:%d/%m/%Y} : retirez-la de la configuration."
        return [Warning(text.format(until), id="portail.W042")]
    if until and until > today + timedelta(days=LONGEST_PREVIOUS_KEY_DAYS):
        text = (
            "PAYZEN_PREVIOUS_KEY_UNTIL est à plus de {} jours : une clé remplacée ne sert que le temps du changement."
        )
        return [Warning(text.format(LONGEST_PREVIOUS_KEY_DAYS), id="portail.W043")]
    return []


def _silence() -> list[CheckMessage]:
    return [
        _problem(
            70, f"{name} vaut {minutes} : entre 5 et 120 minutes de silence (le portail l’annonce deux minutes avant)."
        )
        for name, minutes in (
            ("FAMILY_IDLE_MINUTES", settings.FAMILY_IDLE_MINUTES),
            ("AGENT_IDLE_MINUTES", settings.AGENT_IDLE_MINUTES),
        )
        if not 5 <= minutes <= 120
    ]


def _identity() -> list[CheckMessage]:
    return [_problem(60, message) for message in franceconnect.problems(settings.FRANCECONNECT)]


def _quotient() -> list[CheckMessage]:
    said: dict[str, Any] = settings.API_PARTICULIER
    if not said["TOKEN"] and not said["RECIPIENT"]:
        return []
    found: list[CheckMessage] = []
    if not said["TOKEN"] or not said["RECIPIENT"]:
        found.append(_problem(61, "API_PARTICULIER_TOKEN et API_PARTICULIER_RECIPIENT vont ensemble."))
    elif not (said["RECIPIENT"].isdecimal() and len(said["RECIPIENT"]) == SIRET_LENGTH):
        found.append(_problem(62, "API_PARTICULIER_RECIPIENT est le SIRET de la Ville : 14 chiffres."))
    address = urlsplit(said["BASE_URL"])
    if address.scheme != "https" or not address.netloc:
        found.append(_problem(63, "API_PARTICULIER_BASE_URL doit être une adresse en https://."))
    return found


def _servers() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.DATABASE_URL.startswith("postgres"):
        found.append(
            Warning(
                "La base est SQLite : cela suffit à un village sur une seule machine, pas à une ville.",
                hint="DATABASE_URL=postgres://…",
                id="portail.W050",
            )
        )
    if not settings.REDIS_URL:
        found.append(
            Warning(
                "REDIS_URL est vide : les tâches passent par le disque d’une seule machine et les limites de débit sont "
                "comptées par processus.",
                id="portail.W051",
            )
        )
    return found


def _web() -> list[CheckMessage]:
    if settings.WEB_THREADS >= 1:
        return []
    return [_problem(66, "WEB_THREADS doit être le nombre de fils d’exécution de chaque processus web, 1 au moins.")]


def _waiting_room() -> list[CheckMessage]:
    said: dict[str, Any] = settings.WAITING_ROOM
    if not said["enabled"] or (said["rate"] > 0 and min(said["places"], said["minutes"], said["hold"]) >= 1):
        return []
    return [_problem(65, "Les valeurs WAITING_ROOM_… doivent être positives, sinon personne n’entre.")]


def _papers() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.CLAMAV_URL:
        found.append(
            Warning(
                "CLAMAV_URL est vide : les pièces des familles ne passent par aucun antivirus.",
                hint="CLAMAV_URL=tcp://hote:3310 ou unix:/run/clamav/clamd.ctl",
                id="portail.W060",
            )
        )
    elif not is_valid_url(settings.CLAMAV_URL):
        found.append(
            _problem(61, "CLAMAV_URL est illisible.", "Écrivez tcp://hote:3310 ou unix:/run/clamav/clamd.ctl.")
        )
    if min(settings.DOCUMENTS[name] for name in ("megabytes", "pages", "files_per_send", "files", "day_megabytes")) < 1:
        found.append(_problem(62, "Les limites DOCUMENT_… doivent valoir au moins 1, sinon rien ne peut être déposé."))
    return found


def _kitchen() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for address in settings.KITCHEN["mails"]:
        try:
            validate_email(address)
        except ValidationError:
            found.append(_problem(70, f"KITCHEN_MAILS : « {address} » n’est pas une adresse électronique."))
    if settings.KITCHEN["rare_diet"] < SMALLEST_GROUP:
        found.append(
            _problem(
                71,
                "KITCHEN_RARE_DIET est trop petit : un régime suivi par un seul enfant d’une école le désignerait.",
                f"Écrivez {SMALLEST_GROUP} ou plus.",
            )
        )
    return found


def _till() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    unknown = sorted(set(settings.TILL["means"]) - set(Payment.Means.values))
    if unknown:
        found.append(_problem(90, f"TILL : moyens de paiement inconnus : {', '.join(unknown)}."))
    if settings.UNPAID["treasury_least"] < LEAST_TITRE:
        hint = "Article D1611-1 du code général des collectivités territoriales."
        found.append(_problem(91, "UNPAID : aucun titre n’est émis au-dessous de 15 €.", hint))
    days = settings.UNPAID["reminder_days"]
    if list(days) != sorted(set(days)) or any(day <= 0 for day in days):
        found.append(_problem(92, "UNPAID : les jours de relance vont en augmentant, à partir de 1."))
    return found
