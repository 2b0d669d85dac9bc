"""Which store is calling: its token is looked at again in every snapshot and transaction that answers it."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from flask import current_app, request
from sqlalchemy.orm import Session

from consent.ledger import revisions, stores
from consent.ledger.stores import Store
from portal.frame.transaction import database
from portal.stores.problems import Problem
from portal.stores.waking import NoSeat, Watch

# However long the wait, the token is looked at again in between.
_LOOKS_AGAIN = 1.0
_SCHEME = "bearer"
_LATER = 2


def _caller(session: Session) -> Store:
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() != _SCHEME or not token.strip():
        raise _refusal("Bearer")
    try:
        return stores.authenticate(session, token.strip(), request.remote_addr or "")
    except (stores.BadToken, ValueError) as error:  # no address, or none that can be read, is in no network
        raise _refusal('Bearer error="invalid_token"') from error


def _refusal(challenge: str) -> Problem:
    return Problem("unauthorised", "Send Authorization: Bearer TOKEN.", headers={"WWW-Authenticate": challenge})


@contextmanager
def reading() -> Iterator[tuple[Session, Store]]:
    """One snapshot, and the calling store as it stands in it.

    Raises:
        Problem: 401, whatever is the matter with the token.
    """
    with database().reading() as session:
        yield session, _caller(session)


@contextmanager
def writing() -> Iterator[tuple[Session, Store]]:
    """One transaction, and the calling store as it stands in it; committed when the block ends.

    Raises:
        Problem: 401, whatever is the matter with the token.
    """
    with database().writing() as session:
        yield session, _caller(session)


@contextmanager
def reading_from(cursor: int, patience: float) -> Iterator[tuple[Session, Store]]:
    """The first snapshot in which the caller's feed has come to `cursor`, or the last before patience (s) runs out.

    Nothing is open while it waits.

    Raises:
        Problem: 401, also for a token that is revoked meanwhile; 429 where as many wait as may.
    """
    deadline = time.monotonic() + patience
    watch: Watch = current_app.extensions["watch"]
    with ExitStack() as seat:
        is_seated = False
        while True:
            with reading() as (session, store):
                left = deadline - time.monotonic()
                if store.cursor >= cursor or left <= 0:
                    seat.close()
                    yield session, store
                    return
                seen, _ = revisions.present(session)
                if not is_seated:
                    seat.enter_context(_seat(watch, store))
                    is_seated = True
            watch.wait_beyond(seen, min(left, _LOOKS_AGAIN))


@contextmanager
def _seat(watch: Watch, store: Store) -> Iterator[None]:
    try:
        with watch.seats.taken_by(store.id):
            yield
    except NoSeat as error:
        detail = "As many calls wait for a change as may. Ask again later, or without waiting."
        raise Problem("too-many-requests", detail, headers={"Retry-After": str(_LATER)}) from error
