"""The bands of a tariff: every quotient has one price, and the agent who forgot one reads which."""

import pytest

from castres_portal.base.tests.reading import read
from reservations.rules.bands import problem_of


@pytest.mark.parametrize(
    "bands, said",
    [
        ([(0, None)], None),
        ([(0, 500), (500, 900), (900, None)], None),
        ([(900, None), (0, 500), (500, 900)], None),
        ([], "Un tarif a au moins une tranche."),
        ([(1, None)], "La première tranche commence à 1 : elle doit commencer à 0."),
        ([(0, None), (500, None)], "Une tranche sans limite haute précède celle qui commence à 500."),
        ([(0, 500), (501, None)], "Aucune tranche ne couvre les quotients de 500 à 500."),
        ([(0, 500), (900, None)], "Aucune tranche ne couvre les quotients de 500 à 899."),
        ([(0, 501), (500, None)], "Deux tranches couvrent le quotient 500."),
        ([(0, None), (0, 500)], "Une tranche sans limite haute précède celle qui commence à 0."),
        ([(0, 500), (0, None)], "Deux tranches couvrent le quotient 0."),
        (
            [(0, 500), (500, 900), (900, 1200)],
            "Aucune tranche ne couvre les quotients à partir de 1200 : laissez la dernière sans limite haute.",
        ),
        (
            [(0, 500), (500, 900)],
            "Aucune tranche ne couvre les quotients à partir de 900 : laissez la dernière sans limite haute.",
        ),
    ],
)
def test_a_quotient_without_a_price_or_with_two_is_named(bands, said):
    assert read(problem_of(bands)) == said
