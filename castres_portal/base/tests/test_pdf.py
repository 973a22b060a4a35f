"""Papers drawn by several threads of one process: one after the other."""

import threading
from contextlib import nullcontext

import pytest
from weasyprint import HTML

from castres_portal.base import pdf
from castres_portal.base.tests.races import at_once, expect_both, meet

pytestmark = pytest.mark.django_db  # at_once ends the connections of its threads
PAPER = "pdf/base.html"


@pytest.fixture
def crowds(monkeypatch):
    """How many threads were drawing, at each drawing: the real one is replaced by a meeting of two."""
    gate, inside, seen = threading.Barrier(2), [], []

    def draw(self, **options):
        inside.append(self)
        meet(gate)
        seen.append(len(inside))
        meet(gate)
        inside.remove(self)
        return b"%PDF"

    monkeypatch.setattr(HTML, "write_pdf", draw)
    return seen


def two_papers():
    return at_once(*[lambda: pdf.render_pdf(PAPER, {})] * 2)


def test_two_papers_are_never_drawn_at_once(crowds):
    assert two_papers() == [b"%PDF", b"%PDF"]
    assert crowds == [1, 1]


def test_without_the_lock_two_papers_are_drawn_at_once(crowds, monkeypatch):
    monkeypatch.setattr(pdf, "_one_at_a_time", nullcontext())
    expect_both(monkeypatch)
    assert two_papers() == [b"%PDF", b"%PDF"]
    assert crowds == [2, 2]
