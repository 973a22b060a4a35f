import pytest, pathlib
from billing.tests.factories import *
import time
from billing.services import papers
from billing import pdfs
import castres_portal.base.pdf as base


@pytest.mark.django_db
def test_try(settings, monkeypatch):
    settings.DEMO = True
    TariffFactory()
    f = household("Martin")
    days = [date(2026, 10, d) for d in (1, 2, 5, 6, 8, 9, 12, 13, 15, 16)]
    book(f, "Léa", days)
    book(f, "Tom", days[1::2])
    inv = invoice_of(f)
    i = papers.invoices_to_print([inv.pk])[inv.pk]
    got = []
    real = base.render_to_string
    monkeypatch.setattr(base, "render_to_string", lambda *a: got.append(real(*a)) or got[-1])
    pathlib.Path("/tmp/bill1/inv.pdf").write_bytes(pdfs.invoice_pdf(i))
    pathlib.Path("/tmp/bill1/inv.html").write_text(got[0])
    for r in range(3):
        t = time.process_time()
        for _ in range(15):
            pdfs.invoice_pdf(i)
        print("cpu ms/pdf", 1000 * (time.process_time() - t) / 15)
    t = time.process_time()
    for _ in range(50):
        real(
            "billing/pdf/invoice.html",
            {
                "town": settings.TOWN,
                "demo": True,
                "invoice": i,
                "window": i.window,
                "bill": pdfs.group_lines(i.lines.all()),
                "words": settings.INVOICE_WORDS,
            },
        )
    print("template ms", 1000 * (time.process_time() - t) / 50)
