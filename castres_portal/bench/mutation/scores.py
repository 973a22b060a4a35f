"""What became of the mutants: read from mutmut's files, told in a table."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from castres_portal.bench.mutation.work import MUTANTS, WORK

AIM = 90  # per cent
MEASURED = WORK / "measured.json"


@dataclass(frozen=True)
class Score:
    """The mutants of a module, or of several. Those that no test reaches have survived."""

    name: str
    killed: int = 0
    survived: int = 0
    timeouts: int = 0  # tests that no longer ended: somebody notices

    @property
    def total(self) -> int:
        """How many mutants there are."""
        return self.killed + self.survived + self.timeouts

    @property
    def percent(self) -> float:
        """The share of mutants that the tests notice; nothing to change is nothing missed."""
        return 100 * (self.killed + self.timeouts) / self.total if self.total else 100.0


def added_up(name: str, scores: Iterable[Score]) -> Score:
    """Return the score of several modules together."""
    listed = list(scores)
    return Score(
        name,
        sum(score.killed for score in listed),
        sum(score.survived for score in listed),
        sum(score.timeouts for score in listed),
    )


def score_of(module: str) -> Score:
    """Return the score of a module from mutmut's last run; a mutant that was never tried has survived."""
    fates = Counter(_fate(code) for code in _codes(module).values())
    return Score(module, fates["killed"], fates["survived"], fates["timeout"])


def survivors_of(module: str) -> list[str]:
    """Return mutmut's names of the mutants that no test noticed."""
    return [name for name, code in _codes(module).items() if _fate(code) == "survived"]


def untried(module: str) -> list[str]:
    """Return what names the mutants that were never tried: those of a function that changed, all of a module never measured."""
    codes = _codes(module)
    return [name for name, code in codes.items() if code is None] if codes else [f"{module}.*"]


def remember(scores: Iterable[Score], state: str) -> None:
    """Write down the scores measured in full on a state of the portal."""
    known = _remembered()
    known |= {score.name: [state, score.killed, score.survived, score.timeouts] for score in scores}
    MEASURED.write_text(json.dumps(known, indent=1), encoding="utf-8")


def known_score(module: str, state: str) -> Score | None:
    """Return the score of a module if it was measured on this very state of the portal."""
    measured_on, *figures = _remembered().get(module, [""])
    return Score(module, *figures) if measured_on == state else None


def table(scores: list[Score]) -> str:
    """Lay the scores out, one line a module, the packages added up, then all together."""
    packages: dict[str, list[Score]] = {}
    for score in scores:
        packages.setdefault(score.name.rpartition(".")[0], []).append(score)
    lines: list[tuple[str, ...]] = [("module", "mutants", "tués", "survivants", "sans fin", "score")]
    for package, of_it in packages.items():
        lines += [_line(f"  {score.name}", score) for score in of_it]
        lines.append(_line(package, added_up(package, of_it)))
    if len(packages) > 1:
        lines.append(_line("ensemble", added_up("ensemble", scores)))
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    text = ["  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) for line in lines]
    text.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(text)


def _line(name: str, score: Score) -> tuple[str, ...]:
    figures = (score.total, score.killed, score.survived, score.timeouts)
    return (name, *map(str, figures), f"{score.percent:.1f} %".replace(".", ","))


def _codes(module: str) -> dict[str, int | None]:
    meta = MUTANTS / Path(*module.split(".")).with_suffix(".py.meta")
    if not meta.is_file():
        return {}
    codes: dict[str, int | None] = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    return codes


def _fate(code: int | None) -> str:
    from mutmut.stats import status_by_exit_code

    fate = status_by_exit_code[code]
    return fate if fate in ("killed", "timeout") else "survived"


def _remembered() -> dict[str, list]:
    return json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.is_file() else {}
