"""The families in the agents' back office."""

from families.admin import (  # noqa: F401  (each registers its pages)
    certification,
    children,
    codes,
    health,
    households,
    privacy,
    requests,
    schools,
)
