"""A device and a network in words that a parent recognises. Pure."""

import ipaddress
import re

UNKNOWN = "Appareil inconnu"
DEVICES: tuple[tuple[str, dict[str, str], str], ...] = (
    (r"iPad|Tablet|Android(?!.*Mobile)", {"iPad": "Tablette iPad"}, "Tablette"),
    (r"iPhone", {}, "iPhone"),
    (r"Android", {}, "Téléphone Android"),
    (r"Windows", {}, "Ordinateur Windows"),
    (r"CrOS", {}, "Ordinateur Chromebook"),
    (r"Macintosh|Mac OS X", {}, "Ordinateur Mac"),
    (r"Linux|X11", {}, "Ordinateur Linux"),
)
# The order matters: nearly every browser says that it is also Chrome and Safari.
BROWSERS = (
    (r"Edg(e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"CriOS/|HeadlessChrome/|Chrome/|Chromium/", "Chrome"),
    (r"Safari/", "Safari"),
)


def device_words(user_agent: str) -> str:
    """Name a device and its browser from what the browser says of itself: « Téléphone Android – Chrome »."""
    device, browser = _device(user_agent), _browser(user_agent)
    return " – ".join(part for part in (device, browser) if part) or UNKNOWN


def _device(user_agent: str) -> str:
    for pattern, exact, name in DEVICES:
        found = re.search(pattern, user_agent)
        if found:
            return exact.get(found.group(), name)
    return ""


def _browser(user_agent: str) -> str:
    return next((name for pattern, name in BROWSERS if re.search(pattern, user_agent)), "")


def approximate_network(address: str) -> str:
    """Return a network address without what would name one home: « 192.0.2.x », « 2001:db8:12::x »; empty when unreadable."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv4Address):
        return f"{address.rpartition('.')[0]}.x"
    network = ipaddress.ip_network(f"{parsed}/48", strict=False).network_address
    return f"{str(network).rstrip(':')}::x"
