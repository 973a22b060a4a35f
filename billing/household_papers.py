"""The papers that the accounts deliver: what was paid for childcare in a year, and the statement of account."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings

from billing.forms.papers import StatementForm, TaxPaperForm
from billing.queries.account import account_of
from billing.queries.tax import billed_care_of, paid_by_cesu
from billing.rules.statement import Statement
from billing.rules.tax import care_paid_in, gives_credit
from castres_portal.base.errors import Refusal
from castres_portal.base.french import euros, long_day, plain_day
from documents.paper_kinds import PaperKind
from documents.rules.papers import PaperContent, Section, initials_of
from families.models import Child, Custody, Family, Guardian

NOTHING = Decimal("0.00")


# --- What was paid for childcare --------------------------------------------------------------------------------------


def tax_content(family: Family, answers: dict[str, Any], today: date) -> PaperContent:
    """Return what the household paid for the care of its children under six, in the year of ``answers["chosen"]``.

    CGI art. 200 quater B: sums paid in the calendar year, without meals, for a child under six on 1 January of that year. Raises
    Refusal when there is nothing to attest.
    """
    year = int(answers["chosen"])
    paid = care_paid_in(year, billed_care_of(family))
    children = [child for child in Child.objects.filter(pk__in=paid) if gives_credit(child.birth_date, year)]
    children.sort(key=lambda child: (child.birth_date, child.first_name))
    if not children:
        raise Refusal(
            f"Rien n’est à attester pour {year} : aucun enfant de moins de six ans au 1er janvier, ou aucune somme payée "
            "pour sa garde."
        )
    payer = _payer(family)
    shared = _shared(family, children, year)
    total = sum((paid[child.pk] for child in children), NOTHING)
    rows = [
        [child.full_name, plain_day(child.birth_date), _home(child.pk in shared), euros(paid[child.pk])]
        for child in children
    ]
    return PaperContent(
        title=f"Attestation fiscale {year}",
        subject=f"{family.pk} {year}",
        initials=initials_of(payer.first_name, payer.last_name) if payer else initials_of(family.name),
        intro=[
            f"La Ville de {settings.TOWN['name']} ({settings.TOWN['regie']}) atteste les sommes payées du "
            f"1er janvier au 31 décembre {year} pour la garde de jeunes enfants hors du domicile (article 200 quater B du code "
            "général des impôts).",
        ],
        sections=[
            Section(
                facts=[
                    ["Foyer", f"{family.name} (dossier {family.number})"],
                    *([["Payeur", f"{payer.title} {payer.full_name}"]] if payer else []),
                    ["Total payé pour la garde", euros(total)],
                ]
            ),
            Section(
                "Par enfant de moins de six ans au 1er janvier",
                head=["Enfant", "Né(e) le", "Résidence", "Payé pour la garde"],
                rows=rows,
            ),
            *_cesu_section(family, year),
        ],
        closing=list(_tax_words(bool(shared), any(paid[child.pk] < 0 for child in children))),
    )


def _payer(family: Family) -> Guardian | None:
    return Guardian.objects.filter(family=family, pays=True).first()


def _shared(family: Family, children: Iterable[Child], year: int) -> set[int]:
    """Return the children who lived in this household every other week at some time of the year."""
    stays = Custody.objects.filter(family=family, child__in=list(children), starts_on__lte=date(year, 12, 31))
    stays = stays.exclude(rhythm=Custody.Rhythm.FULL).exclude(ends_on__lt=date(year, 1, 1))
    return set(stays.values_list("child_id", flat=True))


def _home(is_shared: bool) -> str:
    return "alternée" if is_shared else "dans ce foyer"


def _cesu_section(family: Family, year: int) -> list[Section]:
    amount = paid_by_cesu(family, year)
    if not amount:
        return []
    words = (
        f"En {year}, ce foyer a réglé {euros(amount)} par chèque emploi service universel (CESU), comptés ci-dessus. Si un "
        "employeur en a payé une part, retirez-la de la somme que vous déclarez."
    )
    return [Section("CESU", text=[words])]


def _tax_words(some_shared: bool, some_negative: bool) -> Iterable[str]:
    yield (
        "Seule la part de garde est comptée, quand elle a été payée ; les repas ne donnent droit à rien. Une facture payée en "
        "partie compte dans la même proportion."
    )
    if some_shared:
        yield (
            "En résidence alternée, chaque foyer a sa propre attestation, pour les jours qu’il a réservés et payés ; le plafond "
            "de dépenses est divisé par deux et la déclaration a des lignes à part."
        )
    if some_negative:
        yield (
            "Une somme négative est un remboursement de ce qui avait été payé une année d’avant : corrigez la déclaration de "
            "cette année-là."
        )


# --- Statement of account ---------------------------------------------------------------------------------------------


def statement_content(family: Family, answers: dict[str, Any], today: date) -> PaperContent:
    """Return the household's account over a period; raise Refusal when nothing moved and nothing is owed."""
    account = account_of(family, answers["starts_on"], answers["ends_on"])
    if not account.rows and not account.opening:
        raise Refusal("Votre compte n’a aucun mouvement sur cette période.")
    return PaperContent(
        title="Relevé de compte",
        subject=f"{family.pk} {account.first} {account.last}",
        initials=initials_of(family.name),
        intro=[
            f"Compte du foyer {family.name} (dossier {family.number}) auprès de la Ville ({settings.TOWN['regie']}), "
            f"du {long_day(account.first)} au {long_day(account.last)}."
        ],
        sections=[
            Section(
                facts=[
                    [f"Restait dû au {plain_day(account.first)}", euros(account.opening)],
                    ["Facturé", euros(account.asked)],
                    ["Réglé", euros(account.given)],
                    [f"Reste dû au {plain_day(account.last)}", balance_words(account.closing)],
                ]
            ),
            Section("Mouvements", head=["Date", "Opération", "Facturé", "Réglé", "Reste dû"], rows=_rows(account)),
        ],
        closing=["Un reste dû négatif est un avoir du foyer."] if account.has_credit else [],
    )


def balance_words(balance: Decimal) -> str:
    """Say what is owed, or that the household has a credit: « 12,40 € », « avoir de 3,00 € »."""
    return euros(balance) if balance >= 0 else f"avoir de {euros(-balance)}"


def _rows(account: Statement) -> list[list[str]]:
    return [
        [
            plain_day(row.movement.day),
            f"{row.movement.label}, n° {row.movement.number}",
            euros(row.movement.asked) if row.movement.asked else "",
            euros(row.movement.given) if row.movement.given else "",
            euros(row.balance),
        ]
        for row in account.rows
    ]


TAX_PAPER = PaperKind(
    "attestation-fiscale",
    "Attestation fiscale",
    "Ce que vous avez payé dans l’année pour la garde de vos enfants de moins de six ans.",
    "receipt-percent",
    TaxPaperForm,
    tax_content,
    rank=40,
)
STATEMENT_PAPER = PaperKind(
    "releve-de-compte",
    "Relevé de compte",
    "Vos factures et vos règlements sur la période de votre choix, et ce qui reste dû.",
    "scale",
    StatementForm,
    statement_content,
    rank=50,
)
