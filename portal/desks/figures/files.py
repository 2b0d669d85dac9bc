"""A released report to take along: CSV, a workbook, and paper with charts."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask import Response
from flask_babel import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from mhpss.figures.releases import ReleasedTable
from portal.desks.figures.sections import Section
from portal.desks.figures.words import HIDDEN
from portal.fields import csv_table
from portal.letters.typesetting import typeset
from portal.words.consent import day

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONGEST_NAME = 31


def facts(released: ReleasedTable, period: str) -> list[tuple[str, str]]:
    """What stands at the head of a report."""
    return [
        (_("Period"), period),
        (_("Released"), day(released.at)),
        (_("What is it for?"), released.purpose),
        (_("Who receives it?"), released.recipient),
        (_("How to read it"), reading(released.report.threshold)),
        ("SHA-256", released.sha256),
    ]


def reading(threshold: int) -> str:
    """What the signs in the tables mean."""
    return str(
        _(
            "People are counted, each once. %(sign)s stands for a number that is not shown, so that nobody can be"
            " found: it is under %(threshold)s, or would let such a number be told.",
            sign=HIDDEN,
            threshold=threshold,
        )
    )


def as_csv(found: Sequence[Section]) -> Response:
    """Every figure on a line of its own."""
    return csv_table.download(csv_headings(), csv_lines(found))


def csv_headings() -> tuple[str, ...]:
    """What the cells of a line are."""
    return _("Table"), _("Broken down"), _("Row"), _("Column"), _("Figure")


def csv_lines(found: Sequence[Section]) -> Iterator[tuple[str, ...]]:
    """The lines: one for each figure."""
    for section in found:
        for name, texts in section.rows:
            for heading, text in zip(section.headings[1:], texts, strict=True):
                yield section.title, section.broken_down, name, heading, text


def as_xlsx(found: Sequence[Section], head: Iterable[tuple[str, str]]) -> Response:
    """A sheet for each indicator, one table below another."""
    book = Workbook()
    book.remove(book.worksheets[0])
    first = book.create_sheet(_sheet_name(_("Report")))
    for name, text in head:
        _write(first, (name, text))
    for section in found:
        name = _sheet_name(section.title)
        sheet = book[name] if name in book.sheetnames else book.create_sheet(name)
        if sheet.max_row > 1:
            sheet.append([])
        _write(sheet, (section.heading,), bold=True)
        _write(sheet, section.headings, bold=True)
        for row, texts in section.rows:
            _write(sheet, (row,), texts)
    for sheet in book.worksheets:
        sheet.column_dimensions["A"].width = 40
    written = io.BytesIO()
    book.save(written)
    response = Response(written.getvalue(), mimetype=_WORKBOOK)
    response.headers["Content-Disposition"] = 'attachment; filename="table.xlsx"'
    return response


def _write(sheet: Worksheet, texts: Iterable[str], figures: Iterable[str] = (), *, bold: bool = False) -> None:
    sheet.append([*(csv_table.safe(text) for text in texts), *(_figure(text) for text in figures)])
    if bold:
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold=True)


def _figure(text: str) -> object:
    return int(text) if text.isascii() and text.isdigit() else csv_table.safe(text)


def _sheet_name(title: str) -> str:
    return "".join(each for each in title if each not in "[]:*?/\\")[:_LONGEST_NAME]


def on_paper(found: Sequence[Section], head: Iterable[tuple[str, str]]) -> bytes:
    """The report as PDF/UA, a bar chart beside the first table of each indicator."""
    return typeset(
        "figures",
        {
            "title": _("Report"),
            "facts": [list(each) for each in head],
            "sections": [_for_paper(section, drawn=_is_first(found, section)) for section in found],
        },
    )


def _is_first(found: Sequence[Section], section: Section) -> bool:
    return next(each for each in found if each.title == section.title) is section


def _for_paper(section: Section, *, drawn: bool) -> dict[str, Any]:
    most = max((count or 0 for _name, count in section.bars), default=0)
    bars = [
        [name, HIDDEN if count is None else str(count), round(100 * (count or 0) / most) if most else 0]
        for name, count in section.bars
    ]
    return {
        "heading": section.heading,
        "note": section.note if drawn else "",
        "headings": list(section.headings),
        "rows": [[name, *texts] for name, texts in section.rows],
        "bars": bars if drawn and most else [],
    }
