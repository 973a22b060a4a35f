"""How full a day is, and what other places do to it, in French examples."""

import pytest

from reservations.rules.filling import Deed, Figures, PlacesWish, State, foresee, state_of

# Places, booked, offered: state, what is left in words.
STATES = [
    ((None, 80, 0), State.UNLIMITED, "sans limite"),
    ((48, 0, 0), State.FREE, "reste 48"),
    ((48, 42, 0), State.FREE, "reste 6"),
    ((48, 43, 0), State.NEARLY, "reste 5"),
    ((48, 42, 1), State.NEARLY, "reste 5"),
    ((48, 48, 0), State.FULL, "complet"),
    ((48, 47, 1), State.FULL, "complet"),
    ((48, 50, 0), State.OVER, "2 en trop"),
    ((1, 0, 0), State.FREE, "reste 1"),
    ((2, 1, 0), State.NEARLY, "reste 1"),
    ((40, 35, 0), State.FREE, "reste 5"),
    ((40, 36, 0), State.NEARLY, "reste 4"),
    ((50, 45, 0), State.NEARLY, "reste 5"),
    ((1, 1, 0), State.FULL, "complet"),
    ((0, 0, 0), State.FULL, "complet"),
]


@pytest.mark.parametrize(("figures", "state", "words"), STATES)
def test_the_state_of_a_day(figures, state, words):
    counted = Figures(*figures)
    assert (state_of(counted), counted.left_words) == (state, words)


STAY = "enfants de plus que de places : les réservations restent, aucune nouvelle n’est prise"
NO_OFFER = ", et une place déjà proposée ne pourra plus être acceptée"
SET, ADD, REMOVE = Deed.SET, Deed.ADD, Deed.REMOVE
# The site has 20 places. Held (booked, offered), waiting, places of the day; the wish: places after, of the day, what is said.
WISHES = [
    ((18, 0), 0, None, (SET, 24), 24, 24, "il restera 6 places"),
    ((19, 0), 0, None, (SET, 19), 19, 19, "le jour est complet"),
    ((20, 0), 3, None, (ADD, 2), 22, 22, "2 places proposées à la liste d’attente"),
    ((20, 0), 1, 20, (ADD, 4), 24, 24, "1 place proposée à la liste d’attente"),
    (
        (19, 1),
        0,
        24,
        (REMOVE, 6),
        18,
        18,
        f"2 {STAY}{NO_OFFER}",
    ),
    (
        (1, 0),
        0,
        None,
        (REMOVE, 40),
        0,
        0,
        f"1 {STAY.replace('enfants', 'enfant')}",
    ),
    ((19, 0), 0, 24, (Deed.USUAL, 0), 20, None, "il restera 1 place"),
    # Never more than is asked: who waits where children are too many already is not counted on.
    (
        (25, 0),
        3,
        None,
        (ADD, 2),
        22,
        22,
        f"3 {STAY}",
    ),
]


@pytest.mark.parametrize(("held", "waiting", "own", "wish", "after", "of_day", "words"), WISHES)
def test_what_a_change_does_to_a_day(held, waiting, own, wish, after, of_day, words):
    figures = Figures(20 if own is None else own, *held, waiting=waiting)
    found = foresee(figures, own, 20, PlacesWish(*wish))
    assert (found.after, found.own, found.words.replace("\xa0", " ")) == (after, of_day, words)


@pytest.mark.parametrize(("own", "wish"), [(None, (SET, 20)), (24, (SET, 24)), (None, (Deed.USUAL, 0))])
def test_what_is_already_so_does_not_change(own, wish):
    assert foresee(Figures(own or 20), own, 20, PlacesWish(*wish)).skipped == "a déjà ces places"


def test_a_day_may_follow_its_site_again_though_the_number_is_the_same():
    assert not foresee(Figures(20), 20, 20, PlacesWish(Deed.USUAL)).skipped


def test_two_days_add_up_and_places_that_are_not_counted_stay_so():
    monday, tuesday = Figures(48, 40, 1, 2, 3), Figures(20, 5, 6, 7, 8)
    assert monday + tuesday == Figures(68, 45, 7, 9, 11)
    assert (monday + Figures(None, 1)).places is None
    assert (Figures(None, 1) + monday).places is None
