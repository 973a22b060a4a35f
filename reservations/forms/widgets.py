"""Widgets that the back office's forms share."""

from typing import Any

from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget


class Ticks(UnfoldAdminCheckboxSelectMultipleWidget):
    """Boxes under their label: unfold takes them for one box, whose label it writes after it."""

    input_type = "checkboxes"

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Keep each box a box."""
        return {**super().create_option(*args, **kwargs), "type": "checkbox"}
