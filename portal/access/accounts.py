"""Accounts: one role each, at one organisation; a survivor's belongs to one person."""

import json
import secrets
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.people import zones
from portal.access import decoys, passphrases
from vault import clock
from vault.audit import Actor
from vault.columns import Blind, Clear, Owner, blind, clear, sealed_to
from vault.database import Base, keyring, new_id
from vault.keys import HOUSE
from vault.types import BigKey, Id, Instant


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


STAFF = tuple(role for role in Role if role is not Role.SURVIVOR)


class Account(Base):
    """Somebody who can sign in. Name, sign-in name and second factor are sealed.

    Every survivor's account has another beside it, `decoy_of` it, that its second passphrase opens. `zone` is what a
    member of staff chose; a survivor's is kept with the person (`consent.people.zones`).
    """

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    role: Mapped[Role] = mapped_column(String(20))
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.key"))
    subject_id: Mapped[str | None] = mapped_column(ForeignKey("subjects.id"), unique=True)
    sign_in_index: Mapped[str] = mapped_column(String(64), unique=True, info=blind(Blind.KEYED))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.PERSON, Owner.HOUSE))
    passphrase_hash: Mapped[str] = mapped_column(String(200), info=blind(Blind.SLOW))
    last_totp_step: Mapped[int] = mapped_column(BigKey)
    language: Mapped[str] = mapped_column(String(2), info=clear(Clear.CODE))
    created_at: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    decoy_of: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"), unique=True)
    zone: Mapped[str | None] = mapped_column(String(40), info=clear(Clear.CODE))

    def as_actor(self) -> Actor:
        """This account as the audit names it."""
        return Actor(Role(self.role).value, self.id, self.organisation)


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
    second_passphrase: str | None = None,
) -> Account:
    """A new account. Its sign-in name is an e-mail address, or a survivor's account number.

    A survivor's gets its harmless side with it, under `second_passphrase` or, without one, under words nobody knows.
    """
    account = _add(session, role, organisation, sign_in, passphrase, language, subject_id)
    keep_totp_secret(session, account, totp_secret)
    if role is Role.SURVIVOR:
        second = second_passphrase or secrets.token_urlsafe(32)
        harmless = decoys.create(session, organisation, language, account.id)
        _add(session, role, organisation, sign_in, second, language, harmless, decoy_of=account.id)
        session.flush()
    return account


def _add(
    session: Session,
    role: Role,
    organisation: str,
    sign_in: str,
    passphrase: str,
    language: str,
    subject_id: str | None,
    decoy_of: str | None = None,
) -> Account:
    account = Account(
        id=new_id(),
        role=role,
        organisation=organisation,
        subject_id=subject_id,
        sign_in_index=_index(session, sign_in if decoy_of is None else secrets.token_hex(32)),
        sealed=b"",
        passphrase_hash=passphrases.digest(passphrase),
        last_totp_step=0,
        language=language,
        created_at=clock.now(),
        disabled_at=None,
        decoy_of=decoy_of,
    )
    account.sealed = _seal(session, account, {"sign_in": sign_in, "totp_secret": None})  # nosec B105
    session.add(account)
    session.flush()
    return account


def find(session: Session, sign_in: str) -> Account | None:
    """The account with that sign-in name."""
    return session.scalar(select(Account).where(Account.sign_in_index == _index(session, sign_in)))


def of_subject(session: Session, subject_id: str) -> Account | None:
    """The account of a person, if they have one."""
    return session.scalar(select(Account).where(Account.subject_id == subject_id))


def opened_by(session: Session, sign_in: str, passphrase: str) -> Account | None:
    """The account that name and passphrase open, if they open one: a person's own, or its harmless side.

    Two passphrases are tried whoever asks for whatever, so that it takes alike long.
    """
    account = find(session, sign_in)
    right = passphrase_is_right(account, passphrase)
    other = decoy(session, account) if account is not None else None
    if passphrase_is_right(other, passphrase):
        return other if account is not None and account.disabled_at is None else None
    return account if right else None


