"""A progress bar on the error output, silent where nobody reads it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm


class Progress:
    """Shows one bar per phase of a long command; ``quiet`` shows none."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet

    @contextmanager
    def phase(self, name: str, total: int) -> Iterator[Any]:
        """Show a bar that the caller moves with ``update(number)``."""
        silent = True if self.quiet else None  # None: silent unless a terminal reads
        with tqdm(total=total, desc=f"{name:<14}", file=sys.stderr, disable=silent, unit="", dynamic_ncols=True) as bar:
            yield bar
