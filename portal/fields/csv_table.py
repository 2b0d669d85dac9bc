"""A table to take along: CSV, a line at a time, with nothing in it that a spreadsheet would run."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from flask import Response

# What begins a formula, in whatever width, and what may stand before it without keeping a spreadsheet from seeing it.
_RUNS = "=+\\-@＝＋－＠"
_BEFORE = "\\s\"'\u00a0\ufeff"
# A spreadsheet of another country cuts lines elsewhere: each piece of a text is a cell to one of them.
_BEGINS = re.compile(f"(^|[,;|:\t\r\n])(?=[{_BEFORE}]*[{_RUNS}])")
_STEERS = ("\t", "\r")
_MARK_OF_UTF8 = "\ufeff"


def download(headings: Iterable[str], rows: Iterable[Iterable[object]], name: str = "table.csv") -> Response:
    """The table as a file; `rows` may come as slowly as they like and are never held all at once."""
    # Without the mark a spreadsheet takes Cyrillic letters for those of another alphabet.
    response = Response(chain((_MARK_OF_UTF8,), lines(headings, rows)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def lines(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The lines of the table. None is an empty cell; several values are one, with semicolons between."""
    yield _line(headings)
    for row in rows:
        yield _line(row)


def _line(cells: Iterable[object]) -> str:
    written = io.StringIO()
    # With both signs in it, a cell that holds either is put into quotes (RFC 4180).
    csv.writer(written, lineterminator="\r\n").writerow(safe(cell) for cell in cells)
    return written.getvalue()


def safe(cell: object) -> object:
    """`cell` as a spreadsheet takes it for text and nothing else, whichever sign it cuts lines at."""
    if cell is None:
        return ""
    if isinstance(cell, tuple | list):
        return safe("; ".join(str(each) for each in cell))
    if not isinstance(cell, str):
        return cell
    neutral = _BEGINS.sub(lambda found: f"{found[1]}'", cell)
    return f"'{neutral}" if neutral.startswith(_STEERS) else neutral
