"""The attendance sheet on a tablet that loses its network: what is touched is kept, shown again, and sent once."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

from castres_portal.demo.accounts import ANIMATEUR
from castres_portal.demo.processes import answers, end_all, wait_until
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import sign_in_as_agent
from castres_portal.tests.browser.sight import look

MONDAY = "2026-09-21T11:40"


def someone_expected(town: Stack) -> tuple[str, str]:
    """The ids of a sheet of the animatrice's school, and of a child who is booked there."""
    found = town.run(
        "from reservations.models import AttendancePost, Booking\n"
        f"posts = AttendancePost.objects.filter(user__email={ANIMATEUR.email!r}, school__isnull=False)\n"
        "rows = Booking.objects.filter(day='2026-09-21', status='active', activity__slug='restauration')\n"
        "row = rows.filter(site__school__in=posts.values('school')).order_by('pk').first()\n"
        "print(row.site_id, row.child_id)"
    )
    site, child = found.split()
    return site, child


def pupil(page: Page, child: str) -> Locator:
    return page.locator(f"[data-portal-pupil='{child}']")


@contextmanager
def the_site_out_of_reach(town: Stack) -> Iterator[None]:
    """Stop the web server: a browser's own « offline » does not reach its workers."""
    end_all([town.web])
    try:
        yield
    finally:
        town.web.start()
        assert wait_until(lambda: answers(f"{town.url}/sante/"), 60)


def touch(row: Locator, state: str) -> None:
    """Touch a child's state, wherever the bar that stays on top happens to be."""
    row.locator(f"input[value={state}]").dispatch_event("click")


def kept(town: Stack, child: str) -> tuple[str, int]:
    """What the server keeps of the child's day: the state, and how many times she was touched."""
    state, count = town.run(
        "from reservations.models import Attendance\n"
        f"rows = Attendance.objects.filter(child={child}, day='2026-09-21', activity__slug='restauration')\n"
        "row = rows.first()\n"
        "print(row.state if row else '-', row.touches.count() if row else 0)"
    ).split()
    return state, int(count)


def test_a_sheet_is_touched_without_network_and_sent_once_it_is_back(town: Stack, visit: Visit):
    town.set_clock(MONDAY)
    site, child = someone_expected(town)
    page = visit("desktop")
    sign_in_as_agent(page, town, ANIMATEUR.email)
    page.goto("/pointage/")
    look(page)
    page.locator(f"a[href^='/pointage/{site}/']").first.click()
    look(page)
    row = pupil(page, child)
    said = row.locator("[data-portal-pupil-state]")
    touch(row, "absent")
    touch(row, "present")
    expect(said).to_contain_text("par Nadia BELKACEM", ignore_case=True)
    page.wait_for_function("document.documentElement.dataset.portalKept !== undefined")
    state, count = kept(town, child)
    assert state == "present"

    # The worker has kept the page: it opens while nothing answers, and says what waits.
    with the_site_out_of_reach(town):
        page.reload()
        touch(row, "absent")
        expect(said).to_contain_text("à envoyer")
        page.reload()
        expect(said).to_contain_text("à envoyer")

    assert kept(town, child) == ("present", count)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(said).to_contain_text("par Nadia BELKACEM", ignore_case=True)
    assert kept(town, child) == ("absent", count + 1)
