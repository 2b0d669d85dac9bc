"""The columns of a list: what a row is sorted by, how it reads on the page, and what stands in the file."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, NamedTuple, TypeVar

from portal.words.consent import day, minute

Row = TypeVar("Row")


class Chip(NamedTuple):
    """A word with a sign, as `components/answers.html` draws it."""

    kind: str
    words: Any


def _no_chips(_row: Any) -> Iterable[Chip]:
    return ()


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column.

    `value` is what the file holds. The page shows `text`, or else the value; `url` makes it a link, and `chips` follow
    it. A column may be only on the page (`in_file` is false) or only in the file (`on_page` is). The list is sorted by
    `order`, or else by the value: texts as the reader's language has them, nothing last.
    """

    key: str
    label: Any
    value: Callable[[Row], Any]
    text: Callable[[Row], Any] | None = None
    order: Callable[[Row], Any] | None = None
    url: Callable[[Row], str | None] | None = None
    chips: Callable[[Row], Iterable[Chip]] = _no_chips
    on_page: bool = True
    in_file: bool = True

    def placed_by(self, row: Row) -> Any:
        """What the row is sorted by."""
        return (self.order or self.value)(row)

    def shown(self, row: Row) -> Any:
        """What the page shows; several values are one, with semicolons between."""
        said = (self.text or self.value)(row)
        if isinstance(said, list | tuple):
            return "; ".join(str(each) for each in said)
        return "" if said is None else said


def coded(key: str, label: Any, value: Callable[[Row], Any], words: Mapping[Any, Any], **more: Any) -> Column[Row]:
    """A column of codes, which pages show and sort by their words. With `chips_of` (a kind by code) each is a chip."""
    chips_of: Mapping[Any, str] | None = more.pop("chips_of", None)

    def said(row: Row) -> Any:
        code = value(row)
        return None if code is None else words.get(code, code)

    if chips_of is None:
        return Column(key, label, value, text=said, order=said, **more)

    def chips(row: Row) -> Iterable[Chip]:
        return () if value(row) is None else (Chip(chips_of.get(value(row), "open"), said(row)),)

    return chipped(key, label, value, chips, order=said, **more)


def chipped(
    key: str, label: Any, value: Callable[[Row], Any], chips: Callable[[Row], Iterable[Chip]], **more: Any
) -> Column[Row]:
    """A column that pages show as chips alone."""
    return Column(key, label, value, text=lambda _row: None, chips=chips, **more)


def named(key: str, label: Any, value: Callable[[Row], Any], name: Callable[[Row], Any], **more: Any) -> Column[Row]:
    """A column that pages show, and sort by, a name of, while the file has the value."""
    return Column(key, label, value, text=name, order=name, **more)


def day_column(key: str, label: Any, value: Callable[[Row], date | datetime | None], **more: Any) -> Column[Row]:
    """A column of days."""
    return Column(key, label, value, text=lambda row: _said(value(row), day), **more)


def minute_column(key: str, label: Any, value: Callable[[Row], datetime | None], **more: Any) -> Column[Row]:
    """A column of moments."""
    return Column(key, label, value, text=lambda row: _said(value(row), minute), **more)


def _said(moment: Any, words: Callable[[Any], str]) -> str | None:
    return None if moment is None else words(moment)
