"""A list as it is asked for: the rows of a page with their order, or the whole of it as a file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast
from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.frame import saved
from portal.frame.transaction import db
from portal.lists import files
from portal.lists.asking import Asking
from portal.lists.choosing import Choosing
from portal.lists.columns import Column
from portal.lists.listing import FILE, Listing
from portal.lists.sources import InMemory, Sort, Source
from portal.words.consent import language

Row = TypeVar("Row")
RowsOf = Callable[[Mapping[str, Any]], Iterable[Row] | Source[Row]]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading: its words, where it leads, and how the list is sorted by it now, if it is."""

    label: Any
    url: str
    order: str


@dataclass
class Found(Generic[Row]):
    """What was found of a list. `rows` are those that are shown: none where the address asks for what it cannot."""

    listing: Listing[Row]
    form: Asking
    rows: Sequence[Row]
    total: int
    choosing: Choosing
    source: Source[Row] | None = None

    def page(self, template: str, status: int | None = None, **context: Any) -> ResponseReturnValue:
        """The page of the list. The template has it as `found`, and draws it with `components/list.html`."""
        if request.args.get(FILE) == "csv":
            return redirect(self.file_url)
        shown = render_template(template, **{"form": self, **context}, found=self)
        return shown, status or (422 if self.errors else 200)

    def file(self) -> ResponseReturnValue:
        """The whole of it as a file; an address that asks for what it cannot leads to the page, which says so."""
        if self.form.errors:
            return redirect(f"{self._url()}?{urlencode([*request.args.items(multi=True)])}")
        return files.of(self.listing, self.rows)

    @property
    def every(self) -> Sequence[Row]:
        """All that the address asks for, and not only this page of it."""
        return () if self.source is None else self.source.part(self.form.in_order, 0, None)[0]

    @property
    def is_chosen(self) -> bool:
        """Whether rows of the page are chosen, and an act of the list with them."""
        return not self.form.errors and self.choosing.validate()

    @property
    def chosen(self) -> Sequence[str]:
        """What the chosen rows go by."""
        return self.choosing.chosen.data or ()

    @property
    def act(self) -> str:
        """The act that was chosen."""
        return self.choosing.act.data or ""

    @property
    def errors(self) -> Mapping[str, Any]:
        """What is wrong with the address, or with what was chosen."""
        return {**self.form.errors, **self.choosing.errors}

    @property
    def summary(self) -> list[tuple[str, str]]:
        """The same as `Form.summary` has it."""
        return [*self.form.summary, *self.choosing.summary]

    @property
    def first(self) -> int:
        """The number of the first row that is shown."""
        return (self.form.number - 1) * self.listing.size + 1

    @property
    def last(self) -> int:
        """The number of the last row that is shown."""
        return self.first + len(self.rows) - 1

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(-(-self.total // self.listing.size), 1)

    @property
    def headings(self) -> list[Heading]:
        """The headings in order; a second choice of the same turns the list round."""
        return [self._heading(column) for column in self.listing.on_page]

    def _heading(self, column: Column[Row]) -> Heading:
        now = Sort.read(self.listing.order) if self.form.errors else self.form.in_order
        if now.key != column.key:
            return Heading(column.label, self._page_url(sort=column.key, page=None), "")
        turned = Sort(column.key, not now.descending)
        order = "descending" if now.descending else "ascending"
        return Heading(column.label, self._page_url(sort=str(turned), page=None), order)

    @property
    def previous(self) -> str | None:
        """The address of the page before."""
        return self._page_url(page=self.form.number - 1) if self.rows and self.form.number > 1 else None

    @property
    def next(self) -> str | None:
        """The address of the page after."""
        more = self.rows and self.form.number < self.pages
        return self._page_url(page=self.form.number + 1) if more else None

    @property
    def all_url(self) -> str:
        """The address of the list as it usually is."""
        return self._url()

    @property
    def file_url(self) -> str:
        """The address of the file of the same selection."""
        return url_for(self.listing.file, **self._arguments, **self.form.address(page=None))

    @property
    def acts_url(self) -> str:
        """Where what is done with chosen rows is sent, with the selection that it was chosen from."""
        return url_for(self.listing.acts_at, **self._arguments, **self.form.address())

    @property
    def back_url(self) -> str:
        """The address of the same selection."""
        return self._page_url()

    @property
    def keep_url(self) -> str | None:
        """Where this selection is given a name; None for a list within one record, which goes by no name."""
        return None if self._arguments else url_for("lists.keep", key=self.listing.key, **self.form.address(page=None))

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The selections of this list that the account has given a name: the name and the address of each."""
        found = saved.of_account(db, current_user.account.id, self.listing.key)
        return [(each.name, f"{self._url()}?{each.query}") for each in found] if not self._arguments else []

    def key_of(self, row: Row) -> str:
        """What a row is chosen by."""
        return self.listing.row_key(row) if self.listing.row_key else ""

    def _page_url(self, **instead: Any) -> str:
        return self._url(**self.form.address(**instead))

    def _url(self, **said: Any) -> str:
        return url_for(self.listing.page, **self._arguments, **said)

    @property
    def _arguments(self) -> dict[str, Any]:
        return request.view_args or {}


def find(listing: Listing[Row], rows_of: RowsOf[Row]) -> Found[Row]:
    """The page of a list that the address asks for. `rows_of` gets the filters' values, and is not called for an
    address that asks for what the list does not know."""
    return _found(listing, rows_of, is_whole=False)


def find_all(listing: Listing[Row], rows_of: RowsOf[Row]) -> Found[Row]:
    """The same without pages, for its file."""
    return _found(listing, rows_of, is_whole=True)


def _found(listing: Listing[Row], rows_of: RowsOf[Row], *, is_whole: bool) -> Found[Row]:
    form = Asking.of(listing)
    if not form.validate():
        return Found(listing, form, (), 0, Choosing.of(listing, ()))
    found = rows_of(form.wanted)
    source: Source[Row] = (
        cast("Source[Row]", found) if hasattr(found, "part") else InMemory(listing, found, form.wanted, language())
    )
    start = 0 if is_whole else (form.number - 1) * listing.size
    rows, total = source.part(form.in_order, start, None if is_whole else listing.size)
    if start and not rows:
        last = max(-(-total // listing.size), 1)
        form.page.errors = [_("There is no such page: the last one is %(number)s", number=last)]
    return Found(listing, form, rows, total, Choosing.of(listing, () if is_whole else rows), source)
