"""``tools/mutants [MODULE…]``: change the rules in small ways, run their tests each time, say what nobody noticed."""

import argparse
import os
import sys

from castres_portal.bench.mutation.scores import AIM, Score, added_up, remember, score_of, survivors_of, table, untried
from castres_portal.bench.mutation.work import (
    MUTANTS,
    WORK,
    bring_up_to_date,
    forget_which_tests_run_what,
    modules,
    run_mutmut,
)


def main() -> int:
    """Measure, print the table; the exit status is 0 when the score reaches the aim."""
    wanted = _arguments()
    chosen = _chosen(wanted.modules)
    if wanted.montrer:
        for module in chosen:
            for name in survivors_of(module):
                run_mutmut("show", name, quiet=False)
        return 0
    os.nice(10)  # the machine is for people first
    scores = measure(
        chosen, processes=wanted.processus, only_survivors=wanted.survivants, quiet=not sys.stdout.isatty()
    )
    print(table(scores))
    return 0 if added_up("", scores).percent >= AIM else 1


def measure(chosen: list[str], *, processes: int, only_survivors: bool = False, quiet: bool = True) -> list[Score]:
    """Try the mutants of these modules and return their scores.

    ``only_survivors`` tries again those alone that nobody noticed last time: quick while tests are being written, but a test
    that was lost since does not show, so such a score is not remembered.
    """
    state, changed = bring_up_to_date()
    if changed and not only_survivors:  # the tests of a new name, mutmut finds by itself
        forget_which_tests_run_what()
    if only_survivors:
        names = [name for module in chosen for name in survivors_of(module) or untried(module)]
        if not names:
            return [score_of(module) for module in chosen]
    else:
        for module in chosen:
            (MUTANTS / f"{module.replace('.', '/')}.py.meta").unlink(missing_ok=True)
            (MUTANTS / f"{module.replace('.', '/')}.py").unlink(missing_ok=True)
        names = [f"{module}.*" for module in chosen]
    _run(names, processes=processes, quiet=quiet)
    # The run made the mutants of the functions that changed: they had no name before it.
    names = [name for module in chosen for name in untried(module) if not name.endswith("*")]
    if only_survivors and names:
        _run(names, processes=processes, quiet=quiet)
    scores = [score_of(module) for module in chosen]
    if not only_survivors:
        remember(scores, state)
    return scores


def _run(names: list[str], *, processes: int, quiet: bool) -> None:
    if run_mutmut("run", "--max-children", str(processes), *names, quiet=quiet):
        log = f" : voir {WORK / 'mutmut.log'}" if quiet else ""
        raise SystemExit(f"mutmut n’a pas abouti{log}")


def _chosen(wanted: list[str]) -> list[str]:
    known = modules()
    if not wanted:
        return known
    chosen = [module for module in known if any(f"{module}.".startswith(f"{name}.") for name in wanted)]
    if not chosen:
        raise SystemExit(f"Aucun module de ce nom : {', '.join(wanted)}")
    return chosen


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/mutants", description="Mesure ce que les tests des règles remarquent.")
    parser.add_argument(
        "modules", nargs="*", metavar="MODULE", help="billing.rules, billing.payzen.form… (tout par défaut)"
    )
    parser.add_argument("--survivants", action="store_true", help="n’essaie que ceux que personne n’avait remarqués")
    parser.add_argument(
        "--montrer", action="store_true", help="montre les survivants de la dernière mesure, sans mesurer"
    )
    parser.add_argument("--processus", type=int, default=1, metavar="N", help="essais en même temps (1)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
