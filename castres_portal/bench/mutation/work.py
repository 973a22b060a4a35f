"""The copy of the portal that mutmut changes and tests, in ``var/mutants/``: nobody's files are touched.

mutmut puts its own copy, with every mutant inside, in a folder ``mutants`` of that one.
"""

import fnmatch
import hashlib
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from castres_portal.bench.mutation.opening import open_decorated

ROOT = Path(__file__).resolve().parents[3]
WORK = ROOT / "var" / "mutants"
MUTANTS = WORK / "mutants"
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
# What the tests take from their caller; anything else could choose another database or another day.
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TERM", "VIRTUAL_ENV")


def modules() -> list[str]:
    """Return the dotted names of the modules under mutation, in the order of their apps."""
    found = []
    for pattern in SETTINGS["only_mutate"]:
        for path in sorted(ROOT.glob(pattern)):
            if path.name != "__init__.py":
                found.append(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return found


def bring_up_to_date() -> tuple[str, bool]:
    """Copy what changed since the last time; return the fingerprint of code, tests and libraries, and whether it changed."""
    digest, wanted, changed = hashlib.sha256(), set(), False
    for path in _files():
        name = path.relative_to(ROOT)
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
        wanted.add(name)
        if _is_mutated(name):
            content = open_decorated(content.decode()).encode()
        copy = WORK / name
        if not copy.is_file() or copy.read_bytes() != content:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
            changed = True
            if path.suffix != ".py":  # mutmut copies again the code that changed, and nothing else
                (MUTANTS / name).unlink(missing_ok=True)
    for gone in sorted(set(_files_of(WORK)) - wanted):
        changed = True
        for folder in (WORK, MUTANTS):
            (folder / gone).unlink(missing_ok=True)
        (MUTANTS / f"{gone}.meta").unlink(missing_ok=True)
    return digest.hexdigest()[:16], changed


def run_mutmut(*arguments: str, quiet: bool) -> int:
    """Run mutmut over the copy and return its exit status; quiet, what it says goes to ``var/mutants/mutmut.log``."""
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    command = [str(Path(sys.executable).parent / "mutmut"), *arguments]
    if not quiet:
        return subprocess.run(command, cwd=WORK, env=environment, check=False).returncode
    with (WORK / "mutmut.log").open("wb") as log:
        return subprocess.run(
            command, cwd=WORK, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False
        ).returncode


def forget_which_tests_run_what() -> None:
    """Have mutmut see again which tests run which functions: it only notices tests of a new name by itself."""
    (MUTANTS / "mutmut-stats.json").unlink(missing_ok=True)


def _is_mutated(name: Path) -> bool:
    text = str(name)
    return any(fnmatch.fnmatch(text, pattern) for pattern in SETTINGS["only_mutate"]) and not any(
        fnmatch.fnmatch(text, pattern) for pattern in SETTINGS["do_not_mutate"]
    )


def _files() -> Iterator[Path]:
    for name in _files_of(ROOT):
        yield ROOT / name


def _files_of(root: Path) -> list[Path]:
    found = []
    for name in [*SETTINGS["source_paths"], *SETTINGS["also_copy"], "pyproject.toml"]:
        place = root / name
        paths = [place] if place.is_file() else place.rglob("*")
        found += [path.relative_to(root) for path in paths if path.is_file() and "__pycache__" not in path.parts]
    return sorted(found)
