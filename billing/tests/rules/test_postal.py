"""Letters in the order of the post."""

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
