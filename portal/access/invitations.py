"""Invitations: a one-use, expiring code on paper that becomes a survivor's account."""

import hashlib
import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Update, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.people import subjects
from portal.access import accounts
from portal.access.renewals import Words
from portal.access.words import generate_passphrase
from vault import clock
from vault.columns import Blind, Clear, blind, clear
from vault.database import Base, new_id, rows_changed
from vault.policy import in_force, law
from vault.states import Act, StateMachine
from vault.types import Id, Instant


class InvitationState(StrEnum):
    """What has become of an invitation."""

    OPEN = "open"
    USED = "used"
    ENDED = "ended"


STATES = StateMachine(
    InvitationState,
    {
        "accept": Act((InvitationState.OPEN,), InvitationState.USED, ("survivor",)),
        "replace": Act((InvitationState.OPEN,), InvitationState.ENDED, ("documenter",)),
        "expire": Act((InvitationState.OPEN,), InvitationState.ENDED, ("clock",)),
    },
    final={InvitationState.USED, InvitationState.ENDED},
    waits_for={},
)


class BadInvitation(Exception):
    """Unknown, used, expired or replaced: nobody outside learns which."""


class HasAccount(Exception):
    """The person has an account already."""


class Invitation(Base):
    """An invitation for one person; the code itself is never stored."""

    __tablename__ = "invitations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True, info=blind(Blind.RANDOM))
    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), index=True)
    organisation: Mapped[str] = mapped_column(String(40), info=clear(Clear.CATALOGUE))
    created_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def state(self) -> InvitationState:
        """What has become of it by now; its end counts from its moment, whenever it is written down."""
        if self.used_at is not None:
            return InvitationState.USED
        is_over = self.ended_at is not None or clock.now() >= self.expires_at
        return InvitationState.ENDED if is_over else InvitationState.OPEN


def issue(session: Session, subject_id: str, organisation: str, created_by: str) -> str:
    """A new code for a person; an earlier one that is still open ends.

    Raises:
        HasAccount: nothing to invite to.
    """
    if accounts.of_subject(session, subject_id) is not None:
        raise HasAccount
    now = clock.now()
    session.execute(_open_of(subject_id).values(ended_at=now))
    code = secrets.token_urlsafe(18)
    session.add(
        Invitation(
            id=new_id(),
            digest=_digest(code),
            subject_id=subject_id,
            organisation=organisation,
            created_by=created_by,
            created_at=now,
            expires_at=now + in_force.value(session, law.INVITATION),
            ended_at=None,
            used_at=None,
        )
    )
    session.flush()
    return code


def look_at(session: Session, code: str) -> Invitation:
    """The open invitation that `code` stands for.

    Raises:
        BadInvitation: there is none.
    """
    row = session.scalar(select(Invitation).where(Invitation.digest == _digest(code)))
    if row is None or not STATES.allows(row.state, "accept"):
        raise BadInvitation
    return row


def accept(session: Session, code: str, language: str) -> tuple[accounts.Account, Words]:
    """Use an invitation up: the new account, and its number and passphrases of words, shown this once.

    Raises:
        BadInvitation: it is not open.
    """
    invitation = look_at(session, code)
    used = update(Invitation).where(Invitation.id == invitation.id, Invitation.used_at.is_(None))
    if rows_changed(session, used.values(used_at=clock.now())) != 1:
        raise BadInvitation
    words = Words(new_account_number(session), generate_passphrase(language), generate_passphrase(language))
    account = accounts.create(
        session,
        accounts.Role.SURVIVOR,
        subjects.enrolment_of(session, invitation.subject_id).organisation,
        words.number,
        words.passphrase,
        language=language,
        subject_id=invitation.subject_id,
        second_passphrase=words.second,
    )
    return account, words


def new_account_number(session: Session) -> str:
    """An unused account number: nine digits in three groups, which say nothing about when or for whom."""
    while True:
        digits = f"{secrets.randbelow(900_000_000) + 100_000_000}"
        number = f"{digits[:3]} {digits[3:6]} {digits[6:]}"
        if accounts.find(session, number) is None:
            return number


def latest(session: Session, subject_id: str) -> Invitation | None:
    """The last invitation that a person was given."""
    query = select(Invitation).where(Invitation.subject_id == subject_id)
    return session.scalar(query.order_by(Invitation.created_at.desc()).limit(1))


def end_expired(session: Session) -> int:
    """End every invitation whose time is over; how many."""
    now = clock.now()
    over = update(Invitation).where(
        Invitation.ended_at.is_(None), Invitation.used_at.is_(None), Invitation.expires_at <= now
    )
    return rows_changed(session, over.values(ended_at=now))


def _open_of(subject_id: str) -> Update:
    return update(Invitation).where(
        Invitation.subject_id == subject_id, Invitation.ended_at.is_(None), Invitation.used_at.is_(None)
    )


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
