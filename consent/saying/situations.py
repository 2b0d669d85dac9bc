"""The detained, the unreachable, the dead: set by staff with a source, and what the person wished for it is applied."""

import json
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger import answers, ledger
from consent.ledger.events import Draft, Kind
from consent.ledger.revisions import lock
from consent.people import subjects
from consent.rules import ReasonCode
from consent.saying.capture import SituationKind, SituationWish
from vault import clock
from vault.columns import Owner, sealed_to
from vault.database import Base, keyring, new_id
from vault.refusals import Refused
from vault.types import Id, Instant


class NoSource(Refused):
    """Nobody is said to be detained or dead without a source."""

    field = "source"


class Situation(Base):
    """What is known of a person who can no longer be asked. The source is sealed under their key."""

    __tablename__ = "situations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), index=True)
    situation: Mapped[SituationKind] = mapped_column(String(12))
    wish: Mapped[SituationWish | None] = mapped_column(String(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.PERSON))
    set_by: Mapped[str] = mapped_column(Id)
    set_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


def note(session: Session, subject_id: str, situation: str, source: str, author: str) -> Situation:
    """Set the situation of a person and apply what they wished for it; one that stands already ends.

    "Everything stops" pauses every scope they allowed, at once; "it goes on" and "a person I name decides" change
    nothing by themselves. Nothing was wished: everything stops, since nobody can be asked.

    Raises:
        NoSource: no source is named.
        ValueError: no such situation.
    """
    if situation not in tuple(SituationKind):
        raise ValueError(situation)
    if not source.strip():
        raise NoSource
    lock(session)
    end(session, subject_id, author)
    wish = subjects.profile(session, subject_id).get("wishes", {}).get(situation) or None
    found = Situation(
        id=new_id(), subject_id=subject_id, situation=situation, wish=wish, set_by=author, set_at=clock.now()
    )
    content = json.dumps({"source": source.strip()}).encode()
    found.sealed = keyring(session).seal(subject_id, _place(found.id), content)
    session.add(found)
    session.flush()
    if wish in (SituationWish.STOPS, None):
        _pause(session, subject_id, author)
    return found


def _pause(session: Session, subject_id: str, author: str) -> None:
    folded = answers.present(session, [subject_id])
    allowed = sorted(
        scope for (_, scope, context), row in folded.answers.items() if not context and row.code in answers.PERMITTING
    )
    body = {"ground": "wish"}
    ledger.append(
        session,
        [Draft(Kind.HELD, subject_id=subject_id, scope=scope, author=author, body=body) for scope in allowed],
    )


def end(session: Session, subject_id: str, author: str) -> bool:
    """The person can be asked again: what they had allowed stands as it did; whether there was anything to end."""
    lock(session)
    present = of_person(session, subject_id)
    if present is None:
        return False
    present.ended_at = clock.now()
    folded = answers.present(session, [subject_id])
    paused = sorted(
        scope
        for (_, state, scope), row in folded.restrictions.items()
        if state == ReasonCode.PAUSED_BY_WISH and row.active
    )
    body = {"ground": "wish"}
    ledger.append(
        session,
        [
            Draft(Kind.HOLD_LIFTED, subject_id=subject_id, scope=scope or None, author=author, body=body)
            for scope in paused
        ],
    )
    session.flush()
    return True


def of_person(session: Session, subject_id: str) -> Situation | None:
    """The situation that stands, if one does."""
    return session.scalar(select(Situation).where(Situation.subject_id == subject_id, Situation.ended_at.is_(None)))


def source(session: Session, situation: Situation) -> str:
    """How it is known."""
    opened = json.loads(keyring(session).unseal(situation.subject_id, _place(situation.id), situation.sealed))
    return str(opened["source"])


def _place(situation_id: str) -> str:
    return f"situations.sealed:{situation_id}"
