"""Notices to recipients after a withdrawal: drafted by class, sent by an officer, tracked to their answer."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.catalogue import classes, recipients
from consent.disclosure import sealed
from consent.disclosure.release import Release, ReleasedItem, ReleasedPerson, stands
from consent.ledger import items
from consent.ledger.items import Item
from consent.ledger.scopes import STORAGE_SCOPES
from vault import clock
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, new_id
from vault.refusals import Refused
from vault.states import Act, StateMachine
from vault.types import BigKey, Id, Instant, Json


class NoticeState(StrEnum):
    """How far a notice has come."""

    DRAFTED = "drafted"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"


_OFFICER = ("disclosure_officer",)
STATES = StateMachine(
    NoticeState,
    {
        "send": Act((NoticeState.DRAFTED,), NoticeState.SENT, _OFFICER),
        "acknowledge": Act((NoticeState.SENT,), NoticeState.ACKNOWLEDGED, _OFFICER),
    },
    final={NoticeState.ACKNOWLEDGED},
    waits_for={NoticeState.DRAFTED: _OFFICER[0], NoticeState.SENT: _OFFICER[0]},
)


class AlreadySent(Refused):
    """The notice has gone out; what it said stays."""


class RecipientNotice(Base):
    """A letter to one recipient about one person's withdrawal. Names items, never people."""

    __tablename__ = "recipient_notices"
    __table_args__ = (UniqueConstraint("recipient", "subject_id", "revision"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    recipient: Mapped[str] = mapped_column(String(60), info=clear(Clear.CATALOGUE))
    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), index=True)
    scopes: Mapped[list[str]] = mapped_column(Json, info=clear(Clear.CATALOGUE))
    revision: Mapped[int] = mapped_column(BigKey)
    went_between: Mapped[bool]
    state: Mapped[NoticeState] = mapped_column(String(12), index=True)
    sealed: Mapped[bytes] = mapped_column(info=sealed_to(Owner.HOUSE))
    drafted_at: Mapped[datetime] = mapped_column(Instant)
    sent_by: Mapped[str | None] = mapped_column(Id)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    acknowledged_by: Mapped[str | None] = mapped_column(Id)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)


def draft(
    session: Session,
    subject_id: str,
    scopes: Collection[str],
    revision: int,
    said_at: datetime | None = None,
    *,
    opening: str = "",
) -> int:
    """Draft a notice for every recipient who holds something of the person that the withdrawal of `scopes` covers.

    Without the storage nothing of the person's may be used at all, so its withdrawal covers every release. What was
    released between the moment it was said and its recording is flagged. `opening` stands above the wording for the
    recipient's class. How many were drafted.
    """
    held = _held(session, subject_id, scopes) if scopes else []
    by_recipient: dict[str, list[Release]] = {}
    for release in held:
        by_recipient.setdefault(release.recipient, []).append(release)
    directory = recipients.directory(session)
    for key, releases in by_recipient.items():
        rule = classes.rule(session, directory[key].recipient_class)
        text = f"{opening}\n\n{rule.notice['en']}" if opening else rule.notice["en"]
        content = {"text": text, "items": _named(session, subject_id, releases)}
        notice_id = new_id()
        session.add(
            RecipientNotice(
                id=notice_id,
                recipient=key,
                subject_id=subject_id,
                scopes=sorted(scopes),
                revision=revision,
                went_between=said_at is not None and any(each.released_at >= said_at for each in releases),
                state=NoticeState.DRAFTED,
                sealed=sealed.close(session, _place(notice_id), content),
                drafted_at=clock.now(),
            )
        )
    session.flush()
    return len(by_recipient)


def _held(session: Session, subject_id: str, scopes: Collection[str]) -> list[Release]:
    query = (
        select(Release)
        .join(ReleasedPerson, ReleasedPerson.release_id == Release.id)
        .where(ReleasedPerson.subject_id == subject_id, stands())
    )
    if STORAGE_SCOPES.isdisjoint(scopes):
        query = query.where(Release.scope.in_(scopes))
    return list(session.scalars(query.order_by(Release.revision)))


def _named(session: Session, subject_id: str, releases: Collection[Release]) -> list[str]:
    names: list[str] = []
    for release in releases:
        query = (
            select(Item.store_id, Item.id, Item.external_id)
            .join(ReleasedItem, ReleasedItem.item_id == Item.id)
            .where(ReleasedItem.release_id == release.id)
            .order_by(ReleasedItem.position)
        )
        rows = session.execute(query).all()
        theirs = {store_id: items.involving(session, store_id, subject_id) for store_id in {row[0] for row in rows}}
        names += [f"{release.number}: {name}" for store_id, item_id, name in rows if item_id in theirs[store_id]]
    return names


@dataclass(frozen=True, slots=True)
class NoticeText:
    """What a notice says, and the items it is about."""

    text: str
    items: tuple[str, ...]


def content(session: Session, notice: RecipientNotice) -> NoticeText:
    """A notice, opened."""
    opened: dict[str, Any] = sealed.content(session, _place(notice.id), notice.sealed)
    return NoticeText(opened["text"], tuple(opened["items"]))


def send(session: Session, notice: RecipientNotice, text: str, sent_by: str) -> None:
    """Record that an officer reviewed the notice, put it into `text`, and sent it.

    Raises:
        AlreadySent: it went out before.
    """
    if not STATES.allows(notice.state, "send"):
        raise AlreadySent(notice.id)
    items_named = list(content(session, notice).items)
    notice.sealed = sealed.close(session, _place(notice.id), {"text": text, "items": items_named})
    notice.state, notice.sent_by, notice.sent_at = NoticeState.SENT, sent_by, clock.now()
    session.flush()


def acknowledge(session: Session, notice: RecipientNotice, recorded_by: str) -> None:
    """Record the recipient's answer to a notice that was sent; twice changes nothing."""
    if STATES.allows(notice.state, "acknowledge"):
        notice.state = NoticeState.ACKNOWLEDGED
        notice.acknowledged_by, notice.acknowledged_at = recorded_by, clock.now()
        session.flush()


def listed(session: Session, state: str | None = None) -> list[RecipientNotice]:
    """The notices, those that wait longest first; only those in a state where one is given."""
    query = select(RecipientNotice).order_by(RecipientNotice.drafted_at, RecipientNotice.id)
    if state:
        query = query.where(RecipientNotice.state == state)
    return list(session.scalars(query))


def that_went_between(session: Session) -> list[RecipientNotice]:
    """The notices that are open because something went out after the person had said no."""
    query = select(RecipientNotice).where(
        RecipientNotice.went_between.is_(True), RecipientNotice.state != NoticeState.ACKNOWLEDGED
    )
    return list(session.scalars(query.order_by(RecipientNotice.drafted_at)))


def find(session: Session, notice_id: str) -> RecipientNotice | None:
    """The notice of that id."""
    return session.get(RecipientNotice, notice_id)


def _place(notice_id: str) -> str:
    return f"recipient_notices.sealed:{notice_id}"
