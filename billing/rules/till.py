"""What the régie's counter may take, and how it is shared out. Pure: euros, days.

Source: the act that founds a régie lists its means of payment, and taking another is a « gestion de fait » (CGCT R1617-6 and
following); CESU pay the care of children, never their meals (code du travail L1271-1).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.models import Payment
from billing.rules.payments import spread
from castres_portal.base.french import euros, plain_day

Means = Payment.Means
NOTHING = Decimal("0.00")
COUNTER = (Means.CHEQUE, Means.CASH, Means.CESU, Means.E_CESU, Means.TRANSFER)
CESU = (Means.CESU, Means.E_CESU)
CESU_WORDS = "CESU pour la garde"


@dataclass(frozen=True, slots=True)
class TillPolicy:
    """What the act of the régie allows and orders; see ``TILL`` in castres_portal/town.py."""

    act: str
    means: tuple[str, ...]
    most_cash: Decimal
    cheques_after_due: bool
    cash_float: Decimal
    cash_limit: Decimal
    deposit_days: int
    account: str
    cesu_under: int
    cesu_around_school: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Debt:
    """What an invoice still owes at the counter (euros), and of it what CESU may pay; ``refusal`` says why it takes nothing."""

    invoice: int
    number: str
    due_on: date
    owed: Decimal
    cesu: Decimal = NOTHING
    refusal: str = ""

    def room(self, means: str) -> Decimal:
        """Euros that it can take of a means of payment."""
        return NOTHING if self.refusal else min(self.owed, self.cesu if means in CESU else self.owed)


@dataclass(frozen=True, slots=True)
class CaredDay:
    """A line of an invoice as CESU see it: its activity, its care in euros, the child's birth, the day."""

    activity: str
    care: Decimal
    born_on: date
    day: date


def means_offered(policy: TillPolicy) -> list[Means]:
    """Return the means of the counter that the act allows, in order."""
    return [means for means in COUNTER if means.value in policy.means]


def means_in_words(policy: TillPolicy) -> str:
    """Return « chèque, espèces (300,00 € au plus), CESU pour la garde ou virement »: what the counter takes."""
    said = []
    for means in means_offered(policy):
        if means in CESU:
            if CESU_WORDS not in said:
                said.append(CESU_WORDS)
        elif means == Means.CASH:
            said.append(f"espèces ({euros(policy.most_cash)} au plus)")
        else:
            said.append(means.label.lower())
    return " ou ".join(filter(None, (", ".join(said[:-1]), *said[-1:])))


def refusal_of_means(means: str, amount: Decimal, *, policy: TillPolicy) -> str | None:
    """Say in French why the régie cannot take an amount (euros) by a means, or None when it can."""
    if means not in COUNTER:
        return "Ce moyen de paiement ne s’encaisse pas au guichet."
    label = Means(means).label.lower() if means not in CESU else Means(means).label
    if means not in policy.means:
        return f"La régie ne peut pas encaisser ce moyen de paiement ({label}) : il n’est pas dans son {policy.act}."
    if means == Means.CASH and amount > policy.most_cash:
        return f"La régie n’encaisse pas plus de {euros(policy.most_cash)} en espèces."
    return None


def refusal_of_debt(debt: Debt, means: str, *, today: date, policy: TillPolicy) -> str | None:
    """Say in French why an invoice takes nothing of a means today, or None."""
    if debt.refusal:
        return debt.refusal
    if means == Means.CHEQUE and not policy.cheques_after_due and today > debt.due_on:
        return f"La facture {debt.number} était à régler avant le {plain_day(debt.due_on)} : la régie ne prend plus de chèque."
    if means in CESU and debt.cesu <= 0:
        return f"La facture {debt.number} n’a plus de garde à payer par CESU : ils ne paient ni repas, ni enfant trop grand."
    return None


def propose(amount: Decimal, debts: Iterable[Debt], means: str) -> dict[int, Decimal]:
    """Share an amount out among invoices, the one that was due first before the others."""
    ordered = sorted(debts, key=lambda debt: (debt.due_on, debt.number))
    return spread(amount, [(debt.invoice, debt.room(means)) for debt in ordered])


