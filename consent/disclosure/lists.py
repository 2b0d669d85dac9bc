"""The list of items of a request: pasted, read from a file, or the result of a query to a store."""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, String, UniqueConstraint, delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.disclosure.requests import DisclosureRequest, demand
from consent.ledger import stores
from consent.ledger.items import Item
from vault.columns import Clear, clear
from vault.database import Base
from vault.refusals import Refused

LONGEST = 50_000
_LONGEST_NAME = 200


class TooMany(Refused):
    """More items than one request may have."""


class NothingListed(Refused):
    """A list that names no item."""

    field = "text"


class BadLine(Exception):
    """A line that names no item; `number` says which."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class RequestItem(Base):
    """An item asked for, by the store's own name, whether or not the store has it."""

    __tablename__ = "request_items"
    __table_args__ = (UniqueConstraint("request_id", "store_id", "external_id"),)

    request_id: Mapped[str] = mapped_column(ForeignKey("disclosure_requests.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, info=clear(Clear.NUMBER))
    store_id: Mapped[str] = mapped_column(ForeignKey("stores.id"))
    external_id: Mapped[str] = mapped_column(String(_LONGEST_NAME), info=clear(Clear.ITEM_NAME))


@dataclass(frozen=True, slots=True)
class Named:
    """An item as a list names it."""

    store_id: str
    item: str


@dataclass(frozen=True, slots=True)
class Added:
    """What came of adding a list: how many were new, how many were on it already, and those no store knows."""

    new: int
    repeated: int
    unknown: tuple[str, ...]


def read(text: str, store: stores.Store, by_name: Mapping[str, stores.Store]) -> list[Named]:
    """The items that `text` names, a line each: ITEM in `store`, or STORE,ITEM (commas or semicolons, RFC 4180).

    A first line that says "item" is a heading. Empty lines are skipped.

    Raises:
        BadLine: a line with an unknown store, too many cells, or a name that is empty, over-long or no text.
        NothingListed: there is no line.
    """
    named: list[Named] = []
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=";" if ";" in text else ",")
    for number, row in enumerate(_lines(rows), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and cells[-1].casefold() == "item"):
            continue
        of = store if len(cells) == 1 else by_name.get(cells[0])
        if len(cells) > 2 or of is None or not 0 < len(cells[-1]) <= _LONGEST_NAME:
            raise BadLine(number)
        if not cells[-1].isprintable():
            raise BadLine(number)
        named.append(Named(of.id, cells[-1]))
    if not named:
        raise NothingListed
    return named


def _lines(rows: Any) -> Iterator[list[str]]:
    try:
        yield from rows
    except csv.Error as error:
        raise BadLine(rows.line_num) from error


def add(session: Session, request: DisclosureRequest, named: Iterable[Named]) -> Added:
    """Add items to the list of a request that is open; one that is on it stays where it is.

    Raises:
        WrongState: the list can no longer be changed.
        TooMany: the list would become longer than `LONGEST`. Nothing is written.
    """
    demand(session, request, "list")
    present = set(
        session.execute(
            select(RequestItem.store_id, RequestItem.external_id).where(RequestItem.request_id == request.id)
        )
    )
    wanted = [(each.store_id, each.item) for each in named]
    new = [key for key in dict.fromkeys(wanted) if key not in present]
    if len(present) + len(new) > LONGEST:
        raise TooMany(len(present) + len(new))
    last = _last_position(session, request)
    rows = [
        {"request_id": request.id, "position": position, "store_id": store_id, "external_id": item}
        for position, (store_id, item) in enumerate(new, start=last + 1)
    ]
    if rows:
        session.execute(insert(RequestItem), rows)
    return Added(len(new), len(wanted) - len(new), tuple(unknown(session, request, after=last)))


def by_query(session: Session, store: stores.Store, kinds: Collection[str]) -> list[Named]:
    """The registered items of a store that are of one of `kinds`, in the order of their registration.

    Raises:
        TooMany: more than a request may have.
    """
    query = select(Item.external_id).where(Item.store_id == store.id, Item.registered.is_(True), Item.kind.in_(kinds))
    found = session.scalars(query.order_by(Item.id).limit(LONGEST + 1)).all()
    if len(found) > LONGEST:
        raise TooMany(len(found))
    return [Named(store.id, name) for name in found]


def empty(session: Session, request: DisclosureRequest) -> None:
    """Take every item off the list of a request that is open.

    Raises:
        WrongState: the list can no longer be changed.
    """
    demand(session, request, "list")
    session.execute(delete(RequestItem).where(RequestItem.request_id == request.id))


def unknown(session: Session, request: DisclosureRequest, after: int = 0) -> list[str]:
    """The names on the list, of those after a position, that their store has not registered."""
    query = (
        select(RequestItem.external_id)
        .outerjoin(Item, _same_item())
        .where(
            RequestItem.request_id == request.id,
            RequestItem.position > after,
            Item.id.is_(None) | Item.registered.is_(False),
        )
    )
    return list(session.scalars(query.order_by(RequestItem.position)))


def length(session: Session, request: DisclosureRequest) -> int:
    """How many items are asked for."""
    return session.scalar(select(func.count()).where(RequestItem.request_id == request.id)) or 0


def lengths(session: Session) -> dict[str, int]:
    """How many items each request asks for; those that ask for none are left out."""
    counted = select(RequestItem.request_id, func.count()).group_by(RequestItem.request_id)
    found = {}
    for request_id, number in session.execute(counted):
        found[request_id] = number
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list as its item stands now; `item_id` None where the store does not know it."""

    position: int
    store_id: str
    name: str
    item_id: int | None
    kind: str | None
    sha256: str | None


def lines(session: Session, request_id: str, part: int) -> Iterator[Sequence[Line]]:
    """The list in parts of `part` lines, in order."""
    after = 0
    query = (
        select(
            RequestItem.position,
            RequestItem.store_id,
            RequestItem.external_id,
            Item.id,
            Item.kind,
            Item.sha256,
        )
        .outerjoin(Item, _same_item())
        .where(RequestItem.request_id == request_id)
        .order_by(RequestItem.position)
        .limit(part)
    )
    while found := [Line(*row) for row in session.execute(query.where(RequestItem.position > after))]:
        yield found
        after = found[-1].position


def _same_item() -> ColumnElement[bool]:
    return (Item.store_id == RequestItem.store_id) & (Item.external_id == RequestItem.external_id)


def _last_position(session: Session, request: DisclosureRequest) -> int:
    return session.scalar(select(func.max(RequestItem.position)).where(RequestItem.request_id == request.id)) or 0
