"""What somebody sees, hears or reads of a plot."""

from html.parser import HTMLParser

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from castres_portal.base.plots import HEIGHT, Point, bar_plot, ticks_of

WEEK = [
    Point("lundi 7 décembre 2026", "lu. 7", (1200, 30), limit=1500, group="semaine 50"),
    Point("mardi 8 décembre 2026", "ma. 8", (900, 0), limit=1500, group="semaine 50", marked=True),
    Point("mercredi 9 décembre 2026", "me. 9", (None, None), group="semaine 50", note="pas de service"),
    Point("lundi 14 décembre 2026", "lu. 14", (0, 12), limit=10, group="semaine 51"),
]


class Shapes(HTMLParser):
    """Every attribute of the drawing and every word of the page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


def drawn(plot):
    return render_to_string("components/plot.html", {"plot": plot})


@pytest.mark.parametrize(
    ("highest", "lines"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (5, [0, 2, 4, 6]),
        (20, [0, 5, 10, 15, 20]),
        (47, [0, 20, 40, 60]),
        (1780, [0, 500, 1000, 1500, 2000]),
    ],
)
def test_a_scale_is_made_of_a_few_round_lines(highest, lines):
    assert ticks_of(highest) == lines


@given(st.integers(0, 10**7))
def test_any_scale_holds_its_highest_bar_in_at_most_five_lines(highest):
    lines = ticks_of(highest)
    assert lines[0] == 0
    assert lines[-1] >= highest
    assert 2 <= len(lines) <= 5


@given(
    st.lists(
        st.tuples(st.none() | st.integers(0, 5000), st.integers(0, 5000), st.none() | st.integers(0, 9000)),
        max_size=120,
    )
)
def test_nothing_is_drawn_outside_and_a_higher_bar_is_never_shorter(rows):
    points = [Point(f"jour {n}", str(n), values, limit=limit) for n, (*values, limit) in enumerate(rows)]
    points = [Point(p.label, p.short, tuple(p.values), limit=p.limit) for p in points]
    plot = bar_plot("Essai", ["a", "b"], points)
    heights = []
    for bar in plot.bars:
        for piece in bar.pieces:
            assert 0 <= piece.x <= piece.x + piece.width <= plot.width
            assert 0 < piece.y <= piece.y + piece.height <= HEIGHT
        heights.append((bar.point.total or 0, sum(piece.height for piece in bar.pieces)))
    in_order = sorted(heights)
    # Two pieces of a bar are each rounded, and none is thinner than one unit.
    assert all(one[1] <= other[1] + 2 for one, other in zip(in_order, in_order[1:], strict=False))


def test_the_same_figures_are_in_the_table():
    page = drawn(bar_plot("Repas par jour", ["Réservés", "Ajoutés"], WEEK))
    words = [word.strip() for word in Shapes(page).words]
    for text in ("lundi 7 décembre 2026", "Réservés", "Ajoutés", "Total", "Places", "pas de service", "semaine 51"):
        assert text in words
    # 1200 + 30: above its bar, where French parts no thousands, and in the table.
    assert [word.replace("\u202f", "").replace("\u00a0", "") for word in words].count("1230") == 2


def test_no_length_is_written_with_a_french_comma():
    with translation.override("fr"):
        plot = bar_plot("Repas", ["a"], [Point("jour", "j", (12345,))] * 40)
        tags = Shapes(drawn(plot)).tags
    lengths = [
        value
        for _, attributes in tags
        for name, value in attributes.items()
        if name in ("x", "y", "width", "height", "viewbox", "d")
    ]
    assert lengths
    assert not [value for value in lengths if set(value) - set("0123456789 MHVh-")]


def test_a_limit_never_strikes_a_figure_through():
    for value in range(80, 121):
        plot = bar_plot("Places", ["a"], [Point("jour", "j", (value,), limit=100)])
        bar = plot.bars[0]
        assert not bar.value_y - 14 < bar.limit_y < bar.value_y, value


def test_without_figures_it_says_so():
    page = drawn(bar_plot("Repas", ["a"], [Point("jour", "j", (None,))]))
    assert "Rien à dessiner" in page
    assert "<svg" not in page


@pytest.mark.parametrize(
    ("series", "points"),
    [
        ([], []),
        (["a", "b", "c", "d", "e"], []),
        (["a"], [Point("jour", "j", (1, 2))]),
        (["a"], [Point("jour", "j", (-1,))]),
        (["a"], [Point("jour", "j", (1,))] * 121),
    ],
)
def test_figures_that_make_no_plot_are_refused(series, points):
    with pytest.raises(ValueError, match="plot|figures"):
        bar_plot("Repas", series, points)
