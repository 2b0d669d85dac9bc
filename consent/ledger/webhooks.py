"""Webhooks: a signed nudge to a store that asked for one, by the Standard Webhooks rules, never with content."""

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import ForeignKey, LargeBinary, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column
from standardwebhooks import Webhook

from consent.ledger.stores import Store
from vault import clock
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, keyring, new_id, rows_changed
from vault.keys import HOUSE
from vault.types import BigKey, Id, Instant

# After each failure in a row the next try waits longer; the last pause is kept up for as long as it takes.
PAUSES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 7200, 18000, 36000))
# Who holds a nudge and is killed gives it back after this.
_HELD_FOR = timedelta(seconds=30)


class BadAddress(Exception):
    """Not an https address, nor an http one on this machine."""


class StoreWebhook(Base):
    """Where a store wants to be nudged. `told` is the head of its feed at the last nudge that it answered."""

    __tablename__ = "store_webhooks"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    store_id: Mapped[str] = mapped_column(ForeignKey("stores.id"), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.HOUSE))
    told: Mapped[int] = mapped_column(BigKey)
    message_id: Mapped[str] = mapped_column(String(40), info=clear(Clear.IDENTIFIER))
    failures: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    next_try_at: Mapped[datetime] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Nudge:
    """One message to one address, ready to be sent. `head` is what it will have told once it is answered."""

    webhook_id: str
    address: str
    headers: dict[str, str]
    body: bytes
    head: int


def ask_for(session: Session, store: Store, address: str) -> str:
    """Nudge `store` at `address` from now on, instead of any earlier one; the secret it checks signatures with.

    Raises:
        BadAddress: neither https, nor http on this machine.
    """
    parts = urlsplit(address)
    on_this_machine = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and on_this_machine)):
        raise BadAddress(address)
    end(session, store)
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    webhook = StoreWebhook(
        id=new_id(),
        store_id=store.id,
        sealed=b"",
        told=store.cursor,
        message_id=_new_message(),
        failures=0,
        next_try_at=clock.now(),
        answered_at=None,
    )
    content = json.dumps({"address": address, "secret": secret}).encode()
    webhook.sealed = keyring(session).seal(HOUSE, _place(webhook.id), content)
    session.add(webhook)
    session.flush()
    return secret


def end(session: Session, store: Store) -> bool:
    """Nudge `store` no more; whether it was nudged until now."""
    present = of_store(session, store.id)
    if present is not None:
        session.delete(present)
        session.flush()
    return present is not None


def of_store(session: Session, store_id: str) -> StoreWebhook | None:
    """The webhook of a store, if it asked for one."""
    return session.scalar(select(StoreWebhook).where(StoreWebhook.store_id == store_id))


def due(session: Session) -> list[str]:
    """The webhooks whose store has something new that they were not told of, and whose next try has come."""
    query = select(StoreWebhook.id).join(Store, Store.id == StoreWebhook.store_id)
    return list(session.scalars(query.where(Store.cursor > StoreWebhook.told, StoreWebhook.next_try_at <= clock.now())))


def take(session: Session, webhook_id: str) -> Nudge | None:
    """The nudge to send now, held so that nobody else sends it; None where somebody else was first."""
    now = clock.now()
    head = select(Store.cursor).where(Store.id == StoreWebhook.store_id).scalar_subquery()
    # Somebody else may have sent it since it was found to be due.
    held = update(StoreWebhook).where(
        StoreWebhook.id == webhook_id, StoreWebhook.next_try_at <= now, StoreWebhook.told < head
    )
    if rows_changed(session, held.values(next_try_at=now + _HELD_FOR)) != 1:
        return None
    webhook = session.get_one(StoreWebhook, webhook_id)
    store = session.get_one(Store, webhook.store_id)
    opened = json.loads(keyring(session).unseal(HOUSE, _place(webhook.id), webhook.sealed))
    body = json.dumps(
        {"type": "changes.available", "timestamp": clock.to_the_minute(now), "data": {"after": webhook.told}}
    )
    headers = {
        "Content-Type": "application/json",
        "webhook-id": webhook.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(opened["secret"]).sign(webhook.message_id, now, body),
    }
    return Nudge(webhook.id, opened["address"], headers, body.encode(), store.cursor)


def answered(session: Session, nudge: Nudge) -> None:
    """Keep that the store has answered `nudge`; the next change makes another."""
    session.execute(
        update(StoreWebhook)
        .where(StoreWebhook.id == nudge.webhook_id)
        .values(
            told=nudge.head, message_id=_new_message(), failures=0, next_try_at=clock.now(), answered_at=clock.now()
        )
    )


def failed(session: Session, nudge: Nudge) -> None:
    """Try again after a pause that grows with each failure in a row; the message keeps its id."""
    webhook = session.get(StoreWebhook, nudge.webhook_id)
    if webhook is not None:
        webhook.next_try_at = clock.now() + PAUSES[min(webhook.failures, len(PAUSES) - 1)]
        webhook.failures += 1
        session.flush()


def _new_message() -> str:
    return f"msg_{new_id()}"


def _place(webhook_id: str) -> str:
    return f"store_webhooks.sealed:{webhook_id}"
