"""Reading the rows of a CSV file, or of the first sheet of an XLSX file, as text."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

_LITERAL = r'(?:"[^"]*"|\\.|[-/ ()])*'
_WHOLE = re.compile(rf"({_LITERAL})([#0]+)({_LITERAL})")


class Unreadable(Exception):
    """The file as a whole cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was in the file, and its number there (the header is row 1)."""

    number: int
    cells: tuple[str, ...]


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of the file at `path`: UTF-8 with commas or semicolons (RFC 4180), or XLSX by its name's ending.

    Raises:
        Unreadable: on the way, where the file stops being such a file.
    """
    if path.suffix.lower() == ".xlsx":
        return _xlsx_rows(path)
    return _csv_rows(path)


def _csv_rows(path: Path) -> Iterator[Row]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"not a UTF-8 file: {error}") from error
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for cells in reader:
            number += 1
            if cells:
                yield Row(number, tuple(cells))
    except csv.Error as error:
        raise Unreadable(f"row {number + 1}: {error}") from error


def _xlsx_rows(path: Path) -> Iterator[Row]:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows: Iterable[tuple[Any, ...]] = sheet.iter_rows()
        width = None
        for number, row in enumerate(rows, start=1):
            cells = tuple(_shown(cell.value, cell.number_format) for cell in row)
            if width is None:
                width = max((place + 1 for place, cell in enumerate(cells) if cell), default=0)
            yield Row(number, cells[:width] if not any(cells[width:]) else cells)
    except Exception as error:  # the reader raises whatever its parser met
        raise Unreadable(f"not an XLSX file that can be read: {error}") from error


def _shown(value: Any, number_format: str | None) -> str:
    """A cell as its sheet shows it: a whole number keeps the zeros and the letters that its format puts before it."""
    text = _cell(value)
    shape = _WHOLE.fullmatch((number_format or "").partition(";")[0])
    if shape is None or isinstance(value, str) or not text.isdecimal():
        return text
    before, digits, after = shape.groups()
    return _literal(before) + text.zfill(digits.count("0")) + _literal(after)


def _literal(part: str) -> str:
    return re.sub(r'"([^"]*)"|\\(.)', lambda found: found[1] or found[2] or "", part)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == value.time().min else value.isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
