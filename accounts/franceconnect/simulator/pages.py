"""The stand-in's pages, plainly not FranceConnect's: no logo, no colour of the State, « démonstration » everywhere."""

from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import urlencode

from .people import Person

STYLE = """
:root { color-scheme: light; --ink: #1d2733; --soft: #4d5967; --line: #76828f; --paper: #fff; --ground: #eef1f4; --accent: #4a2a7a; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1.0625rem/1.5 system-ui, "Segoe UI", "Liberation Sans", sans-serif; }
.banner { margin: 0; padding: .6rem 1rem; background: #ffd54a; color: #2b2100; text-align: center; }
main { max-width: 38rem; margin: 1.5rem auto; padding: 1.25rem 1.5rem 2rem; background: var(--paper); border: 1px solid #ccd3db; border-radius: 8px; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem; }
h2 { font-size: 1.15rem; margin: 1.75rem 0 .5rem; }
a { color: var(--accent); }
p { margin: 0 0 .75rem; }
.soft { color: var(--soft); font-size: .95rem; }
button { display: block; width: 100%; min-height: 48px; margin: 0 0 .6rem; padding: .6rem 1rem; font: inherit; text-align: left; color: var(--ink); background: var(--paper); border: 2px solid var(--accent); border-radius: 8px; cursor: pointer; }
button:hover { background: #f1ecf8; }
button small { display: block; color: var(--soft); }
button.quiet { border-color: var(--line); text-align: center; }
:focus-visible { outline: 3px solid #c77700; outline-offset: 2px; }
select { font: inherit; width: 100%; min-height: 48px; padding: .4rem .6rem; border: 1px solid var(--line); border-radius: 6px; background: var(--paper); color: var(--ink); }
label { display: block; margin: 1rem 0 .3rem; font-weight: 600; }
ul { padding-left: 1.2rem; }
code { font-size: .9em; overflow-wrap: anywhere; }
form + form { margin-top: 1rem; }
@media (max-width: 600px) { main { margin: 0; border: 0; border-radius: 0; padding-inline: 1rem; } }
"""


def page(title: str, body: str) -> bytes:
    """Return a whole page."""
    return f"""<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} – fournisseur d’identité fictif</title><style>{STYLE}</style></head>
<body><p class="banner"><strong>Démonstration.</strong> Ceci n’est pas FranceConnect : un service fictif qui parle comme lui.</p>
<main>{body}</main></body></html>""".encode()


def plain(text: str) -> bytes:
    """Return a page of one sentence."""
    return page("Demande refusée", f"<h1>Demande refusée</h1><p>{escape(text)}</p>")


def choose(
    asked: Mapping[str, str],
    people: Iterable[Person],
    errors: Mapping[str, str],
    faults: Mapping[str, str],
    chosen: str,
) -> bytes:
    """Return the page where a visitor says who she is, and what is to go wrong."""
    buttons = "".join(
        f'<button type="submit" name="person" value="{person.key}">{escape(person.shown)} (démonstration)'
        f"<small>Identité fictive, naissance : {escape(_day(person.birthdate))}</small></button>"
        for person in people
    )
    body = f"""<h1>Qui êtes-vous ?</h1>
<p>Ce service demande : {escape(", ".join(asked.get("scope", "").split()))}. Niveau de garantie : {escape(asked.get("acr_values", ""))}.</p>
<form method="post" action="/choisir/"><input type="hidden" name="asked" value="{escape(urlencode(dict(asked)))}">
{buttons}
<button class="quiet" type="submit" name="person" value="">Je ne continue pas</button>
<label for="fault">Ce qui doit mal se passer</label>
<select id="fault" name="fault"><option value="">Rien</option>{_options({**errors, **faults}, chosen)}</select>
</form>"""
    return page("Qui êtes-vous ?", body)


def console(
    people: Iterable[Person], faults: Mapping[str, str], chosen: str, calls: Iterable[str], redirect_uri: str
) -> bytes:
    """Return the control panel."""
    names = "".join(f"<li>{escape(person.shown)}</li>" for person in people)
    lines = "".join(f"<li><code>{escape(call)}</code></li>" for call in calls) or "<li>Aucun pour l’instant.</li>"
    body = f"""<h1>Fournisseur d’identité fictif</h1>
<p>Il répond comme FranceConnect v2 au portail de démonstration. On y vient par le bouton du portail.</p>
<p class="soft">Adresse de retour déclarée : <code>{escape(redirect_uri)}</code></p>
<h2>Réglages</h2>
<form method="post" action="/reglages/"><label for="fault">Faute proposée à la prochaine connexion</label>
<select id="fault" name="fault"><option value="">Aucune</option>{_options(faults, chosen)}</select>
<p></p><button class="quiet" type="submit">Enregistrer</button></form>
<form method="post" action="/reglages/"><button class="quiet" type="submit" name="rotate" value="1">Renouveler les clés de signature</button></form>
<h2>Identités fictives</h2><ul>{names}</ul>
<h2>Derniers appels</h2><ul>{lines}</ul>"""
    return page("Fournisseur d’identité fictif", body)


def _day(iso: str) -> str:
    return "/".join(reversed(iso.split("-")))


def _options(faults: Mapping[str, str], chosen: str) -> str:
    return "".join(
        f'<option value="{key}"{" selected" if key == chosen else ""}>{escape(label)}</option>'
        for key, label in faults.items()
    )