def problem_with_parts(
    amount: Decimal, parts: Mapping[int, Decimal], debts: Mapping[int, Debt], *, means: str, keep_surplus: bool
) -> str | None:
    """Say in French why an amount cannot be shared out so, or None.

    A household keeps what exceeds its invoices as a credit, once the agent has said so; CESU leave none: they give no change,
    and what they pay is care alone.
    """
    if not parts:
        return "Rien n’est à régler par ce moyen : choisissez une facture."
    for invoice, part in parts.items():
        debt = debts[invoice]
        room = debt.room(means)
        if part <= 0 or part > room:
            what = "de garde à payer par CESU" if means in CESU and debt.cesu < debt.owed else "à régler"
            return f"La facture {debt.number} n’a plus que {euros(max(room, NOTHING))} {what}."
    surplus = amount - sum(parts.values(), NOTHING)
    if surplus < 0:
        return f"Les montants par facture dépassent de {euros(-surplus)} la somme reçue."
    if surplus > 0 and means in CESU:
        return (
            f"Les CESU dépassent de {euros(surplus)} la garde à payer : ils ne donnent ni monnaie ni avoir. "
            "Rendez un titre à la famille et complétez par un autre moyen."
        )
    if surplus > 0 and not keep_surplus:
        return f"Il reste {euros(surplus)} : rendez-les, ou dites que le foyer les garde en avoir."
    return None


def change_of(amount: Decimal, given: Decimal | None) -> Decimal:
    """Return what is given back of cash, in euros; never less than nothing."""
    return max(NOTHING, given - amount) if given is not None else NOTHING


def cesu_care(days: Iterable[CaredDay], *, under: int, around_school: Collection[str]) -> Decimal:
    """Return what CESU may pay of some days, in euros: care before and after class, and any care of a child under an age."""
    payable = (day.care for day in days if day.activity in around_school or age_on(day.born_on, day.day) < under)
    return sum(payable, NOTHING)


def age_on(born_on: date, day: date) -> int:
    """Return an age in whole years."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


# --- What the drawer holds --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CashBook:
    """Where the cash of the drawer comes from and went, in euros; a difference is what a count found too much or too little."""

    taken: Decimal
    differences: Decimal
    deposited: Decimal

    @property
    def held(self) -> Decimal:
        """What belongs to the comptable: without the change that stays in the drawer."""
        return self.taken + self.differences - self.deposited


@dataclass(frozen=True, slots=True)
class MeansSum:
    """Movements of one means: how many came, euros that came, euros that went back (positive)."""

    means: str
    count: int
    came: Decimal
    gone: Decimal

    @property
    def label(self) -> str:
        """Its name."""
        return Means(self.means).label

    @property
    def net(self) -> Decimal:
        """What is left."""
        return self.came - self.gone


def sums_by_means(movements: Iterable[tuple[str, Decimal]]) -> list[MeansSum]:
    """Add up movements (means, euros with their sign) by means, in the order in which means are listed."""
    found: dict[str, list[Decimal]] = {}
    for means, amount in movements:
        found.setdefault(means, []).append(amount)
    return [
        MeansSum(
            means=means.value,
            count=len(found[means]),
            came=sum((amount for amount in found[means] if amount > 0), NOTHING),
            gone=-sum((amount for amount in found[means] if amount < 0), NOTHING),
        )
        for means in Means
        if means.value in found
    ]


def net_of(sums: Sequence[MeansSum]) -> Decimal:
    """Add everything up."""
    return sum((one.net for one in sums), NOTHING)


def cash_warning(held: Decimal, *, policy: TillPolicy) -> str | None:
    """Say in French that the drawer holds more than the régie may, or None."""
    if held <= policy.cash_limit:
        return None
    return (
        f"L’encaisse ({euros(held)}) dépasse le maximum de la régie ({euros(policy.cash_limit)}) : versez les espèces."
    )


def deposit_warning(oldest: date | None, *, today: date, policy: TillPolicy) -> str | None:
    """Say in French that money waits for longer than the act allows, or None. ``oldest`` is the day the first of it came."""
    if oldest is None or (today - oldest).days <= policy.deposit_days:
        return None
    day = plain_day(oldest)
    return (
        f"Des sommes reçues le {day} attendent d’être remises : le versement est dû sous {policy.deposit_days} jours."
    )
