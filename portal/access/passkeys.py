"""Passkeys (WebAuthn Level 2) as a second factor: a key on the person's own device that no false site can ask for."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import webauthn
from sqlalchemy import ForeignKey, LargeBinary, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.access.accounts import Account
from vault import clock
from vault.columns import Blind, Owner, blind, sealed_to
from vault.database import Base, keyring, new_id
from vault.keys import HOUSE
from vault.types import BigKey, Id, Instant

# Kept by the authenticator and shown by it: says nothing of what this is.
_SITE = "Desk"


class BadPasskey(Exception):
    """The answer of the authenticator is not the one that was asked for."""


@dataclass(frozen=True, slots=True)
class Site:
    """For whom a passkey is: the host it is bound to, and the address that the browser must be at."""

    host: str
    origin: str


class Passkey(Base):
    """One passkey of one account; credential id, public key and name are sealed."""

    __tablename__ = "passkeys"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True, info=blind(Blind.RANDOM))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.HOUSE))
    sign_count: Mapped[int] = mapped_column(BigKey)
    created_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


def ask_for_new(session: Session, account: Account, site: Site) -> tuple[str, bytes]:
    """What the browser is asked for a new passkey, as JSON, and the challenge in it."""
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=_SITE,
        user_id=account.id.encode(),
        user_name=_SITE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_descriptors(session, account),
    )
    return webauthn.options_to_json(options), options.challenge


def add(session: Session, account: Account, site: Site, challenge: bytes | None, answer: str, name: str) -> None:
    """Keep a new passkey under a name that its owner gives it.

    Raises:
        BadPasskey: another challenge, site or origin, or not an answer at all.
    """
    if challenge is None:
        raise BadPasskey
    try:
        made = webauthn.verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin
        )
    except (WebAuthnException, ValueError, KeyError) as error:
        raise BadPasskey from error
    content = {
        "credential_id": bytes_to_base64url(made.credential_id),
        "public_key": bytes_to_base64url(made.credential_public_key),
        "name": name,
    }
    key_id = new_id()
    session.add(
        Passkey(
            id=key_id,
            account_id=account.id,
            digest=_digest(made.credential_id),
            sealed=keyring(session).seal(HOUSE, _place(key_id), json.dumps(content).encode()),
            sign_count=made.sign_count,
            created_at=clock.now(),
            used_at=None,
        )
    )
    session.flush()


def ask(session: Session, account: Account, site: Site) -> tuple[str, bytes]:
    """What the browser is asked to sign with one of the account's passkeys, as JSON, and the challenge in it."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host, allow_credentials=_descriptors(session, account)
    )
    return webauthn.options_to_json(options), options.challenge


def confirm(session: Session, account: Account, site: Site, challenge: bytes | None, answer: str) -> bool:
    """Whether a passkey of the account signed `challenge` at this site; a counter that stands still is refused."""
    try:
        credential_id = base64url_to_bytes(str(json.loads(answer)["rawId"]))
        row = session.scalar(
            select(Passkey)
            .where(Passkey.digest == _digest(credential_id), Passkey.account_id == account.id)
            .with_for_update()
        )
        if row is None or challenge is None:
            return False
        signed = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(_content(session, row)["public_key"]),
            credential_current_sign_count=row.sign_count,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return False
    session.execute(
        update(Passkey).where(Passkey.id == row.id).values(sign_count=signed.new_sign_count, used_at=clock.now())
    )
    return True


def names(session: Session, account_id: str) -> Mapping[str, tuple[str, Passkey]]:
    """The passkeys of an account by id: each with its name."""
    rows = session.scalars(select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.created_at))
    return {row.id: (str(_content(session, row)["name"]), row) for row in rows}


def has_any(session: Session, account_id: str) -> bool:
    """Whether the account has a passkey."""
    return bool(session.scalar(select(func.count()).where(Passkey.account_id == account_id)))


def remove(session: Session, account_id: str, passkey_id: str) -> None:
    """Forget one passkey of an account."""
    session.execute(delete(Passkey).where(Passkey.account_id == account_id, Passkey.id == passkey_id))


def forget(session: Session, account_id: str) -> None:
    """Forget every passkey of an account."""
    session.execute(delete(Passkey).where(Passkey.account_id == account_id))


def _descriptors(session: Session, account: Account) -> list[PublicKeyCredentialDescriptor]:
    rows = session.scalars(select(Passkey).where(Passkey.account_id == account.id))
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(_content(session, row)["credential_id"])) for row in rows
    ]


def _content(session: Session, row: Passkey) -> dict[str, Any]:
    opened: dict[str, Any] = json.loads(keyring(session).unseal(HOUSE, _place(row.id), row.sealed))
    return opened


def _place(key_id: str) -> str:
    return f"passkeys.sealed:{key_id}"


def _digest(credential_id: bytes) -> str:
    return hashlib.sha256(credential_id).hexdigest()
