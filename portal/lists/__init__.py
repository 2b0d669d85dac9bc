"""A list of records, built once: sorted, filtered by its address, paged, acted on, kept under a name, taken along."""

from portal.lists.columns import Chip, Column, chipped, coded, day_column, minute_column, named
from portal.lists.filters import Filter, choice, days, text, within
from portal.lists.finding import Found, find, find_all
from portal.lists.listing import Act, Listing, declare
from portal.lists.sources import OfQuery, Sort, Source, Streamed, ranked

__all__ = [
    "Act", "Chip", "Column", "Filter", "Found", "Listing", "OfQuery", "Sort", "Source", "Streamed",
    "chipped", "choice", "coded", "day_column", "days", "declare", "find", "find_all", "minute_column", "named",
    "ranked", "text", "within",
]  # fmt: skip
