"""A list as a file to take along."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import Response

from portal.fields import csv_table
from portal.lists.listing import Listing
from vault import clock


def of(listing: Listing[Any], rows: Iterable[Any]) -> Response:
    """The rows with every column by its key and value: codes and not words, so that a file reads alike anywhere."""
    headings = [column.key for column in listing.in_file]
    lines = ([_plain(column.value(row)) for column in listing.in_file] for row in rows)
    return csv_table.download(headings, lines, f"{listing.key.replace('.', '-').replace('_', '-')}.csv")


def _plain(value: Any) -> Any:
    return clock.rfc3339(value) if isinstance(value, datetime) else value
