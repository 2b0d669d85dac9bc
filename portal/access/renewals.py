"""Papers that renew the way into an account: one use, expiring, handed over in person, never sent by mail.

A survivor gets one at the partner when access is lost; a member of staff gets one with a new account, or when
passphrase or second factor are gone.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy import ForeignKey, LargeBinary, String, Update, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.access import accounts, passkeys, passphrases, recovery_codes, second_factor, sessions
from portal.access.accounts import Account
from portal.access.words import generate_passphrase
from vault import clock
from vault.columns import Blind, Owner, blind, sealed_to
from vault.database import Base, keyring, new_id, rows_changed
from vault.keys import HOUSE
from vault.policy import in_force, law
from vault.types import Id, Instant


class BadPaper(Exception):
    """Unknown, used, expired or replaced: nobody outside learns which."""


class BadCode(Exception):
    """The code does not come from the secret on the page."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a person signs in with, shown once: number, passphrase, and the passphrase for when they are forced."""

    number: str
    passphrase: str
    second: str


class Renewal(Base):
    """A paper for one account; the code on it is never stored. `sealed` holds the secret of the new second factor."""

    __tablename__ = "renewals"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True, info=blind(Blind.RANDOM))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.HOUSE))
    created_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


def issue(session: Session, account: Account, created_by: str) -> str:
    """The code of a new paper for `account`; an earlier one that is still open ends."""
    now = clock.now()
    end_open(session, account.id)
    code, paper_id = secrets.token_urlsafe(18), new_id()
    content = json.dumps({"totp_secret": pyotp.random_base32()}).encode()
    session.add(
        Renewal(
            id=paper_id,
            digest=_digest(code),
            account_id=account.id,
            sealed=keyring(session).seal(HOUSE, _place(paper_id), content),
            created_by=created_by,
            created_at=now,
            expires_at=now + in_force.value(session, law.RENEWAL),
            ended_at=None,
            used_at=None,
        )
    )
    session.flush()
    return code


def end_open(session: Session, account_id: str) -> None:
    """Let nobody use the paper of an account any more that is open, if one is."""
    session.execute(_open_of(account_id).values(ended_at=clock.now()))


def look_at(session: Session, code: str) -> tuple[Renewal, Account]:
    """The open paper that `code` stands for, and its account.

    Raises:
        BadPaper: there is none.
    """
    row = session.scalar(select(Renewal).where(Renewal.digest == _digest(code)))
    if row is None or row.ended_at is not None or row.used_at is not None or clock.now() >= row.expires_at:
        raise BadPaper
    return row, session.get_one(Account, row.account_id)


def new_totp_secret(session: Session, paper: Renewal) -> str:
    """The secret that the app of a member of staff is set up with."""
    opened = json.loads(keyring(session).unseal(HOUSE, _place(paper.id), paper.sealed))
    return str(opened["totp_secret"])


def renew_person(session: Session, code: str, language: str) -> tuple[Account, Words]:
    """Use a survivor's paper up: new words for both sides of the account, no second factor, no open session.

    Raises:
        BadPaper: it is not open, or not a survivor's.
    """
    paper, account = look_at(session, code)
    if account.subject_id is None:
        raise BadPaper
    _use_up(session, paper)
    words = Words(accounts.sign_in_name(session, account), generate_passphrase(language), generate_passphrase(language))
    for each, passphrase in ((account, words.passphrase), (accounts.decoy(session, account), words.second)):
        if each is not None:
            accounts.keep_passphrase(session, each, passphrases.digest(passphrase))
            _begin_anew(session, each, None)
    return account, words


def renew_staff(session: Session, code: str, passphrase: str, totp_code: str) -> Account:
    """Use a paper of staff up: the passphrase they chose, the second factor on the page, and no open session.

    Raises:
        BadPaper: it is not open, or not for staff.
        BadCode: the app gives another code.
        passphrases.TooShort, passphrases.TooCommon: choose another.
    """
    paper, account = look_at(session, code)
    if account.subject_id is not None:
        raise BadPaper
    secret = new_totp_secret(session, paper)
    if not second_factor.fits_secret(secret, totp_code):
        raise BadCode
    passphrases.check(passphrase, [accounts.sign_in_name(session, account), account.organisation])
    _use_up(session, paper)
    accounts.keep_passphrase(session, account, passphrases.digest(passphrase))
    passkeys.forget(session, account.id)
    _begin_anew(session, account, secret)
    return account


def latest(session: Session, account_id: str) -> Renewal | None:
    """The last paper that was issued for an account."""
    query = select(Renewal).where(Renewal.account_id == account_id)
    return session.scalar(query.order_by(Renewal.created_at.desc()).limit(1))


def used_since(session: Session, moment: datetime) -> dict[str, datetime]:
    """By person, when a paper last renewed the way into their account, where that was after `moment` and it is open."""
    used = (
        select(Account.subject_id, func.max(Renewal.used_at))
        .join(Renewal, Renewal.account_id == Account.id)
        .where(Renewal.used_at > moment, Account.subject_id.is_not(None), Account.disabled_at.is_(None))
        .group_by(Account.subject_id)
    )
    return {str(subject_id): at for subject_id, at in session.execute(used) if at is not None}


def end_expired(session: Session) -> int:
    """End every paper whose time is over; how many."""
    now = clock.now()
    over = update(Renewal).where(Renewal.ended_at.is_(None), Renewal.used_at.is_(None), Renewal.expires_at <= now)
    return rows_changed(session, over.values(ended_at=now))


def _begin_anew(session: Session, account: Account, totp_secret: str | None) -> None:
    accounts.keep_totp_secret(session, account, totp_secret)
    recovery_codes.forget(session, account.id)
    sessions.end_all(session, account.id)


def _use_up(session: Session, paper: Renewal) -> None:
    used = update(Renewal).where(Renewal.id == paper.id, Renewal.used_at.is_(None))
    if rows_changed(session, used.values(used_at=clock.now())) != 1:
        raise BadPaper


def _open_of(account_id: str) -> Update:
    return update(Renewal).where(
        Renewal.account_id == account_id, Renewal.ended_at.is_(None), Renewal.used_at.is_(None)
    )


def _place(paper_id: str) -> str:
    return f"renewals.sealed:{paper_id}"


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
