"""Selections of lists that staff have given a name, each for themselves."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from sqlalchemy import ColumnElement, ForeignKey, LargeBinary, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.columns import Blind, Clear, Owner, blind, clear, sealed_to
from vault.database import Base, insert, keyring
from vault.keys import HOUSE
from vault.types import Instant

# More are not found again.
MOST = 30


class SavedList(Base):
    """A selection of a list under a name. Name and filters are sealed: somebody's number may stand in both.

    It goes by the blind index of account, list and name: a name is there once, however often it is kept.
    """

    __tablename__ = "saved_lists"

    name_index: Mapped[str] = mapped_column(String(64), primary_key=True, info=blind(Blind.KEYED))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    listing: Mapped[str] = mapped_column(String(60), info=clear(Clear.CODE))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.HOUSE))
    kept_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Kept:
    """A selection: what it goes by, its name, and what stands behind the question mark of its address."""

    id: str
    name: str
    query: str


class TooMany(Exception):
    """The account keeps as many selections of this list as it may."""


def keep(session: Session, account_id: str, listing: str, name: str, query: str) -> None:
    """Keep a selection under a name; one that the account has under this name already is replaced.

    Raises:
        TooMany: the account keeps `MOST` under other names.
    """
    index = keyring(session).blind_index("saved_lists", "\x00".join((account_id, listing, name.casefold())))
    others = select(func.count()).where(*_of(account_id, listing), SavedList.name_index != index)
    if (session.scalar(others) or 0) >= MOST:
        raise TooMany
    content = json.dumps({"name": name, "query": query}).encode()
    values = {"sealed": keyring(session).seal(HOUSE, _place(index), content), "kept_at": clock.now()}
    new = insert(session)(SavedList).values(name_index=index, account_id=account_id, listing=listing, **values)
    session.connection().execute(new.on_conflict_do_update(index_elements=[SavedList.name_index], set_=values))


def of_account(session: Session, account_id: str, listing: str) -> Sequence[Kept]:
    """The selections of a list that an account keeps, the earliest first."""
    query = select(SavedList).where(*_of(account_id, listing)).order_by(SavedList.kept_at, SavedList.name_index)
    return [Kept(row.name_index, **_opened(session, row)) for row in session.scalars(query)]


def remove(session: Session, account_id: str, kept_id: str) -> str | None:
    """Remove a selection of an account; of which list it was, None where it is not there."""
    gone = delete(SavedList).where(SavedList.account_id == account_id, SavedList.name_index == kept_id)
    listing: str | None = session.scalar(gone.returning(SavedList.listing))
    return listing


def remove_naming(session: Session, names: Iterable[str]) -> None:
    """Remove every selection that names somebody who is erased, by a code or a number."""
    wanted = [name.casefold() for name in names if name]
    for row in session.scalars(select(SavedList)):
        said = f"{(kept := _opened(session, row))['name']} {unquote_plus(kept['query'])}".casefold()
        if any(name in said for name in wanted):
            session.delete(row)
    session.flush()


def _of(account_id: str, listing: str) -> tuple[ColumnElement[bool], ...]:
    return SavedList.account_id == account_id, SavedList.listing == listing


def _opened(session: Session, row: SavedList) -> dict[str, str]:
    opened: dict[str, str] = json.loads(keyring(session).unseal(HOUSE, _place(row.name_index), row.sealed))
    return opened


def _place(index: str) -> str:
    return f"saved_lists.sealed:{index}"
