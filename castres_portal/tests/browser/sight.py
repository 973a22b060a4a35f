"""What every page must stand: axe finds nothing serious, nothing overflows, one title."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SERIOUS = {"serious", "critical"}


def look(page: Page) -> None:
    """Fail when the page that is shown has a serious accessibility fault, overflows its screen, or has not one h1."""
    page.wait_for_load_state("load")  # a document that has just been committed has no content to judge yet
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    faults = [
        f"{violation['id']} : {violation['help']} ({[node['target'] for node in violation['nodes']][:3]})"
        for violation in results.response["violations"]
        if violation["impact"] in SERIOUS
    ]
    assert faults == [], f"{page.url}\n" + "\n".join(faults)
    assert page.locator("h1").count() == 1, f"{page.url} : un seul h1"
    width, screen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width <= screen, f"{page.url} déborde : {width} px pour {screen}"
