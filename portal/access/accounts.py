"""Accounts: one role each, at one organisation; a survivor's belongs to one person."""

import json
import secrets
from datetime import datetime
from enum import StrEnum
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import ForeignKey, LargeBinary, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.audit import Actor
from vault.database import Base, keyring, new_id
from vault.keys import HOUSE
from vault.types import BigKey, Instant


class Role(StrEnum):
    """What an account is for."""

    SURVIVOR = "survivor"
    DOCUMENTER = "documenter"
    PSYCHOLOGIST = "psychologist"
    COORDINATOR = "coordinator"
    DPO = "dpo"
    DISCLOSURE_OFFICER = "disclosure_officer"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Account(Base):
    """Somebody who can sign in. Name, sign-in name and second factor are sealed."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    role: Mapped[Role] = mapped_column(String(20))
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.key"))
    subject_id: Mapped[str | None] = mapped_column(ForeignKey("subjects.id"), unique=True)
    sign_in_index: Mapped[str] = mapped_column(String(64), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    passphrase_hash: Mapped[str] = mapped_column(String(200))
    last_totp_step: Mapped[int] = mapped_column(BigKey)
    language: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)

    def as_actor(self) -> Actor:
        """This account as the audit names it."""
        return Actor(Role(self.role).value, self.id, self.organisation)


# OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def create(
    session: Session,
    role: Role,
    organisation: str,
    sign_in: str,
    passphrase: str,
    *,
    language: str,
    subject_id: str | None = None,
    totp_secret: str | None = None,
) -> Account:
    """A new account. Its sign-in name is an e-mail address, or a survivor's account number."""
    account = Account(
        id=new_id(),
        role=role,
        organisation=organisation,
        subject_id=subject_id,
        sign_in_index=_index(session, sign_in),
        sealed=b"",
        passphrase_hash=_hasher.hash(normalised_passphrase(passphrase)),
        last_totp_step=0,
        language=language,
        created_at=clock.now(),
        disabled_at=None,
    )
    account.sealed = _seal(session, account, {"sign_in": sign_in, "totp_secret": totp_secret})
    session.add(account)
    session.flush()
    return account


def find(session: Session, sign_in: str) -> Account | None:
    """The account with that sign-in name."""
    return session.scalar(select(Account).where(Account.sign_in_index == _index(session, sign_in)))


def of_subject(session: Session, subject_id: str) -> Account | None:
    """The account of a person, if they have one."""
    return session.scalar(select(Account).where(Account.subject_id == subject_id))


def passphrase_is_right(account: Account | None, passphrase: str) -> bool:
    """Whether `passphrase` opens `account`; takes as long where there is no account."""
    known = account.passphrase_hash if account is not None else _nobodys_hash()
    try:
        _hasher.verify(known, normalised_passphrase(passphrase))
    except (VerifyMismatchError, InvalidHashError):
        return False
    return account is not None and account.disabled_at is None


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_hex(16))


def normalised_passphrase(passphrase: str) -> str:
    """A passphrase with single spaces, as words read from paper are typed."""
    return " ".join(passphrase.split())


def totp_secret(session: Session, account: Account) -> str | None:
    """The secret of the account's second factor, if it has one."""
    opened: str | None = _unseal(session, account)["totp_secret"]
    return opened


def sign_in_name(session: Session, account: Account) -> str:
    """What the account signs in with."""
    return str(_unseal(session, account)["sign_in"])


def keep_language(session: Session, account_id: str, language: str) -> None:
    """Remember the language the account reads in."""
    session.execute(update(Account).where(Account.id == account_id).values(language=language))


def listed(session: Session) -> list[Account]:
    """All staff accounts, by organisation and role."""
    query = select(Account).where(Account.subject_id.is_(None))
    return list(session.scalars(query.order_by(Account.organisation, Account.role, Account.id)))


def forget(session: Session, subject_id: str) -> None:
    """Close the account of somebody who is erased; nothing is left that it could be found by."""
    closed = update(Account).where(Account.subject_id == subject_id)
    session.execute(closed.values(sign_in_index=secrets.token_hex(32), disabled_at=clock.now()))


def _index(session: Session, sign_in: str) -> str:
    return keyring(session).blind_index("accounts.sign_in", sign_in.strip().casefold().replace(" ", ""))


def _owner(account: Account) -> str:
    return account.subject_id or HOUSE


def _seal(session: Session, account: Account, content: dict[str, str | None]) -> bytes:
    return keyring(session).seal(_owner(account), f"accounts.sealed:{account.id}", json.dumps(content).encode())


def _unseal(session: Session, account: Account) -> dict[str, str | None]:
    opened: dict[str, str | None] = json.loads(
        keyring(session).unseal(_owner(account), f"accounts.sealed:{account.id}", account.sealed)
    )
    return opened
