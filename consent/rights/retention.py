"""How long what is kept, as data; whatever has been kept so long opens a review and is not erased by a machine."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.people.subjects import Enrolment
from vault import clock
from vault.columns import Clear, clear
from vault.database import Base, new_id
from vault.types import Id, Instant

_YEAR = timedelta(days=365)
_AT_A_TIME = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """How long something is kept before somebody looks at it again, and on which ground."""

    key: str
    years: int
    ground: str
    what: dict[str, str]

    def as_value(self, language: str) -> dict[str, Any]:
        """The rule in a language, as a package tells it."""
        return {"what": self.what[language], "years": self.years, "ground": self.ground}


class RetentionReview(Base):
    """A person whose material has been kept as long as its rule says: is it still needed (GDPR Art. 5(1)(e))?"""

    __tablename__ = "retention_reviews"
    __table_args__ = (UniqueConstraint("subject_id", "rule", "due_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id, index=True)
    rule: Mapped[str] = mapped_column(String(30), info=clear(Clear.CATALOGUE))
    due_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by: Mapped[str | None] = mapped_column(Id)


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule that ships."""
    read = tomllib.loads((resources.files("consent.rights") / "retention.toml").read_text(encoding="utf-8"))
    return tuple(Rule(key, **entry) for key, entry in read.items())


def open_reviews(session: Session) -> int:
    """Open a review for everybody whose interview is as old as its rule; how many are new. Twice changes nothing."""
    rule = next(each for each in rules() if each.key == "interview")
    before = clock.now() - rule.years * _YEAR
    known = select(RetentionReview.subject_id).where(RetentionReview.rule == rule.key)
    due = select(Enrolment.subject_id, Enrolment.enrolled_at).where(
        Enrolment.enrolled_at <= before, Enrolment.subject_id.not_in(known)
    )
    first: dict[str, datetime] = {}
    for subject_id, enrolled_at in session.execute(due.order_by(Enrolment.enrolled_at).limit(_AT_A_TIME)):
        first.setdefault(subject_id, enrolled_at)
    session.add_all(
        RetentionReview(
            id=new_id(), subject_id=subject_id, rule=rule.key, due_at=at + rule.years * _YEAR, settled_at=None
        )
        for subject_id, at in first.items()
    )
    session.flush()
    return len(first)


def open_ones(session: Session) -> list[RetentionReview]:
    """The reviews that nobody has settled, oldest first."""
    query = select(RetentionReview).where(RetentionReview.settled_at.is_(None)).order_by(RetentionReview.due_at)
    return list(session.scalars(query))


def settle(session: Session, review_id: str, author: str) -> None:
    """Somebody has looked: it is still needed, or its erasure has been begun."""
    review = session.get_one(RetentionReview, review_id)
    if review.settled_at is None:
        review.settled_at, review.settled_by = clock.now(), author
    session.flush()
