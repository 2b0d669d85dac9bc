"""What the clock brings about by itself: consent that ends, and answers that are due to be talked over again."""

from datetime import datetime

from sqlalchemy import String, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger import answers, ledger
from consent.ledger.answers import AnswerRow
from consent.ledger.events import Draft, Kind
from consent.ledger.revisions import lock
from vault import clock
from vault.columns import Clear, clear
from vault.database import Base
from vault.types import Id, Instant

_AT_A_TIME = 500


class ReviewReminder(Base):
    """An answer that the person wanted to talk over again by a date that has come."""

    __tablename__ = "review_reminders"

    subject_id: Mapped[str] = mapped_column(Id, primary_key=True)
    scope: Mapped[str] = mapped_column(String(60), primary_key=True, info=clear(Clear.CATALOGUE))
    review_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)


def expire(session: Session) -> int:
    """Record the end of every consent that is over (`valid_until`, or a guardian's at majority); how many.

    Running it late or twice changes nothing: the event takes effect when the consent ended, and the rule denied
    from that moment on without it. At most 500 at a time, so that nobody's withdrawal waits.
    """
    lock(session)
    now = clock.now()
    drafts = [_end(row, now) for row in _over(session, now)]
    ledger.append(session, drafts)
    return len(drafts)


def _over(session: Session, now: datetime) -> list[AnswerRow]:
    ended = (AnswerRow.ends_at <= now) | (AnswerRow.majority_at <= now)
    query = select(AnswerRow).where(AnswerRow.code.in_(answers.PERMITTING), ended).limit(_AT_A_TIME)
    return list(session.scalars(query))


def _end(row: AnswerRow, now: datetime) -> Draft:
    by_date = row.ends_at is not None and row.ends_at <= now
    ended_at = row.ends_at if by_date else row.majority_at
    return Draft(
        Kind.EXPIRED,
        subject_id=row.subject_id,
        scope=row.scope,
        context=row.context,
        effective_at=max(ended_at or now, row.effective_at),
        body={} if by_date else {"cause": "majority"},
    )


def remind_of_reviews(session: Session) -> int:
    """Note every answer whose review date has come; how many are new. Those answered since are forgotten."""
    lock(session)
    due = set(
        session.execute(
            select(AnswerRow.subject_id, AnswerRow.scope, AnswerRow.review_at).where(
                AnswerRow.review_at <= clock.now(),
                AnswerRow.code.in_(answers.PERMITTING),
                AnswerRow.context == "",
            )
        )
    )
    columns = (ReviewReminder.subject_id, ReviewReminder.scope, ReviewReminder.review_at)
    noted = set(session.execute(select(*columns)))
    for subject_id, scope, review_at in noted - due:
        session.execute(
            delete(ReviewReminder).where(
                ReviewReminder.subject_id == subject_id,
                ReviewReminder.scope == scope,
                ReviewReminder.review_at == review_at,
            )
        )
    new = sorted(due - noted)
    if new:
        session.execute(
            insert(ReviewReminder),
            [{"subject_id": row[0], "scope": row[1], "review_at": row[2]} for row in new],
        )
    return len(new)


def reminders(session: Session) -> list[ReviewReminder]:
    """The reminders that stand, oldest first."""
    return list(session.scalars(select(ReviewReminder).order_by(ReviewReminder.review_at)))
