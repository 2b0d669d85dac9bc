"""How a person may be reached: the way, the hours, the code word, or never. Sealed; nothing goes where none is kept."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.columns import Owner, sealed_to
from vault.database import Base, keyring
from vault.refusals import Refused
from vault.types import Instant


class ContactWay(StrEnum):
    """The way to somebody: by machine, by staff who know how, or not at all."""

    MAIL = "mail"
    SMS = "sms"
    CALL = "call"
    STAFF = "staff"
    NEVER = "never"


BY_MACHINE = (ContactWay.MAIL, ContactWay.SMS, ContactWay.CALL)


class NowhereToReach(Refused):
    """A way by machine needs an address or a number."""

    field = "to"


class NoHours(Refused):
    """The hours begin and end at the same one: nobody could be reached."""

    field = "until_hour"


class SafeContact(Base):
    """How one person may be reached."""

    __tablename__ = "safe_contacts"

    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.PERSON))
    changed_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Contact:
    """What is safe for somebody: from `from_hour` to `until_hour` where they are, over midnight too; 0 to 24 always."""

    way: ContactWay
    to: str = ""
    from_hour: int = 0
    until_hour: int = 24
    code_word: str = ""

    def opens(self, now: datetime, zone: tzinfo) -> datetime:
        """The first moment from `now` on at which they may be reached."""
        if (self.until_hour - self.from_hour) % 24 == 0:
            return now
        here = now.astimezone(zone)
        since_opening = (here.hour - self.from_hour) % 24
        if since_opening < (self.until_hour - self.from_hour) % 24:
            return now
        day = here.date() if here.hour < self.from_hour else here.date() + timedelta(days=1)
        return clock.at(day, time(self.from_hour), zone)


def keep(session: Session, subject_id: str, contact: Contact) -> None:
    """Keep how a person may be reached, in place of what was kept before.

    Raises:
        NowhereToReach, NoHours: nobody could be reached so.
        vault.keys.KeyDestroyed: the person was erased.
    """
    if contact.way in BY_MACHINE and not contact.to:
        raise NowhereToReach
    if contact.from_hour == contact.until_hour:
        raise NoHours
    sealed = keyring(session).seal(subject_id, _place(subject_id), json.dumps(asdict(contact)).encode())
    session.merge(SafeContact(subject_id=subject_id, sealed=sealed, changed_at=clock.now()))
    session.flush()


def of_person(session: Session, subject_id: str) -> Contact | None:
    """How a person may be reached; None where nobody has said: then nothing goes out."""
    kept = session.get(SafeContact, subject_id, populate_existing=True)
    if kept is None:
        return None
    read = json.loads(keyring(session).unseal(subject_id, _place(subject_id), kept.sealed))
    return Contact(**{**read, "way": ContactWay(read["way"])})


def _place(subject_id: str) -> str:
    return f"safe_contacts.sealed:{subject_id}"
