"""Examples in every state, laid over the finished town for the named households: one module a subject."""

from collections.abc import Callable
from datetime import date

from castres_portal.demo.seed.examples.contact import add_messages
from castres_portal.demo.seed.examples.news import add_news

# Each function receives the day that the town believes in, and adds its rows by the services that people use.
EXAMPLES: tuple[Callable[[date], None], ...] = (add_news, add_messages)
