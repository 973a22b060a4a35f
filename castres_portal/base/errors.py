"""Refusals: what a service says when it will not do what was asked."""


class Refusal(Exception):
    """A request that cannot be granted; ``message`` is a French sentence that may be shown as it is."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
