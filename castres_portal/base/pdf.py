"""PDF papers: tagged (PDF/UA-1), made by WeasyPrint from templates, and deaf to the network.

A process draws one paper at a time. Pango and fontconfig, under WeasyPrint, are not made for several threads that share fonts
(its authors do not promise it either): four threads of a web process drawing at once have been seen to crash it, or to wait for
each other for ever. The template, with its reads in the database, is rendered before the wait.
"""

import threading
from base64 import b64decode
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

STATIC_SCHEME = "static:"
# A drawing made by the portal itself (a QR code); whatever it might name outside is fetched by the same class.
DRAWING = "data:image/svg+xml;base64,"
_one_at_a_time = threading.Lock()


class OwnFilesOnly(URLFetcher):
    """Give WeasyPrint our own static files (``static:portal/…``), a drawing written in the page, and nothing else."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """Return one of our files or a drawing that stands in the address itself, or raise ValueError."""
        if url.startswith(DRAWING):
            return URLFetcherResponse(url, b64decode(url.removeprefix(DRAWING)), {"Content-Type": "image/svg+xml"})
        path = finders.find(url.removeprefix(STATIC_SCHEME).lstrip("/")) if url.startswith(STATIC_SCHEME) else None
        if not path:
            raise ValueError(f"adresse refusée dans un PDF : {url[:80]}")
        return URLFetcherResponse(url, Path(path).read_bytes())


@lru_cache(maxsize=1)
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@lru_cache(maxsize=1)
def _stylesheet() -> CSS:
    path = finders.find("portal/pdf.css")
    return CSS(filename=path, font_config=_fonts(), url_fetcher=OwnFilesOnly())


def render_pdf(template: str, context: dict[str, Any]) -> bytes:
    """Render a template that extends ``pdf/base.html`` to a tagged PDF; the town's facts are in its context."""
    html = render_to_string(template, {"town": settings.TOWN, "demo": settings.DEMO, **context})
    document = HTML(string=html, base_url=STATIC_SCHEME, url_fetcher=OwnFilesOnly())
    with _one_at_a_time:
        return document.write_pdf(stylesheets=[_stylesheet()], font_config=_fonts(), pdf_variant="pdf/ua-1")