def passphrase_is_right(account: Account | None, passphrase: str) -> bool:
    """Whether `passphrase` opens `account`; takes as long where there is no account."""
    fits = passphrases.fits(account.passphrase_hash if account is not None else None, passphrase)
    return fits and account is not None and account.disabled_at is None


def decoy(session: Session, account: Account) -> Account | None:
    """The harmless side of a survivor's account."""
    return session.scalar(select(Account).where(Account.decoy_of == account.id))


def by_id(session: Session, account_id: str) -> Account | None:
    """The staff account with that id."""
    account = session.get(Account, account_id)
    return account if account is not None and account.subject_id is None else None


def keep_passphrase(session: Session, account: Account, digest: str) -> None:
    """Let the passphrase that `digest` was made from open `account` from now on, and no other."""
    session.execute(update(Account).where(Account.id == account.id).values(passphrase_hash=digest))


def keep_totp_secret(session: Session, account: Account, secret: str | None) -> None:
    """Set or remove the secret of the account's one-time codes."""
    sealed = _seal(session, account, _unseal(session, account) | {"totp_secret": secret})
    session.execute(update(Account).where(Account.id == account.id).values(sealed=sealed))


def change_role(session: Session, account: Account, role: Role) -> None:
    """Give a staff account another role."""
    session.execute(update(Account).where(Account.id == account.id).values(role=role))


def disable(session: Session, account: Account) -> None:
    """Let nobody in by this account any more, from now on."""
    session.execute(update(Account).where(Account.id == account.id).values(disabled_at=clock.now()))


def enable(session: Session, account: Account) -> None:
    """Open an account again."""
    session.execute(update(Account).where(Account.id == account.id).values(disabled_at=None))


def totp_secret(session: Session, account: Account) -> str | None:
    """The secret of the account's second factor, if it has one."""
    opened: str | None = _unseal(session, account)["totp_secret"]
    return opened


def sign_in_name(session: Session, account: Account) -> str:
    """What the account signs in with."""
    return str(_unseal(session, account)["sign_in"])


def phone(session: Session, account: Account) -> str | None:
    """The number at which a staff member wants to be reached when somebody's life is in danger."""
    return _unseal(session, account).get("phone") or None


def keep_phone(session: Session, account: Account, number: str) -> None:
    """Keep that number, or none."""
    sealed = _seal(session, account, _unseal(session, account) | {"phone": number or None})
    session.execute(update(Account).where(Account.id == account.id).values(sealed=sealed))


def keep_language(session: Session, account_id: str, language: str) -> None:
    """Remember the language the account reads in."""
    session.execute(update(Account).where(Account.id == account_id).values(language=language))


def zone(session: Session, account: Account, otherwise: tzinfo = UTC) -> tzinfo:
    """The zone in which an account reads and writes: its own or its person's, else its partner's, else `otherwise`."""
    if account.subject_id is not None:
        return zones.of_person(session, account.subject_id, otherwise)
    if account.zone:
        return zones.named(account.zone)
    return zones.of_partner(session, account.organisation, otherwise)


def keep_zone(session: Session, account: Account, name: str | None) -> None:
    """Let a staff account read and write in the zone of that name, or in its partner's.

    Raises:
        zones.UnknownZone: there is none of that name.
    """
    if name:
        zones.named(name)
    session.execute(update(Account).where(Account.id == account.id).values(zone=name or None))


def listed(session: Session) -> list[Account]:
    """All staff accounts, by organisation and role."""
    query = select(Account).where(Account.subject_id.is_(None))
    return list(session.scalars(query.order_by(Account.organisation, Account.role, Account.id)))


def open_staff(session: Session) -> list[Account]:
    """The staff accounts that somebody can sign in with."""
    return [account for account in listed(session) if account.disabled_at is None]


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
