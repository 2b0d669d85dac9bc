"""Running a reference store: register the folder, follow the portal in a thread, serve the page until told to stop."""

import logging
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path

from werkzeug.serving import make_server

from consent.client import Distrusted, Follower, NotAsAgreed, Orders, Portal, Refused, Replica, Unreachable
from portal.reference_store import orders
from portal.reference_store.app import create_app
from portal.reference_store.holdings import Holdings
from vault.notes import BadNote

_PAUSE = 2.0


class CannotRun(Exception):
    """The store cannot start; the message says why."""


def run(
    folder: Path,
    replica_file: Path,
    address: str,
    token: str,
    name: str,
    key: str,
    allowed_staleness: timedelta,
    port: int,
) -> None:
    """Serve the store on loopback until SIGTERM or SIGINT. The portal may come and go meanwhile.

    Raises:
        CannotRun: the key or address cannot be, or the replica file is another store's.
        BadHoldings: the folder is not one of a reference store.
    """
    holdings = Holdings(folder)
    try:
        replica = Replica(replica_file, name, key, allowed_staleness)
        Portal(address, token)
        server = make_server("127.0.0.1", port, create_app(replica, holdings), threaded=True)
    except (BadNote, NotAsAgreed, ValueError, OSError) as error:
        raise CannotRun(str(error)) from error
    # Its log would name the items.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    stopped = threading.Event()
    threading.Thread(target=_follow, args=(address, token, replica, holdings, stopped), daemon=True).start()
    threading.Thread(target=_obey, args=(address, token, holdings, stopped), daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"Serving at http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
    stopped.set()
    server.server_close()


def _follow(address: str, token: str, replica: Replica, holdings: Holdings, stopped: threading.Event) -> None:
    with Portal(address, token) as portal:
        while not stopped.is_set():
            try:
                for rejected in holdings.register(portal):
                    print(f"not registered, line {rejected['line']}: {rejected['title']}", file=sys.stderr, flush=True)
                Follower(portal, replica).run(stopped)
            except (Unreachable, Refused) as error:
                print(f"the portal does not take the items: {error}", file=sys.stderr, flush=True)
                stopped.wait(_PAUSE)
            except Distrusted as lie:
                print(f"the portal is not believed any more, nothing is shown: {lie}", file=sys.stderr, flush=True)
                return


def _obey(address: str, token: str, holdings: Holdings, stopped: threading.Event) -> None:
    with Portal(address, token) as portal:
        while not stopped.wait(_PAUSE):
            try:
                orders.carry_out(Orders(portal), holdings)
            except (Unreachable, Refused) as error:
                print(f"an order could not be answered: {error}", file=sys.stderr, flush=True)
