"""How the text of a règlement is read."""

import pytest

from documents.rules.regulations import Block, blocks


@pytest.mark.parametrize(
    "body, found",
    [
        ("", []),
        ("Un paragraphe\nsur deux lignes.", [Block("Un paragraphe sur deux lignes.")]),
        ("Un.\n\nDeux.", [Block("Un."), Block("Deux.")]),
        ("# Article 1\nTexte.\n## Article 2\n", [Block("Article 1", True), Block("Texte."), Block("Article 2", True)]),
        ("#\n\n  \nTexte.\r\n", [Block("Texte.")]),
        ("<script>alert(1)</script>", [Block("<script>alert(1)</script>")]),
    ],
)
def test_headings_and_paragraphs_are_told_apart(body, found):
    assert blocks(body) == found
