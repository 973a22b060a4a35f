"""Letters in the order of the post."""

import pytest

from billing.rules.postal import postal_key


def test_letters_go_by_town_street_and_number():
    posted = [
        ("81100", "Castres", "2 rue de l’Abbé-Pierre", "Martin"),
        ("81100", "Castres", "10 bis, Avenue Émile-Zola", "Durand"),
        ("81100", "Castres", "10 avenue Emile Zola", "Petit"),
        ("81100", "Castres", "9 avenue émile zola", "Bernard"),
        ("81100", "Castres", "10 ter avenue Émile-Zola", "Roques"),
        ("81100", "CASTRES", "9 avenue Émile-Zola", "Alary"),
        ("81090", "Lagarrigue", "1 place de l’Église", "Cazals"),
        ("81100", "Castres", "Résidence du Parc", "Fabre"),
        ("81100", "Castres", "Boulevard Joffre", "Nègre"),
    ]
    rows = sorted(posted, key=lambda row: postal_key(postcode=row[0], city=row[1], street=row[2], name=row[3]))
    assert [row[3] for row in rows] == [
        "Cazals",
        "Alary",
        "Bernard",
        "Petit",
        "Durand",
        "Roques",
        "Nègre",
        "Fabre",
        "Martin",
    ]


@pytest.mark.parametrize(
    "first, then",
    [
        ("2 rue Gambetta", "10 rue Gambetta"),
        ("10 rue Gambetta", "10 a rue Gambetta"),
        ("10a rue Gambetta", "10 B rue Gambetta"),
        ("10 b, rue Gambetta", "10 d rue Gambetta"),
        ("10 bis rue Gambetta", "10 ter rue Gambetta"),
        ("10 TER rue Gambetta", "10 quater rue Gambetta"),
        ("10 quater rue Gambetta", "11 rue Gambetta"),
        ("1 rue Émile-Zola", "1 rue Frédéric-Mistral"),
        ("rue Gambetta", "1 rue Gambetta"),
        # A street that begins with one of these letters has no « bis ».
        ("10 avenue de Toulouse", "1 boulevard Carnot"),
    ],
)
def test_two_letters_of_one_town(first, then):
    keys = [postal_key(postcode=" 81100", city="Castres", street=street) for street in (first, then)]
    assert keys[0] < keys[1]


def test_an_address_is_the_same_however_it_is_typed_and_a_name_tells_neighbours_apart():
    def key(street, name=""):
        return postal_key(postcode="81100", city="Castres", street=street, name=name)

    assert [key(f"10 {said} rue Gambetta")[4] for said in ("a", "bis", "b", "ter", "c", "quater")] == [1, 1, 2, 2, 3, 3]
    assert key("10 a, Rue de l’Évêché") == key(" 10A rue de l eveche")
    assert key("rue Gambetta") == ("81100", "castres", "rue gambetta", 0, 0, "")
    assert key("1 rue Gambetta", "Alary") < key("1 rue Gambetta", "Bernard")
