"""The table that a bench prints: aim, measured, ✓ or ✗, and why when it is ✗."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured figure. ``aim`` is a bound: an upper one, or a lower one when ``at_least``."""

    name: str
    measured: float
    aim: float | None = None
    unit: str = ""
    at_least: bool = False
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the aim is met; a figure without aim always holds."""
        if self.aim is None:
            return True
        return self.measured >= self.aim if self.at_least else self.measured <= self.aim


def show(rows: list[Row]) -> str:
    """Lay the rows out as a table of text."""
    lines = [("mesure", "objectif", "mesuré", "")]
    for row in rows:
        sign = "≥" if row.at_least else "≤"
        aim = f"{sign} {_figure(row.aim)} {row.unit}".strip() if row.aim is not None else "–"
        mark = "" if row.aim is None else ("✓" if row.holds else "✗")
        lines.append((row.name, aim, f"{_figure(row.measured)} {row.unit}".strip(), mark))
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    text = []
    for line, about in zip(lines, [None, *rows], strict=True):
        cells = [line[0].ljust(widths[0]), line[1].rjust(widths[1]), line[2].rjust(widths[2]), line[3].ljust(widths[3])]
        text.append("  ".join(cells).rstrip())
        if about and about.note and not about.holds:
            text.append(f"    ✗ {about.note}")
        elif about and about.note and about.aim is None:
            text[-1] += f"   {about.note}"
    text.insert(1, "  ".join("-" * width for width in widths).rstrip())
    return "\n".join(text)


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}".replace(".", ",")
