"""How long the check of a 50,000-item list takes, and what memory it needs: python -m tests.scale.disclosure DATA_DIR.

DATA_DIR holds `zhoda demo --scale full`. The list takes every file of the closed-source database and fills up from the
open-source catalogue. What is measured is the page itself: the check, the counts, a hundred rows, and its HTML.
"""

import json
import resource
import sys
import time
from pathlib import Path

import pyotp
from sqlalchemy import select

from consent.disclosure import lists, requests
from consent.ledger import stores
from consent.ledger.items import Item
from portal.app import create_app
from portal.installation import open_database
from portal.settings import Settings
from tests.web.people import Browser
from vault import clock
from vault.database import Database


def main(folder: Path) -> None:
    """Make the list, open its page five times, print seconds and megabytes."""
    settings = Settings.from_environment({"DATA_DIR": str(folder), "ZHODA_DEMO": "1", "SECRET_KEY": "bench " * 10})
    database = open_database(settings)
    request_id = _listed(database)
    app = create_app(settings, database)
    told = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
    officer = next(each for each in told["accounts"] if each["role"] == "disclosure_officer")
    client = Browser(app.test_client())
    client.get("/sign-in")
    client.post("/sign-in", sign_in=officer["sign_in"], passphrase=officer["passphrase"])
    client.post("/sign-in/code", code=pyotp.TOTP(officer["totp_secret"]).now())
    client.get("/disclosure/requests")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(5):
        begun = time.perf_counter()
        page = client.get(f"/disclosure/requests/{request_id}/check")
        took = time.perf_counter() - begun
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(f"{took:.2f} s, {more:.1f} MB more, {len(page)} characters")
    database.close()


def _listed(database: Database) -> str:
    """The list; one that an earlier run made is taken, so that making it does not count as memory of the check."""
    with database.reading() as session:
        for request in requests.listed(session):
            if lists.length(session, request) == lists.LONGEST:
                return request.id
    with database.writing() as session:
        letter = requests.Letter("lt-prosecution", "mla-1959", clock.now().date(), {"reference": "bench"})
        request = requests.register(session, letter, organisation="alder", registered_by="bench")
        known = {store.name: store for store in stores.listed(session)}
        wanted: list[lists.Named] = []
        for name in ("Closed-source database", "Open-source catalogue"):
            store = known[name]
            query = select(Item.external_id).where(Item.store_id == store.id, Item.registered.is_(True))
            for item in session.scalars(query.order_by(Item.id).limit(lists.LONGEST - len(wanted))):
                wanted.append(lists.Named(store.id, item))
        lists.add(session, request, wanted)
        return request.id


if __name__ == "__main__":
    main(Path(sys.argv[1]))
