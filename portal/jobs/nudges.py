"""Sending the stores' nudges: no transaction is open while an answer is waited for."""

import http.client
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

from consent.ledger import webhooks
from consent.ledger.webhooks import Nudge
from vault.database import Database

_PATIENCE = 10.0


def send_due(database: Database) -> int:
    """Send every nudge that is due, once among all processes; how many were answered."""
    with database.reading() as session:
        due = webhooks.due(session)
    return sum(_send_one(database, webhook_id) for webhook_id in due)


def _send_one(database: Database, webhook_id: str) -> bool:
    with database.writing() as session:
        nudge = webhooks.take(session, webhook_id)
    if nudge is None:
        return False
    well = _post(nudge)
    with database.writing() as session:
        (webhooks.answered if well else webhooks.failed)(session, nudge)
    return well


def _post(nudge: Nudge) -> bool:
    parts = urlsplit(nudge.address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection = kind(str(parts.hostname), parts.port, timeout=_PATIENCE)
        # A store that answers one byte at a time would hold up the nudges of all others for as long as it likes.
        patience = threading.Timer(_PATIENCE, _cut, (connection,))
        patience.start()
        try:
            connection.request("POST", path, nudge.body, nudge.headers)
            # A redirect is no answer: nothing is ever sent to where a store points us.
            return 200 <= connection.getresponse().status < 300
        finally:
            patience.cancel()
            connection.close()
    except (OSError, http.client.HTTPException, ValueError):
        return False


def _cut(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError):
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)
