"""The kitchen's pages: the day, the week, adults and picnics, what was counted twice, the menus."""

from reservations.admin.kitchen import checks, menus, orders  # noqa: F401  (each registers its pages)
