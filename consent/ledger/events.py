"""Consent events: canonical fields, a salt and a commitment for each, the payload sealed under the person's key."""

import base64
import hashlib
import json
import os
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger.revisions import Moment
from consent.proofs import EVENT_FIELDS, event_leaf, field_commitment
from vault import clock
from vault.canonical import canonical
from vault.columns import Blind, Owner, blind, sealed_to
from vault.database import Base, keyring, new_id
from vault.keys import HOUSE
from vault.types import BigKey, Id, Instant

_SALT = 16


class Kind(StrEnum):
    """What happened. `registered`, `catalogue_changed`, `disclosed` and `audit_sealed` belong to no person."""

    GIVEN = "given"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    ASKED = "asked"
    ANSWERED = "answered"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    INVALIDATED = "invalidated"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    RESTRICTED = "restricted"
    RESTRICTION_LIFTED = "restriction_lifted"
    OBJECTED = "objected"
    OBJECTION_SETTLED = "objection_settled"
    ERASURE_REQUESTED = "erasure_requested"
    ERASURE_CANCELLED = "erasure_cancelled"
    ERASED = "erased"
    HELD = "held"
    HOLD_LIFTED = "hold_lifted"
    REGISTERED = "registered"
    CATALOGUE_CHANGED = "catalogue_changed"
    RIGHTS_REQUEST = "rights_request"
    AUDIT_SEALED = "audit_sealed"
    DISCLOSED = "disclosed"


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before it is recorded. `effective_at` None: the moment at which it is recorded."""

    kind: Kind
    subject_id: str | None = None
    scope: str | None = None
    context: str = ""
    effective_at: datetime | None = None
    author: str = "system"
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """A recorded event, readable."""

    id: str
    position: int
    revision: int
    recorded_at: datetime
    subject_id: str | None
    kind: Kind
    scope: str | None
    context: str
    effective_at: datetime
    author: str
    body: dict[str, Any]


class EventRow(Base):
    """An event as stored: nothing personal in clear. Append-only."""

    __tablename__ = "events"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(Id, unique=True)
    revision: Mapped[int] = mapped_column(BigKey, index=True)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    subject_id: Mapped[str | None] = mapped_column(Id, index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.PERSON, Owner.HOUSE))
    commitments: Mapped[bytes] = mapped_column(LargeBinary, info=blind(Blind.SALTED))
    leaf: Mapped[bytes] = mapped_column(LargeBinary, info=blind(Blind.SALTED))


class Altered(Exception):
    """A stored event does not match its own commitments."""


def seal(session: Session, draft: Draft, moment: Moment) -> tuple[Event, dict[str, Any]]:
    """The event that `draft` becomes at `moment`, and its row, taking the next position."""
    moment.position += 1
    event = Event(
        id=new_id(),
        position=moment.position,
        revision=moment.revision,
        recorded_at=moment.recorded_at,
        subject_id=draft.subject_id,
        kind=draft.kind,
        scope=draft.scope,
        context=draft.context,
        effective_at=draft.effective_at or moment.recorded_at,
        author=draft.author,
        body=draft.body,
    )
    fields = _fields(event)
    salts = os.urandom(_SALT * len(EVENT_FIELDS))
    plaintext = canonical({"fields": fields, "salts": base64.b64encode(salts).decode()})
    sealed = keyring(session).seal(draft.subject_id or HOUSE, _place(event.id), plaintext)
    commitments = _commitments(fields, salts)
    row: dict[str, Any] = {
        "position": event.position,
        "id": event.id,
        "revision": event.revision,
        "recorded_at": event.recorded_at,
        "subject_id": event.subject_id,
        "sealed": sealed,
        "commitments": commitments,
    }
    row["leaf"] = leaf(**row)
    return event, row


def unseal(session: Session, row: EventRow) -> Event:
    """The event stored in `row`.

    Raises:
        vault.keys.KeyDestroyed: the person was erased; the question into that past answers `erased`.
        Altered: the row does not match its commitments.
    """
    return _event(row, _opened(session, row)[0])


def _opened(session: Session, row: EventRow) -> tuple[dict[str, Any], bytes]:
    content = json.loads(keyring(session).unseal(row.subject_id or HOUSE, _place(row.id), row.sealed))
    fields, salts = content["fields"], base64.b64decode(content["salts"])
    if _commitments(fields, salts) != row.commitments:
        raise Altered(row.id)
    return fields, salts


def _event(row: EventRow, fields: dict[str, Any]) -> Event:
    return Event(
        id=row.id,
        position=row.position,
        revision=row.revision,
        recorded_at=row.recorded_at,
        subject_id=row.subject_id,
        kind=Kind(fields["kind"]),
        scope=fields["scope"],
        context=fields["context"],
        effective_at=clock.parse_instant(fields["effective_at"]),
        author=fields["author"],
        body=fields["body"],
    )


def shown(session: Session, row: EventRow, hidden: Collection[str] = ()) -> dict[str, Any]:
    """The event in `row` as a proof shows it: each field with its salt, one of `hidden` by its commitment alone.

    `consent.proofs.leaf_of_shown` leads from it to the leaf in the log.

    Raises:
        vault.keys.KeyDestroyed, Altered: as `unseal`.
    """
    fields, salts = _opened(session, row)
    by_name = {}
    for place, name in enumerate(EVENT_FIELDS):
        salt = salts[place * _SALT : (place + 1) * _SALT]
        by_name[name] = (
            {"commitment": field_commitment(salt, name, fields[name]).hex()}
            if name in hidden
            else {"salt": base64.b64encode(salt).decode(), "value": fields[name]}
        )
    return {
        "id": row.id,
        "position": row.position,
        "revision": row.revision,
        "recorded_at": clock.rfc3339(row.recorded_at),
        "owner": _owner(row.id, row.subject_id),
        "sealed": hashlib.sha256(row.sealed).hexdigest(),
        "fields": by_name,
    }


def leaf(
    *,
    position: int,
    id: str,
    revision: int,
    recorded_at: datetime,
    subject_id: str | None,
    sealed: bytes,
    commitments: bytes,
) -> bytes:
    """The leaf hash of an event (RFC 9162 2.1.1: SHA-256 over 0x00 and the leaf's canonical bytes).

    It commits to the fields through their salted commitments, to the digest of the ciphertext, and to whose
    event it is through the random event id; so a changed row shows even after the person's key is gone.
    """
    return event_leaf(
        position=position,
        id=id,
        revision=revision,
        recorded_at=clock.rfc3339(recorded_at),
        owner=_owner(id, subject_id),
        sealed=hashlib.sha256(sealed).hexdigest(),
        commitments=commitments.hex(),
    )


def _owner(event_id: str, subject_id: str | None) -> str:
    return hashlib.sha256(f"{event_id}:{subject_id or ''}".encode()).hexdigest()


def row_is_whole(row: EventRow) -> bool:
    """Whether the stored leaf is the one that the row's columns give."""
    return row.leaf == leaf(
        position=row.position,
        id=row.id,
        revision=row.revision,
        recorded_at=row.recorded_at,
        subject_id=row.subject_id,
        sealed=row.sealed,
        commitments=row.commitments,
    )


def _fields(event: Event) -> dict[str, Any]:
    return {
        "kind": event.kind.value,
        "scope": event.scope,
        "context": event.context,
        "effective_at": clock.rfc3339(event.effective_at),
        "author": event.author,
        "body": event.body,
    }


def _commitments(fields: dict[str, Any], salts: bytes) -> bytes:
    return b"".join(
        field_commitment(salts[index * _SALT : (index + 1) * _SALT], name, fields[name])
        for index, name in enumerate(EVENT_FIELDS)
    )


def _place(event_id: str) -> str:
    return f"events.sealed:{event_id}"
