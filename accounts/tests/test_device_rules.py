"""Devices and networks in words that a parent recognises."""

import pytest

from accounts.rules.devices import approximate_network, device_words

AGENTS = [
    (
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/127.0.0.0 Mobile Safari/537.36",
        "Téléphone Android – Chrome",
    ),
    (
        "Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 SamsungBrowser/25.0 Chrome/121.0 Safari/537.36",
        "Tablette – Samsung Internet",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1",
        "iPhone – Safari",
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 CriOS/126.0 Mobile/15E148 Safari/604.1",
        "Tablette iPad – Chrome",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Ordinateur Windows – Firefox",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0",
        "Ordinateur Windows – Edge",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
        "Ordinateur Mac – Safari",
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
        "Ordinateur Linux – Chrome",
    ),
    ("curl/8.5.0", "Appareil inconnu"),
    ("", "Appareil inconnu"),
]


@pytest.mark.parametrize("user_agent, words", AGENTS)
def test_a_device_is_named_in_french_words(user_agent, words):
    assert device_words(user_agent) == words


@pytest.mark.parametrize(
    "address, words",
    [
        ("192.0.2.57", "192.0.2.x"),
        ("2001:db8:12:34:56::1", "2001:db8:12::x"),
        ("::1", "::x"),
        ("n’importe quoi", ""),
        ("", ""),
    ],
)
def test_a_network_is_named_without_the_home(address, words):
    assert approximate_network(address) == words
