"""What the tests of the rules, of the money and of PayZen notice, as tools/mutants measures it."""

import os
from pathlib import Path

from castres_portal.bench.mutation.__main__ import measure as try_mutants
from castres_portal.bench.mutation.scores import AIM, Score, added_up, known_score
from castres_portal.bench.mutation.work import bring_up_to_date, modules
from castres_portal.bench.table import Row

SUBJECTS = (
    ("PayZen", ("billing.payzen.",)),
    ("argent et factures", ("billing.rules.", "billing.payfip.", "billing.sepa.", "castres_portal.base.french")),
    ("prix", ("reservations.pricing.", "families.rules.quotients")),
    ("réservations", ("reservations.rules.",)),
)


def measure(folder: Path) -> list[Row]:
    """Return a row a subject; a score that tools/mutants measured on this very state of the portal is not measured again."""
    state, _ = bring_up_to_date()
    known = [(module, known_score(module, state)) for module in modules()]
    scores = [score for _, score in known if score]
    if missing := [module for module, score in known if not score]:
        scores += try_mutants(missing, processes=os.cpu_count() or 1)
    return [_row(name, [score for score in scores if score.name.startswith(start)]) for name, start in SUBJECTS]


def _row(name: str, scores: list[Score]) -> Row:
    together = added_up(name, scores)
    title = f"mutations remarquées par les tests, {name} : {together.total} mutants"
    note = f"{together.survived} que personne ne remarque : tools/mutants --montrer"
    return Row(title, round(together.percent, 1), AIM, "%", at_least=True, note=note)
