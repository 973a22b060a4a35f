"""The families in the agents' back office."""

from families.admin import (  # noqa: F401  (each registers its pages)
    codes,
    households,
    privacy,
    requests,
    schools,
)
