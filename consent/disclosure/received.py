"""Who received what about a person: what they see, their documenter tells, and a package of their data holds."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.catalogue import recipients
from consent.catalogue.recipients import Recipient
from consent.disclosure import secrecy
from consent.disclosure.release import Release, ReleasedPerson, stands


@dataclass(frozen=True, slots=True)
class Received:
    """A recipient, when they received something about the person, and how much."""

    recipient: Recipient
    scope: str
    at: datetime
    items: int


def of_person(session: Session, subject_id: str) -> list[Received]:
    """Everything that was released about a person and may be told, latest first (GDPR Art. 15(1)(c))."""
    query = (
        select(Release.recipient, Release.scope, Release.released_at, ReleasedPerson.items)
        .join(ReleasedPerson, ReleasedPerson.release_id == Release.id)
        .where(ReleasedPerson.subject_id == subject_id, secrecy.may_be_told(Release.request_id), stands())
        .order_by(Release.revision.desc())
    )
    directory = recipients.directory(session)
    return [Received(directory[key], scope, at, items) for key, scope, at, items in session.execute(query)]
