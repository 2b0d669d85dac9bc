"""The items of a request as consent stands now, as a list."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from consent.disclosure import check, marks
from consent.disclosure.check import Checked, Sorted
from consent.disclosure.requests import DisclosureRequest
from consent.ledger import stores
from portal.desks.disclosure import words
from portal.frame.transaction import db
from portal.lists import Chip, Column, Listing, Streamed, choice, coded, declare, text, within
from portal.lists.sources import First
from portal.words.consent import KIND_WORDS, language


class ItemRow:
    """An item of the list, with the name of its store and whether it may exonerate."""

    def __init__(self, checked: Checked, store: str) -> None:
        self.checked, self.store, self.may_exonerate = checked, store, False

    @property
    def reasons(self) -> list[str]:
        """Why it stands as it does, and what it lacks."""
        codes = (*self.checked.codes, self.checked.missing)
        return [str(words.REASON_WORDS[code]) for code in codes if code]


def _onward(row: ItemRow) -> str:
    return str(_("allowed") if row.checked.onward == "allowed" else _("not without asking"))


ITEMS: Listing[ItemRow] = declare(
    Listing(
        key="disclosure.items",
        title=lazy_gettext("Items"),
        page="disclosure.items.show",
        file="disclosure.items.export",
        columns=(
            Column("position", lazy_gettext("Place"), lambda row: row.checked.line.position, in_file=False),
            Column("store", lazy_gettext("Store"), lambda row: row.store),
            Column(
                "item",
                lazy_gettext("Item"),
                lambda row: row.checked.line.name,
                chips=lambda row: (Chip("need", _("may exonerate")),) if row.may_exonerate else (),
            ),
            coded("kind", lazy_gettext("Kind"), lambda row: row.checked.line.kind, KIND_WORDS, on_page=False),
            coded(
                "result",
                lazy_gettext("Result"),
                lambda row: row.checked.bucket.value,
                words.BUCKET_WORDS,
                chips_of=words.BUCKET_CHIPS,
            ),
            coded("obligation", lazy_gettext("Obligation"), lambda row: row.checked.identity, words.COPY_WORDS),
            Column("missing", lazy_gettext("Lacks"), lambda row: row.checked.missing, on_page=False),
            Column("onward", lazy_gettext("Passing on"), lambda row: row.checked.onward, text=_onward, order=_onward),
            Column(
                "reasons",
                lazy_gettext("Reasons"),
                lambda row: " ".join(row.checked.codes),
                text=lambda row: row.reasons,
                order=lambda row: row.reasons,
            ),
        ),
        order="position",
        named_by="item",
        filters=(
            text("find", lazy_gettext("Item"), within(lambda row: row.checked.line.name)),
            choice(
                "bucket", lazy_gettext("Result"), lambda: words.BUCKET_WORDS, lambda row, key: row.checked.bucket == key
            ),
        ),
        empty=lazy_gettext("No item is like that."),
        size=100,
    )
)


class CheckedItems(Streamed[ItemRow]):
    """The items of a request, decided as they are gone through; `found` is what that came to."""

    def __init__(self, request: DisclosureRequest, wanted: Mapping[str, Any]) -> None:
        self.found: Sorted | None = None
        self._request = request
        self._stores = {store.id: store.name for store in stores.listed(db)}
        super().__init__(ITEMS, wanted, language(), self._go_through)

    def _go_through(
        self, fits: Callable[[ItemRow], bool], first: First[ItemRow] | None, start: int, most: int
    ) -> tuple[Sequence[ItemRow], int]:
        picked: dict[str, Any] = {}
        if first is not None:
            picked["first"] = lambda items, count: [row.checked for row in first(map(self._row, items), count)]
        self.found = check.sort(
            db, self._request, show=lambda each: fits(self._row(each)), skip=start, limit=most, **picked
        )
        rows = [self._row(each) for each in self.found.shown]
        marked = marks.marked(db, [each.line.item_id for each in self.found.shown if each.line.item_id is not None])
        for row in rows:
            row.may_exonerate = row.checked.line.item_id in marked
        return rows, self.found.fitting

    def _row(self, each: Checked) -> ItemRow:
        return ItemRow(each, self._stores[each.line.store_id])
