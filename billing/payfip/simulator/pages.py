"""The pages of the stand-in: what the payer sees, and the list of what was opened."""

from collections.abc import Iterable
from html import escape

from .operations import FAULTS, OUTCOMES, Operation
from .soap import instant

RESULTS = {"": "En attente", "P": "Payée par carte", "V": "Payée par prélèvement", "A": "Abandonnée"}
RESULTS |= {"R": "Carte refusée", "Z": "Prélèvement refusé"}


def payment(operation: Operation, *, is_open: bool, fault: str) -> bytes:
    """The payment page, or its end."""
    asked = operation.asked
    facts = (
        f"<dl><dt>Régie</dt><dd>{escape(asked['numcli'])}</dd><dt>Référence</dt><dd>{escape(asked['refdet'])}</dd>"
        f"<dt>Objet</dt><dd>{escape(asked['objet'])}</dd><dt>Montant</dt><dd><strong>{euros(asked['montant'])}</strong></dd></dl>"
    )
    back = escape(asked["urlredirect"], quote=True)
    if not is_open:
        said = RESULTS[operation.result] if operation.result else "Le temps de payer est passé"
        return _page(said, f'{facts}<p><a class="button" href="{back}">Revenir au portail</a></p>')
    refused = "<p><strong>Ce paiement a été refusé.</strong> Vous pouvez recommencer.</p>" if operation.result else ""
    buttons = "".join(
        f'<button name="resultat" value="{key}" class="{"main" if key in "PV" else "other"}">{escape(label)}</button>'
        for key, label in OUTCOMES.items()
    )
    choices = "".join(
        f'<option value="{key}"{" selected" if key == fault else ""}>{escape(label)}</option>'
        for key, label in FAULTS.items()
    )
    form = (
        f'<form method="post">{refused}<p class="buttons">{buttons}</p><details><summary>Pannes</summary>'
        f'<label for="panne">Ce qui suit</label> <select id="panne" name="panne">{choices}</select></details></form>'
    )
    return _page("Payer", facts + form)


def home(operations: Iterable[Operation], fault: str) -> bytes:
    """What was opened, the latest first, and the present fault."""
    rows = "".join(
        f"<tr><th scope='row'>{escape(each.asked['refdet'])}</th><td>{euros(each.asked['montant'])}</td>"
        f"<td>{instant(each.opened_at)}</td><td>{RESULTS[each.result]}</td></tr>"
        for each in operations
    )
    table = (
        "<div class='scroll' tabindex='0' role='region' aria-label='Opérations'><table><thead><tr><th scope='col'>Référence</th>"
        "<th scope='col'>Montant</th><th scope='col'>Ouverte le</th><th scope='col'>Suite</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
        if rows
        else "<p>Aucune opération.</p>"
    )
    return _page("Opérations", f"<p>Panne en cours\u00a0: {escape(FAULTS[fault])}.</p>{table}")


def missing() -> bytes:
    """No such operation."""
    return _page("Opération inconnue", "<p>PayFiP ne connaît pas cette opération, ou ne la connaît plus.</p>")


def euros(cents: str) -> str:
    """Cents as euros."""
    whole, rest = divmod(int(cents), 100)
    return f"{whole},{rest:02d}\u00a0€"


def _page(title: str, content: str) -> bytes:
    return f"""<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – PayFiP fictif</title><style>
body {{ margin: 0; font: 1.0625rem/1.5 system-ui, sans-serif; color: #1d2733; background: #eef1f4; }}
.banner {{ margin: 0; padding: .6rem 1rem; background: #ffd54a; color: #2b2100; text-align: center; }}
main {{ max-width: 40rem; margin: 1.5rem auto; padding: 1rem 1.5rem 2rem; background: #fff; }}
h1 {{ font-size: 1.5rem; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; }} dd {{ margin: 0; }}
dt {{ color: #4c5965; }} .buttons {{ display: flex; flex-direction: column; gap: .75rem; }}
button, .button {{ padding: .75rem 1rem; border: 2px solid #1f4e79; border-radius: .4rem; background: #1f4e79; color: #fff;
  font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; }}
button.other {{ background: #fff; color: #1f4e79; }} select {{ font: inherit; padding: .5rem; max-width: 100%; }}
.scroll {{ overflow-x: auto; }} table {{ border-collapse: collapse; }}
th, td {{ padding: .4rem .75rem .4rem 0; text-align: left; }}
</style></head><body><p class="banner"><strong>Démonstration.</strong> Ceci n’est pas PayFiP : rien n’est payé.</p>
<main><h1>{title}</h1>{content}</main></body></html>""".encode()
