"""How the text of a règlement is written: lines that begin with « # » are headings, blocks between blank lines paragraphs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """A heading or a paragraph, as plain text: the template escapes it."""

    text: str
    is_heading: bool = False


def blocks(body: str) -> list[Block]:
    """Cut a text into headings and paragraphs; line ends inside a paragraph count as spaces."""
    found: list[Block] = []
    paragraph: list[str] = []

    def close() -> None:
        if paragraph:
            found.append(Block(" ".join(paragraph)))
            paragraph.clear()

    for line in (line.strip() for line in body.splitlines()):
        if line.startswith("#"):
            close()
            if heading := line.lstrip("#").strip():
                found.append(Block(heading, is_heading=True))
        elif line:
            paragraph.append(line)
        else:
            close()
    close()
    return found
