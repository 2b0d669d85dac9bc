"""What a list declares of itself, and all lists that are declared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from portal.lists.columns import Column
from portal.lists.filters import Filter

Row = TypeVar("Row")

# What an address of a list says beside its filters.
SORT, PAGE = "sort", "page"
# The name that a list's file was once asked for by.
FILE = "as"


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done with the rows that are chosen: its code, and the words on its button."""

    key: str
    label: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[Row]):
    """A list of records of a desk.

    `page` and `file` are the endpoints of its page and its file. `key` is kept with selections that were given a name:
    it never changes, nor do the keys of columns and the names of filters, which stand in addresses. `named_by` is the
    column that names a row, where it is not the first. `order` is the key of a column, with a minus before it for the
    other way round. Where there are `acts`, `acts_at` is the endpoint that does them, and `row_key` what a row is
    chosen by.
    """

    key: str
    title: Any
    page: str
    file: str
    columns: tuple[Column[Row], ...]
    order: str
    filters: tuple[Filter[Row], ...] = ()
    named_by: str = ""
    empty: Any = None
    size: int = 50
    acts: tuple[Act, ...] = ()
    acts_at: str = ""
    row_key: Callable[[Row], str] | None = None

    def names(self, column: Column[Row]) -> bool:
        """Whether a column says what the row is."""
        return column.key == (self.named_by or self.on_page[0].key)

    @property
    def on_page(self) -> tuple[Column[Row], ...]:
        """The columns that the page has."""
        return tuple(column for column in self.columns if column.on_page)

    @property
    def in_file(self) -> tuple[Column[Row], ...]:
        """The columns that the file has."""
        return tuple(column for column in self.columns if column.in_file)

    def column(self, key: str) -> Column[Row]:
        """The column with a key.

        Raises:
            KeyError: it has none.
        """
        return {column.key: column for column in self.columns}[key]


class BadListing(ValueError):
    """Two lists have one key, a list has one name for two things, or its order is that of no column of its page."""


_declared: dict[str, Listing[Any]] = {}


def declare(listing: Listing[Row]) -> Listing[Row]:
    """Make a list known by its key.

    Raises:
        BadListing: the key is another list's, two columns or filters have one name, or the order is of no column.
    """
    columns = [column.key for column in listing.columns]
    names = [SORT, PAGE, FILE, *(each.name for each in listing.filters)]
    if listing.key in _declared or len({*columns}) < len(columns) or len({*names}) < len(names):
        raise BadListing(listing.key)
    if listing.order.removeprefix("-") not in {column.key for column in listing.on_page}:
        raise BadListing(listing.key)
    _declared[listing.key] = listing
    return listing


def declared() -> Mapping[str, Listing[Any]]:
    """Every list by its key."""
    return _declared
