"""Sending a form twice does it once: what a form has done is remembered by its page, and the second is led to it."""

import hashlib
from datetime import datetime, timedelta

from flask import Response, g, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import LargeBinary, String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.frame import tokens, transaction
from portal.frame.transaction import database, db, is_changing
from vault import clock
from vault.columns import Blind, Owner, blind, sealed_to
from vault.database import Base, insert, keyring
from vault.keys import HOUSE
from vault.types import Instant

# What the later of two alike is refused with, once the first has done it.
_CAME_TOO_LATE = (404, 409, 422)


class SentForm(Base):
    """A form that has done what it says, and where it led."""

    __tablename__ = "sent_forms"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True, info=blind(Blind.RANDOM))
    led_to: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.HOUSE))
    sent_at: Mapped[datetime] = mapped_column(Instant)


def lead_on() -> ResponseReturnValue | None:
    """Where a form leads that has come before, from the same page and with the same in it (before_request)."""
    led_to = has_led_to()
    return None if led_to is None else redirect(led_to)


def has_led_to() -> str | None:
    """Where the form at hand led when it was done before; None where it was not."""
    digest = _digest()
    if digest is None:
        return None
    with database().reading() as session:
        return _led_to(session, digest)


def done_with_a_page(then: str) -> None:
    """Say that the form at hand is done though it is answered by a page, and where it leads when it comes again."""
    g.leads_to = then


def remember(response: Response) -> Response:
    """Remember what the form at hand has done, in its own transaction (after_request, before that is committed).

    Where the same form was sent by two at once, the later one is undone, and led to what the first has done.
    """
    digest = _digest()
    then = response.location if 300 <= response.status_code < 400 else g.get("leads_to")
    if digest is None:
        return response
    if response.status_code < 400 and then and transaction.is_open():
        if _remember(db, digest, then):
            return response
    elif response.status_code not in _CAME_TOO_LATE:
        return response
    transaction.undo()
    led_to = has_led_to()
    return response if led_to is None else Response(status=302, headers={"Location": led_to})


def _remember(session: Session, digest: str, then: str) -> bool:
    sealed = keyring(session).seal(HOUSE, _place(digest), then.encode())
    kept = {"digest": digest, "led_to": sealed, "sent_at": clock.now()}
    remembered = insert(session)(SentForm).values(kept).on_conflict_do_nothing().returning(SentForm.digest)
    return session.scalar(remembered) is not None


def close(session: Session, name: str) -> None:
    """Let something of that name, which has a random part, be over: `is_closed` from now on."""
    _remember(session, _named(name), "/")


def is_closed(session: Session, name: str) -> bool:
    """Whether something of that name is over."""
    return session.get(SentForm, _named(name)) is not None


def _named(name: str) -> str:
    return hashlib.sha256(f"name\0{name}".encode()).hexdigest()


def sweep(session: Session) -> None:
    """Forget what was sent so long ago that its page is too old to be sent again."""
    too_old = clock.now() - tokens.OPEN_AT_MOST - timedelta(hours=1)
    session.execute(delete(SentForm).where(SentForm.sent_at < too_old))


def _led_to(session: Session, digest: str) -> str | None:
    row = session.get(SentForm, digest)
    return None if row is None else keyring(session).unseal(HOUSE, _place(digest), row.led_to).decode()


def _place(digest: str) -> str:
    return f"sent_forms.led_to:{digest}"


def _digest() -> str | None:
    # A view reads the files that were sent, so it is taken once, before.
    if "sent_form" not in g:
        g.sent_form = _digest_anew()
    found: str | None = g.sent_form
    return found


def _digest_anew() -> str | None:
    token = tokens.sent() if is_changing() and request.endpoint else None
    if token is None:
        return None
    digest = hashlib.sha256(f"{token.page}\0{request.full_path}".encode())
    for name, value in sorted(each for each in request.form.items(multi=True) if each[0] != tokens.NAME):
        digest.update(f"\0{len(name)}:{name}\0{len(value)}:{value}".encode(errors="surrogatepass"))
    for name, sent in sorted(request.files.items(multi=True), key=lambda each: each[0]):
        digest.update(f"\0{name}\0{sent.filename}\0{hashlib.sha256(sent.read()).hexdigest()}".encode())
        sent.seek(0)
    return digest.hexdigest()
