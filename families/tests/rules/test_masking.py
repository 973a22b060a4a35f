"""Other people are left out of a text, and nobody else."""

import pytest

from families.rules.masking import MASK, Person, masker

JULIEN = Person("Julien", "Martin", ("julien@example.org", "06 39 98 00 02"))
HUGO = Person("Hugo-André", "Lefèvre", ("3 rue de l’Église",))


@pytest.mark.parametrize(
    "text, said",
    [
        ("Monsieur Julien MARTIN viendra.", f"Monsieur {MASK} viendra."),
        ("MARTIN Julien", MASK),
        ("julien martin, MARTIN julien", f"{MASK}, {MASK}"),
        ("Écrivez à Julien@Example.org ou au 06.39.98.00.02", f"Écrivez à {MASK} ou au {MASK}"),
        ("Tél. 0639980002", f"Tél. {MASK}"),
        ("Hugo André LEFEVRE habite 3 rue de l’église", f"{MASK} habite {MASK}"),
        ("Julien a répondu", f"{MASK} a répondu"),
        ("M. Lefèvre a répondu", f"M. {MASK} a répondu"),
        ("Madame MARTIN et Léa Martin", "Madame MARTIN et Léa Martin"),
        ("Les Juliennes de légumes", "Les Juliennes de légumes"),
        ("", ""),
    ],
)
def test_a_free_text(text, said):
    assert masker([JULIEN, HUGO], kept={"Claire", "Martin", "Léa"}, free_text=True)(text) == said


@pytest.mark.parametrize(
    "text, said",
    [("Julien MARTIN", MASK), ("Odile, chez Julien", "Odile, chez Julien"), ("LEFÈVRE", "LEFÈVRE")],
)
def test_elsewhere_only_whole_names(text, said):
    assert masker([JULIEN, HUGO], kept={"Claire", "Martin"}, free_text=False)(text) == said


def test_nobody_to_leave_out():
    assert masker([], kept=(), free_text=True)("Julien") == "Julien"
