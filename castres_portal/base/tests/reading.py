"""Sentences as a person reads them: for whoever reads, a blank is a blank."""


def read(text: str | None) -> str | None:
    """Return a sentence with plain spaces in the place of its no-break ones."""
    return None if text is None else text.replace("\u00a0", " ").replace("\u202f", " ")
