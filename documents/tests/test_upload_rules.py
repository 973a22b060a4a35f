"""What is said of a file, until when a paper holds, when it is reminded of and deleted."""

from datetime import date

import pytest

from documents.rules import supporting, uploads


@pytest.mark.parametrize(
    "sent, extension, shown",
    [
        ("Attestation CAF.pdf", ".pdf", "Attestation CAF.pdf"),
        ("photo.png", ".jpg", "photo.jpg"),
        ("facture.pdf.exe", ".pdf", "facture.pdf.pdf"),
        ("../../etc/passwd", "", "passwd"),
        ("C:\\Users\\Claire\\quittance.pdf", ".pdf", "quittance.pdf"),
        ("..", ".pdf", "document.pdf"),
        ("", ".jpg", "document.jpg"),
        (".htaccess", ".pdf", "htaccess.pdf"),
        ("fac\u202efdp.exe", ".jpg", "facfdp.jpg"),
        ("a\u200bb\u2066c\0d.pdf", ".pdf", "abcd.pdf"),
        ("quittance\r\nSet-Cookie: a.pdf", ".pdf", "quittance Set-Cookie a.pdf"),
        ('"><script>.pdf', ".pdf", "script.pdf"),
        ("e\u0301te\u0301.pdf", ".pdf", "été.pdf"),
        ("x" * 5000 + ".pdf", ".pdf", "x" * 80 + ".pdf"),
        ("sans extension", ".pdf", "sans extension.pdf"),
        ("M. Martin.pdf", ".pdf", "M. Martin.pdf"),
    ],
)
def test_a_name_is_made_harmless(sent, extension, shown):
    assert uploads.clean_name(sent, extension) == shown


LIMITS = {"megabytes": 10, "pages": 60, "files": 60, "day_megabytes": 200}


@pytest.mark.parametrize("reason", uploads.REASONS)
def test_each_refusal_names_the_file_and_says_what_to_do(reason):
    said = uploads.refusal_of("avis.pdf", reason, LIMITS)
    assert said.startswith("Le fichier «\u00a0avis.pdf\u00a0» n’est pas enregistré\u00a0: ")
    assert said.count(".") >= 2
    assert said.endswith(".")
    assert "{" not in said


@pytest.mark.parametrize(
    "day, months, then",
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
    ],
)
def test_months_are_counted_on_the_calendar(day, months, then):
    assert supporting.add_months(day, months) == then


@pytest.mark.parametrize(
    "validity, months, issued, until",
    [
        ("sans", None, date(2026, 11, 3), None),
        ("date", None, date(2026, 11, 3), None),
        ("mois", 12, date(2026, 11, 3), date(2027, 11, 2)),
        ("mois", 3, date(2026, 11, 30), date(2027, 2, 27)),
        ("annee", None, date(2026, 8, 31), date(2026, 8, 31)),
        ("annee", None, date(2026, 9, 1), date(2027, 8, 31)),
        ("annee", None, date(2027, 1, 15), date(2027, 8, 31)),
    ],
)
def test_until_when_a_paper_holds(validity, months, issued, until):
    assert supporting.computed_validity(validity, months, issued) == until


UNTIL = date(2026, 12, 31)


@pytest.mark.parametrize(
    "today, told, due",
    [
        (date(2026, 11, 30), [], []),
        (date(2026, 12, 1), [], [30]),
        (date(2026, 12, 1), [30], []),
        (date(2026, 12, 3), [], [30]),  # two nights were skipped
        (date(2026, 12, 16), [30], [15]),
        (date(2026, 12, 20), [], [30, 15]),  # accepted late: one mail for both
        (date(2026, 12, 30), [30, 15], [1]),
        (date(2026, 12, 31), [30, 15], [1]),
        (date(2026, 12, 31), [30, 15, 1], []),
        (date(2027, 1, 1), [], []),  # expired: no longer announced
    ],
)
def test_when_a_family_is_reminded(today, told, due):
    assert supporting.reminders_due(UNTIL, today, [30, 15, 1], told) == due


@pytest.mark.parametrize(
    "status, until, decided, days, deleted",
    [
        ("deposee", None, None, 90, None),
        ("analyse", None, None, 90, None),
        ("acceptee", date(2026, 8, 31), date(2026, 1, 5), 30, date(2026, 10, 1)),
        ("acceptee", None, date(2026, 1, 5), 30, date(2026, 2, 5)),
        ("acceptee", date(2026, 1, 1), date(2026, 1, 5), 30, date(2026, 2, 5)),
        ("refusee", date(2027, 8, 31), date(2026, 1, 5), 30, date(2026, 2, 5)),
        ("acceptee", None, date(2026, 1, 5), 0, date(2026, 1, 6)),
    ],
)
def test_when_a_file_is_deleted(status, until, decided, days, deleted):
    found = supporting.delete_on(status=status, valid_until=until, decided_on=decided, retention_days=days)
    assert found == deleted
