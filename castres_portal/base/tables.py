"""Tables for the spreadsheets of agents: CSV as a French Excel opens it, and workbooks (XLSX)."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from castres_portal.base.clock import in_paris

Value = str | int | Decimal | date | None  # a Decimal is an amount in euros
# How a cell that a spreadsheet would run begins.
RUNS = ("=", "+", "-", "@", "\t", "\r")
WIDEST = 46
# What a text says is never run, nor made a link.
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, lines of words above the table, the heads of its columns, its rows, and those that are totals."""

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Value]]
    above: Sequence[str] = ()
    totals: Sequence[Sequence[Value]] = field(default_factory=tuple)


def to_csv(heads: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """Return a table as CSV: semicolons, UTF-8 with its mark, days as ``07/12/2026``; no text that a spreadsheet would run."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([_plain(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def write_csv(out: BinaryIO, heads: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Write a long table as ``to_csv`` would, a row at a time: the memory taken does not depend on their number."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(heads)
    for row in rows:
        writer.writerow([_plain(value) for value in row])
    text.flush()
    text.detach()


def write_workbook(
    out: BinaryIO, name: str, heads: Sequence[str], rows: Iterable[Sequence[Value]], *, author: str
) -> None:
    """Write a long table as a workbook of one sheet, a row at a time: the memory taken does not depend on their number.

    The columns are as wide as their heads ask, for nobody knows yet what follows.
    """
    options = {**OPTIONS, "constant_memory": True, "in_memory": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": name, "author": author})
    looks = _looks(book)
    page = book.add_worksheet(name[:31])
    for column, head in enumerate(heads):
        page.set_column(column, column, min(max(len(head), 12) + 2, WIDEST))
        page.write_string(0, column, head, looks["head"])
    line = 0
    for line, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            _write_cell(page, line, column, value, looks, "plain")
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, line, len(heads) - 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_footer("&L&A&RPage &P sur &N")
    book.close()


def _plain(value: Value) -> str | int:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{in_paris(value):%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Decimal):
        return f"{value:.2f}".replace(".", ",")
    if isinstance(value, str) and value.startswith(RUNS):
        return f"'{value}"
    return value


def to_workbook(sheets: Sequence[Sheet], *, title: str, author: str) -> bytes:
    """Return a workbook, one sheet after the other: heads in bold that stay in sight, printed on landscape A4, text never run."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, OPTIONS)
    book.set_properties({"title": title, "author": author})
    looks = _looks(book)
    for sheet in sheets:
        _write(book.add_worksheet(sheet.name[:31]), sheet, looks)
    book.close()
    return out.getvalue()


def _looks(book: xlsxwriter.Workbook) -> dict[str, object]:
    return {
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#DBE9F4"}),
        "total": book.add_format({"bold": True, "top": 1}),
        "title": book.add_format({"bold": True, "font_size": 14}),
        "day": book.add_format({"num_format": "dd/mm/yyyy", "align": "left"}),
        "instant": book.add_format({"num_format": "dd/mm/yyyy hh:mm", "align": "left"}),
        "amount": book.add_format({"num_format": "#,##0.00"}),
        "amount total": book.add_format({"num_format": "#,##0.00", "bold": True, "top": 1}),
        "plain": book.add_format(),
    }


def _write(page: Worksheet, sheet: Sheet, looks: dict[str, object]) -> None:
    for line, words in enumerate(sheet.above):
        page.write_string(line, 0, words, looks["title"] if line == 0 else None)
    first = len(sheet.above) + bool(sheet.above)
    for column, head in enumerate(sheet.heads):
        page.write_string(first, column, head, looks["head"])
    rows = [(row, "plain") for row in sheet.rows] + [(row, "total") for row in sheet.totals]
    for line, (row, look) in enumerate(rows, first + 1):
        for column, value in enumerate(row):
            _write_cell(page, line, column, value, looks, look)
    for column, head in enumerate(sheet.heads):
        longest = max((len(str(_plain(row[column]))) for row, _ in rows if column < len(row)), default=0)
        page.set_column(column, column, min(max(longest, min(len(head), 14)) + 2, WIDEST))
    page.freeze_panes(first + 1, 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(first)
    page.set_footer("&L&A&RPage &P sur &N")


def _write_cell(page: Worksheet, line: int, column: int, value: Value, looks: dict[str, object], look: str) -> None:
    if value is None:
        page.write_blank(line, column, None, looks[look])
    elif isinstance(value, datetime):
        page.write_datetime(line, column, in_paris(value).replace(tzinfo=None), looks["instant"])
    elif isinstance(value, date):
        page.write_datetime(line, column, value, looks["day"])
    elif isinstance(value, Decimal):
        page.write_number(line, column, float(value), looks["amount total" if look == "total" else "amount"])
    elif isinstance(value, int):
        page.write_number(line, column, value, looks[look])
    else:
        page.write_string(line, column, value, looks[look])
