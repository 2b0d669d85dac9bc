"""The status feed: per store dense from 1, written with its cause, chained over salted commitments."""

import base64
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ForeignKey, Index, LargeBinary, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent import rules
from consent.ledger import answers, stores
from consent.ledger.revisions import Moment
from consent.proofs import commit, link
from consent.rules import ReasonCode
from vault import clock
from vault.canonical import canonical
from vault.columns import Blind, Clear, Owner, blind, sealed_to
from vault.database import Base, keyring
from vault.keys import KeyDestroyed
from vault.types import BigKey, Id, Instant

_SALT = 16
EVERY_SCOPE = ""
NOBODY = "-"  # an empty list would be no condition at all

# By person: the scopes (or EVERY_SCOPE) on which their standing changed, and whether something stopped there.
Concerned: TypeAlias = Mapping[str, Mapping[str, bool]]


class FeedRow(Base):
    """One change as one store sees it. Append-only.

    A change of a person's answer is sealed under the person's key, so that it replays as a tombstone once they
    are erased; the rest (items, catalogue, erasure itself) names nobody but the store's own pseudonyms.
    """

    __tablename__ = "feed"
    __table_args__ = (Index("ix_feed_stops", "store_id", "stops", "cursor"),)

    store_id: Mapped[str] = mapped_column(ForeignKey("stores.id"), primary_key=True)
    cursor: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigKey)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    subject_id: Mapped[str | None] = mapped_column(Id, index=True)
    item_id: Mapped[int | None] = mapped_column(BigKey)
    stops: Mapped[bool]
    content: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.PERSON, otherwise=Clear.TOLD_STORE))
    commitment: Mapped[bytes] = mapped_column(LargeBinary, info=blind(Blind.SALTED))
    chain: Mapped[bytes] = mapped_column(LargeBinary, info=blind(Blind.SALTED))


@dataclass(frozen=True, slots=True)
class Change:
    """A change before it has its cursor. `sealed_for` names the person under whose key it is sealed."""

    content: dict[str, Any]
    sealed_for: str | None = None
    item_id: int | None = None
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A change as read back; `content` None where it concerned somebody who was erased."""

    cursor: int
    revision: int
    subject_id: str | None
    item_id: int | None
    content: dict[str, Any] | None
    salt: bytes | None
    commitment: bytes


def append(session: Session, store: stores.Store, changes: Iterable[Change], moment: Moment) -> int:
    """Add `changes` to the feed of `store`, in order, and answer its new head.

    The caller holds the ledger's lock (`revisions.open_moment`), so cursors are dense and in commit order.
    """
    head = session.execute(select(stores.Store.cursor, stores.Store.chain).where(stores.Store.id == store.id)).one()
    cursor, chain = head.cursor, head.chain
    rows = []
    for change in changes:
        cursor += 1
        salt = os.urandom(_SALT)
        commitment = commit(salt, change.content)
        chain = link(chain, cursor, commitment)
        rows.append(
            {
                "store_id": store.id,
                "cursor": cursor,
                "revision": moment.revision,
                "recorded_at": moment.recorded_at,
                "subject_id": change.sealed_for,
                "item_id": change.item_id,
                "stops": change.stops,
                "content": _closed(session, store.id, cursor, salt, change),
                "commitment": commitment,
                "chain": chain,
            }
        )
    if rows:
        session.execute(insert(FeedRow), rows)
        stores.advance(session, store, cursor, chain)
    return int(cursor)


def _closed(session: Session, store_id: str, cursor: int, salt: bytes, change: Change) -> bytes:
    opened = canonical({"change": change.content, "salt": base64.b64encode(salt).decode()})
    if change.sealed_for is None:
        return opened
    return keyring(session).seal(change.sealed_for, f"feed.content:{store_id}:{cursor}", opened)


def opened(session: Session, row: FeedRow) -> tuple[bytes, dict[str, Any]] | None:
    """The salt and the content of a row; None where the person was erased.

    Raises:
        vault.sealing.Unreadable, vault.keys.KeyUnknown: the row was altered.
    """
    content = row.content
    if row.subject_id is not None:
        try:
            content = keyring(session).unseal(row.subject_id, f"feed.content:{row.store_id}:{row.cursor}", row.content)
        except KeyDestroyed:
            return None
    inside = json.loads(content)
    return base64.b64decode(inside["salt"]), inside["change"]


def read(session: Session, store_id: str, after: int, limit: int) -> list[Entry]:
    """Up to `limit` entries after a cursor, oldest first."""
    query = select(FeedRow).where(FeedRow.store_id == store_id, FeedRow.cursor > after)
    rows = list(session.scalars(query.order_by(FeedRow.cursor).limit(limit)))
    keyring(session).fetch(row.subject_id for row in rows if row.subject_id is not None)
    entries = []
    for row in rows:
        found = opened(session, row)
        salt, content = (None, None) if found is None else (found[0], {"cursor": row.cursor, **found[1]})
        entries.append(Entry(row.cursor, row.revision, row.subject_id, row.item_id, content, salt, row.commitment))
    return entries


def chain_at(session: Session, store_id: str, cursor: int) -> bytes:
    """The feed's chain at a cursor that it has reached; 32 zero bytes at 0."""
    if cursor == 0:
        return bytes(32)
    query = select(FeedRow.chain).where(FeedRow.store_id == store_id, FeedRow.cursor == cursor)
    return session.execute(query).scalar_one()


