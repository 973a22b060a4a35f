"""How full a site is on a day, and what another number of places would do to it. Pure: figures in, words out."""

from dataclasses import dataclass
from enum import StrEnum

MOST_PLACES = 999


class State(StrEnum):
    """What the colour, the mark and the words of a day say."""

    FREE = "libre"
    NEARLY = "presque"
    FULL = "complet"
    OVER = "depasse"
    UNLIMITED = "illimite"
    CLOSED = "ferme"
    OFF = "sans"


MARKS = {
    State.FREE: "○",
    State.NEARLY: "◐",
    State.FULL: "●",
    State.OVER: "▲",
    State.UNLIMITED: "∞",
    State.CLOSED: "✕",
    State.OFF: "–",
}
STATE_WORDS = {
    State.FREE: "Il reste des places",
    State.NEARLY: "Presque complet (un dixième des places au plus)",
    State.FULL: "Complet",
    State.OVER: "Plus d’enfants que de places",
    State.UNLIMITED: "Sans limite",
    State.CLOSED: "Fermé",
    State.OFF: "Ne se tient pas",
}


@dataclass(frozen=True)
class Figures:
    """Children of one site and day, or of several. ``places`` is None where they are not counted.

    ``booked`` hold a place; ``offered`` are offers of the waiting list that run, each holding one; ``given_back`` were given back
    too late to cancel and hold none.
    """

    places: int | None = None
    booked: int = 0
    offered: int = 0
    waiting: int = 0
    given_back: int = 0

    @property
    def held(self) -> int:
        """Places that nobody else can take."""
        return self.booked + self.offered

    @property
    def left(self) -> int | None:
        """What is left; below nothing when there are more children than places; None where they are not counted."""
        return None if self.places is None else self.places - self.held

    @property
    def excess(self) -> int:
        """How many children more than places."""
        return max(0, -(self.left or 0))

    @property
    def is_empty(self) -> bool:
        """Whether nobody is concerned by this day."""
        return not (self.booked or self.offered or self.waiting or self.given_back)

    @property
    def left_words(self) -> str:
        """« reste 3 », « complet », « 2 en trop », « sans limite »."""
        if self.left is None:
            return "sans limite"
        if self.left < 0:
            return f"{self.excess} en trop"
        return f"reste {self.left}" if self.left else "complet"

    def __add__(self, other: "Figures") -> "Figures":
        """Add two days; places that are not counted somewhere are not counted in the sum."""
        places = None if self.places is None or other.places is None else self.places + other.places
        return Figures(
            places,
            self.booked + other.booked,
            self.offered + other.offered,
            self.waiting + other.waiting,
            self.given_back + other.given_back,
        )


NONE = Figures(places=0)


def state_of(figures: Figures) -> State:
    """Return how full an open day is: nearly full when a tenth of its places at most is left, one for the smallest."""
    if figures.places is None or figures.left is None:
        return State.UNLIMITED
    if figures.left < 0:
        return State.OVER
    if figures.left == 0:
        return State.FULL
    nearly = figures.held > 0 and figures.left <= -(-figures.places // 10)
    return State.NEARLY if nearly else State.FREE


class Deed(StrEnum):
    """What an agent does to the places of days."""

    SET = "fixer"
    ADD = "ajouter"
    REMOVE = "retirer"
    USUAL = "habituelles"


@dataclass(frozen=True)
class PlacesWish:
    """A change of places: ``number`` is the new one (SET), or how many more or fewer; USUAL needs none."""

    deed: Deed
    number: int = 0

    def own_places(self, *, now: int, usual: int) -> int | None:
        """Return what a day is to have of its own, None for the usual places of its site."""
        if self.deed == Deed.USUAL:
            return None
        if self.deed == Deed.SET:
            return self.number
        return min(MOST_PLACES, max(0, now + (self.number if self.deed == Deed.ADD else -self.number)))


@dataclass(frozen=True)
class Foreseen:
    """What a change does to one day: places before and after, who holds them; ``skipped`` says why nothing changes."""

    before: Figures
    own: int | None = None
    after: int = 0
    skipped: str = ""

    @property
    def excess(self) -> int:
        """How many children would be there beyond the places after the change; they keep their places."""
        return 0 if self.skipped else max(0, self.before.held - self.after)

    @property
    def to_offer(self) -> int:
        """How many places would be offered to who waits, at most: some may not be able to come."""
        if self.skipped or self.after <= (self.before.places or 0):
            return 0
        return min(self.before.waiting, max(0, self.after - self.before.held))

    @property
    def words(self) -> str:
        """Say what happens to the day."""
        if self.skipped:
            return self.skipped
        if self.excess:
            kept = f"{self.excess} enfant{'s' if self.excess > 1 else ''} de plus que de places"
            stays = f"{kept}\u00a0: les réservations restent, aucune nouvelle n’est prise"
            if self.before.offered:
                stays += ", et une place déjà proposée ne pourra plus être acceptée"
            return stays
        if self.to_offer:
            one = self.to_offer == 1
            return f"{self.to_offer} place{'' if one else 's'} proposée{'' if one else 's'} à la liste d’attente"
        left = self.after - self.before.held
        return f"il restera {left} place{'s' if left > 1 else ''}" if left else "le jour est complet"


def foresee(figures: Figures, own: int | None, usual: int, wish: PlacesWish, *, skipped: str = "") -> Foreseen:
    """Say what a wish does to a day whose places are counted; ``own`` are the day's, ``usual`` its site's."""
    wanted = wish.own_places(now=usual if own is None else own, usual=usual)
    after = usual if wanted is None else wanted
    same = own is None if wanted is None else wanted == figures.places
    if not skipped and same:
        skipped = "a déjà ces places"
    return Foreseen(figures, wanted, after, skipped)
