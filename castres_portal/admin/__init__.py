"""Pages of the agents' back office for what belongs to the site."""

from castres_portal.admin import legal, news  # noqa: F401  (register their pages)