def publish(session: Session, concerned: Concerned, folded: answers.Folded, moment: Moment) -> None:
    """Tell every store that knows them of the changed answers of some people: a row per person, scope and store."""
    known_in: dict[str, list[stores.StoreSubject]] = {}
    for known in stores.knowing(session, concerned):
        known_in.setdefault(known.store_id, []).append(known)
    for store in stores.listed(session) if known_in else []:
        changes = []
        for known in known_in.get(store.id, ()):
            scopes = concerned[known.subject_id]
            for scope in store.scopes:
                stops = scopes.get(scope, scopes.get(EVERY_SCOPE))
                if stops is not None:
                    changes.append(answer_change(known.subject_id, known.pseudonym, scope, folded, moment, stops=stops))
        append(session, store, changes, moment)


def standing_answers(
    store: stores.Store, subject_id: str, pseudonym: str, folded: answers.Folded, moment: Moment
) -> list[Change]:
    """Where a person newly known to `store` stands, for every scope on which there is something to say."""
    return [
        answer_change(subject_id, pseudonym, scope, folded, moment)
        for scope in store.scopes
        if answers.standing(folded, subject_id, scope, moment.recorded_at).code is not None
    ]


def answer_change(
    subject_id: str,
    pseudonym: str,
    scope: str,
    folded: answers.Folded,
    moment: Moment,
    *,
    stops: bool = False,
) -> Change:
    """A change of kind "answer": where a person stands on a scope, in the words of the store protocol."""
    position = answers.standing(folded, subject_id, scope, moment.recorded_at)
    row = folded.answers.get((subject_id, scope, ""))
    effective_at = row.effective_at if row and position.answer else moment.recorded_at
    return Change(
        {
            "kind": "answer",
            "subject": pseudonym,
            "scope": scope,
            "code": position.code or ReasonCode.NO_CONSENT,
            "answer": answer_for_store(position.answer, row) if position.code in answers.PERMITTING else None,
            "effective_at": clock.to_the_minute(effective_at),
            "recorded_at": clock.to_the_minute(moment.recorded_at),
        },
        sealed_for=None if position.code == ReasonCode.ERASED else subject_id,
        stops=stops,
    )


def answer_for_store(answer: rules.Answer | None, row: answers.AnswerRow | None) -> dict[str, Any] | None:
    """An answer with its conditions, as a replica needs them.

    A scope for one partner comes with that partner as its only recipient, and a guardian's consent ends at the
    person's majority.
    """
    if answer is None or row is None:
        return None
    only = list(answer.only_recipients)
    if answer.partners is not None:
        only = [partner for partner in answer.partners if not only or partner in only] or [NOBODY]
    said_until = row.conditions.get("valid_until")
    valid_until = clock.plain_validity(said_until) if said_until else None
    if answer.majority_at is not None and (answer.ends_at is None or answer.majority_at < answer.ends_at):
        valid_until = clock.rfc3339(answer.majority_at)
    return {
        "answer": answer.code,
        "identity": answer.identity,
        "only_recipients": only,
        "except_recipients": list(answer.except_recipients),
        "except_kinds": list(answer.except_kinds),
        "onward": answer.onward,
        "valid_until": valid_until,
        "review_on": row.conditions.get("review_on"),
    }


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """What one person stopped at one revision, and one store has not acknowledged yet."""

    store: stores.Store
    subject_id: str | None
    revision: int
    recorded_at: datetime
    scopes: int


def unconfirmed(session: Session) -> list[Unconfirmed]:
    """Every stop that some store has not confirmed, oldest first."""
    found: list[Unconfirmed] = []
    for store in stores.listed(session):
        query = (
            select(FeedRow.subject_id, FeedRow.revision, func.min(FeedRow.recorded_at), func.count())
            .where(
                FeedRow.store_id == store.id,
                FeedRow.stops.is_(True),
                FeedRow.cursor > stores.acknowledged(session, store.id),
            )
            .group_by(FeedRow.subject_id, FeedRow.revision)
        )
        found.extend(Unconfirmed(store, *row) for row in session.execute(query))
    return sorted(found, key=lambda late: (late.recorded_at, late.revision))


@dataclass(frozen=True, slots=True)
class Told:
    """What one store knows of a revision: told at its commit, confirmed or not yet."""

    store: stores.Store
    recorded_at: datetime
    confirmed_at: datetime | None


def told_of(session: Session, subject_id: str, revision: int) -> list[Told]:
    """The stores that were told of a person's changes at `revision`, in a stable order, and when each confirmed."""
    last = (
        select(FeedRow.store_id, func.max(FeedRow.cursor), func.max(FeedRow.recorded_at))
        .where(FeedRow.subject_id == subject_id, FeedRow.revision == revision)
        .group_by(FeedRow.store_id)
    )
    by_id = {store.id: store for store in stores.listed(session)}
    return sorted(
        (
            Told(by_id[store_id], recorded_at, stores.confirmed_at(session, store_id, cursor))
            for store_id, cursor, recorded_at in session.execute(last)
        ),
        key=lambda told: told.store.created_at,
    )
