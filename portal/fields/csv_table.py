"""A table to take along: CSV, a line at a time, with nothing in it that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Iterator

from flask import Response

_RUNS = ("=", "+", "-", "@", "\t", "\r")


def download(headings: Iterable[str], rows: Iterable[Iterable[object]], name: str = "table.csv") -> Response:
    """The table as a file; `rows` may come as slowly as they like and are never held all at once."""
    response = Response(lines(headings, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def lines(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The lines of the table. None is an empty cell; several values are one, with semicolons between."""
    yield _line(headings)
    for row in rows:
        yield _line(row)


def _line(cells: Iterable[object]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(safe(cell) for cell in cells)
    return written.getvalue()


def safe(cell: object) -> object:
    """`cell` as a spreadsheet takes it for text and nothing else."""
    if cell is None:
        return ""
    if isinstance(cell, tuple | list):
        return safe("; ".join(str(each) for each in cell))
    # A cell that begins like a formula would be one to a spreadsheet.
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RUNS) else cell
