"""A store that asks for it is nudged, signed and without content, again until it answers and once in all."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from consent.ledger import stores, webhooks
from portal.jobs import nudges
from tests.consortium import Consortium
from vault import clock

Received = list[tuple[dict[str, str], bytes]]


class Listener:
    """A store's own address. `status` is what it answers with."""

    def __init__(self) -> None:
        self.received: Received = []
        self.status = 204
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(listener.status)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/nudge"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    opened = Listener()
    yield opened
    opened.close()


@pytest.fixture
def secret(consortium: Consortium, listener: Listener) -> str:
    with consortium.database.writing() as session:
        store = session.get_one(stores.Store, consortium.store.id)
        return webhooks.ask_for(session, store, listener.address)


@contextmanager
def later(pause: timedelta) -> Iterator[None]:
    with clock.moved_to(clock.now() + pause):
        yield


def change(consortium: Consortium, number: int) -> None:
    consortium.register({"item": f"F-{number}", "no_data_subject": True})


def test_a_nudge_is_signed_by_the_standard_and_says_nothing_but_that_there_is_something(
    consortium: Consortium, listener: Listener, secret: str
) -> None:
    assert nudges.send_due(consortium.database) == 0
    change(consortium, 1)
    assert nudges.send_due(consortium.database) == 1
    ((headers, body),) = listener.received
    assert Webhook(secret).verify(body, headers)["type"] == "changes.available"
    assert json.loads(body)["data"] == {"after": 0}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace(b"0", b"1"), headers)
    assert nudges.send_due(consortium.database) == 0
    change(consortium, 2)
    nudges.send_due(consortium.database)
    assert json.loads(listener.received[1][1])["data"] == {"after": 1}
    assert listener.received[0][0]["webhook-id"] != listener.received[1][0]["webhook-id"]


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_is_not_answered_is_sent_again_with_growing_pauses_under_the_same_id(
    consortium: Consortium, listener: Listener, secret: str, status: int
) -> None:
    change(consortium, 1)
    listener.status = status
    waited = timedelta()
    for pause in webhooks.PAUSES[:4]:
        with later(waited):
            nudges.send_due(consortium.database)
            sent = len(listener.received)
            nudges.send_due(consortium.database)
            assert len(listener.received) == sent, "not before its time"
        waited += pause + timedelta(seconds=1)
    assert len(listener.received) == 4
    listener.status = 200
    with later(waited):
        assert nudges.send_due(consortium.database) == 1
    assert len({headers["webhook-id"] for headers, _ in listener.received}) == 1


def test_a_store_that_answers_one_byte_at_a_time_holds_nobody_up(
    consortium: Consortium, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nudges, "_PATIENCE", 0.5)
    stopped = threading.Event()

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError):
            while not stopped.wait(0.1):
                connection.sendall(b"H")

    with socket.create_server(("127.0.0.1", 0)) as server:
        slow = threading.Thread(target=drip, args=(server,))
        slow.start()
        with consortium.database.writing() as session:
            store = session.get_one(stores.Store, consortium.store.id)
            webhooks.ask_for(session, store, f"http://127.0.0.1:{server.getsockname()[1]}/nudge")
        change(consortium, 1)
        at_last = threading.Timer(60, stopped.set)
        at_last.start()
        assert nudges.send_due(consortium.database) == 0
        # The portal gave up, and not the other end.
        assert not stopped.is_set()
        at_last.cancel()
        stopped.set()
        slow.join()


def test_two_processes_send_one_nudge(consortium: Consortium, listener: Listener, secret: str) -> None:
    change(consortium, 1)
    senders = [threading.Thread(target=nudges.send_due, args=(consortium.database,)) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(listener.received) == 1


def test_a_store_that_is_gone_holds_nothing_up_and_is_told_when_it_is_back(
    consortium: Consortium, listener: Listener, secret: str
) -> None:
    listener.close()
    change(consortium, 1)
    assert nudges.send_due(consortium.database) == 0
    with consortium.database.reading() as session:
        webhook = webhooks.of_store(session, consortium.store.id)
        assert webhook is not None
        assert (webhook.failures, webhook.told) == (1, 0)
    listener.__init__()  # type: ignore[misc]
    with consortium.database.writing() as session:
        store = session.get_one(stores.Store, consortium.store.id)
        new_secret = webhooks.ask_for(session, store, listener.address)
    assert new_secret != secret
    change(consortium, 2)
    assert nudges.send_due(consortium.database) == 1


@pytest.mark.parametrize("address", ["http://example.org/x", "ftp://127.0.0.1/x", "https://", "nonsense"])
def test_an_address_that_is_not_safe_is_refused(consortium: Consortium, address: str) -> None:
    with consortium.database.writing() as session, pytest.raises(webhooks.BadAddress):
        webhooks.ask_for(session, session.get_one(stores.Store, consortium.store.id), address)


def test_neither_address_nor_secret_is_in_clear(consortium: Consortium, listener: Listener, secret: str) -> None:
    with consortium.database.reading() as session:
        webhook = webhooks.of_store(session, consortium.store.id)
        assert webhook is not None
        assert listener.address.encode() not in webhook.sealed
        assert secret.encode() not in webhook.sealed
