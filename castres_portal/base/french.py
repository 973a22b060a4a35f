"""French as the portal writes it: amounts, days, hours. Pure; the templates have the same words as filters.

Written here and not taken from the active language: mails and papers are rendered where no request has chosen one.
"""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal

from castres_portal.base import clock

NBSP = "\u00a0"
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
SHORT_MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def euros(amount: Decimal | int | str | None) -> str:
    """Write an amount in euros as French reads it: ``63,98 €``, no-break spaces, rounded half up to the cent."""
    if amount in (None, ""):
        return ""
    cents = Decimal(str(amount)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    text = f"{abs(cents):,.2f}".replace(",", NBSP).replace(".", ",")
    return f"{'−' if cents < 0 else ''}{text}{NBSP}€"


def _day_number(day: date) -> str:
    return "1er" if day.day == 1 else str(day.day)


def _in_paris(day: date) -> date:
    return clock.in_paris(day) if isinstance(day, datetime) else day


def long_day(day: date | None) -> str:
    """Write a day in full: ``lundi 7 décembre 2026``. An instant is read in Paris."""
    if not day:
        return ""
    day = _in_paris(day)
    return f"{WEEKDAYS[day.weekday()]} {_day_number(day)} {MONTHS[day.month - 1]} {day.year}"


def plain_day(day: date | None) -> str:
    """Write a day without its weekday: ``7 décembre 2026``."""
    return long_day(day).partition(" ")[2]


def short_day(day: date | None) -> str:
    """Write a day in little room: ``1er déc.``."""
    if not day:
        return ""
    day = _in_paris(day)
    return f"{_day_number(day)}{NBSP}{SHORT_MONTHS[day.month - 1]}"


def moment(instant: datetime | None) -> str:
    """Write an aware instant as Paris reads it: ``19/11/2026 à 12:06``."""
    if not instant:
        return ""
    return clock.in_paris(instant).strftime("%d/%m/%Y à %H:%M")


def clock_time(hour: time | datetime | None) -> str:
    """Write an hour of the day: ``9 h 30``, ``17 h``."""
    if hour is None or hour == "":
        return ""
    if isinstance(hour, datetime):
        hour = clock.in_paris(hour).time()
    minutes = f"{NBSP}{hour.minute:02d}" if hour.minute else ""
    return f"{hour.hour}{NBSP}h{minutes}"


def month_name(day: date | None) -> str:
    """Write the month of a day: ``novembre 2026``."""
    if not day:
        return ""
    return f"{MONTHS[day.month - 1]} {day.year}"


def of_month(day: date | None) -> str:
    """Write « of » a month, elided as French does: ``de novembre 2026``, ``d’octobre 2026``."""
    name = month_name(day)
    return f"d’{name}" if name[:1] in ("a", "o") else f"de {name}"


def in_words(items: Sequence[str]) -> str:
    """Return « a », « a et b », « a, b et c »."""
    return " et ".join(filter(None, [", ".join(items[:-1]), items[-1]])) if items else ""


def of_name(name: str) -> str:
    """Write « of » somebody, elided before a vowel, with or without its accent: ``de Léa``, ``d’Inès``, ``d’Éric``."""
    bare = unicodedata.normalize("NFD", name[:1].casefold())[:1]
    return f"d’{name}" if bare in set("aeiouœæ") else f"de {name}"


def phone_link(number: str) -> str:
    """Write a telephone number as a ``tel:`` address: ``+33563624344``; a foreign one keeps its country."""
    digits = "".join(character for character in number if character.isdigit())
    if number.startswith("+"):
        return f"+{digits}"
    return f"+33{digits[1:]}" if digits.startswith("0") else digits


def phone(number: str) -> str:
    """Write a French telephone number by pairs, on one line: ``05 63 62 43 44``."""
    digits = "".join(character for character in number if character.isdigit())
    if len(digits) != 10 or number.startswith("+"):
        return number.replace(" ", NBSP)
    return NBSP.join(digits[place : place + 2] for place in range(0, 10, 2))
