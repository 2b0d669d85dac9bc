"""Signing in under force: what it tells the partner, and what is held until they have spoken with the person."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.people import concerns
from consent.people.concerns import Ground
from portal.access import accounts
from portal.access.accounts import Account
from vault import clock
from vault.columns import Owner, sealed_to
from vault.database import Base, keyring, new_id
from vault.types import Id, Instant


class HeldChange(Base):
    """A change of credentials that looked done to whoever made it, and is not. Sealed under the person's key."""

    __tablename__ = "held_changes"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.PERSON))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)


def note_sign_in(session: Session, account: Account) -> None:
    """Tell the partner, quietly, where `account` is the harmless side of somebody's: they are being forced.

    Both sides of a person ask and write the same, so that no clock tells them apart; their own is undone at once.
    """
    own = session.get_one(Account, account.decoy_of or account.id)
    if own.subject_id is None:
        return
    noted = session.begin_nested()
    concerns.raise_concern(session, own.subject_id, account.id, Ground.SECOND_PASSPHRASE)
    if account.decoy_of is None:
        noted.rollback()
    else:
        noted.commit()


def is_held(session: Session, account: Account) -> bool:
    """Whether exports, erasure and changes of credentials of `account` wait for the partner."""
    return account.subject_id is not None and concerns.is_open(session, account.subject_id, Ground.SECOND_PASSPHRASE)


def change_passphrase(session: Session, account: Account, digest: str) -> None:
    """Let another passphrase open a survivor's account: at once, or once the partner has spoken with the person."""
    _carry_out_or_hold(session, account, {"passphrase_hash": digest})


def change_totp_secret(session: Session, account: Account, secret: str | None) -> None:
    """Set or remove a survivor's one-time codes: at once, or once the partner has spoken with the person.

    The harmless side asks for the same codes as the person's own, so that nothing tells one from the other.
    """
    _carry_out_or_hold(session, account, {"totp_secret": secret})


def _carry_out_or_hold(session: Session, account: Account, change: dict[str, Any]) -> None:
    if is_held(session, account):
        _hold(session, account, change)
    else:
        _carry_out(session, account, change)


def _hold(session: Session, account: Account, change: dict[str, Any]) -> None:
    change_id = new_id()
    sealed = keyring(session).seal(str(account.subject_id), _place(change_id), json.dumps(change).encode())
    session.add(HeldChange(id=change_id, account_id=account.id, sealed=sealed, asked_at=clock.now(), settled_at=None))
    session.flush()


def _carry_out(session: Session, account: Account, change: dict[str, Any]) -> None:
    if "passphrase_hash" in change:
        accounts.keep_passphrase(session, account, change["passphrase_hash"])
    if "totp_secret" in change:
        for each in (account, accounts.decoy(session, account)):
            if each is not None:
                accounts.keep_totp_secret(session, each, change["totp_secret"])


def held_of(session: Session, subject_id: str) -> int:
    """How many changes of a person's credentials wait."""
    account = accounts.of_subject(session, subject_id)
    if account is None:
        return 0
    waiting = select(func.count()).where(HeldChange.account_id == account.id, HeldChange.settled_at.is_(None))
    return session.scalar(waiting) or 0


def settle(session: Session, concern_id: str, *, carry_out: bool) -> None:
    """Close a concern after the partner has spoken with the person; carry out what was held, or drop it."""
    subject_id = concerns.subject_of(session, concern_id)
    concerns.settle(session, concern_id)
    account = accounts.of_subject(session, subject_id) if subject_id is not None else None
    if account is None or is_held(session, account):
        return
    held = select(HeldChange).where(HeldChange.account_id == account.id, HeldChange.settled_at.is_(None))
    for change in session.scalars(held.order_by(HeldChange.asked_at)).all():
        if carry_out:
            opened = keyring(session).unseal(str(account.subject_id), _place(change.id), change.sealed)
            _carry_out(session, account, json.loads(opened))
        session.execute(update(HeldChange).where(HeldChange.id == change.id).values(settled_at=clock.now()))


def _place(change_id: str) -> str:
    return f"held_changes.sealed:{change_id}"
