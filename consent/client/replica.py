"""The replica: what a store has been told, in one SQLite file, and the decisions made from it."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from consent import rules
from consent.client.pages import Distrusted, Page, Position, Source, well_formed
from consent.rules import Decision, Outcome, Reason, ReasonCode
from vault import clock
from vault.notes import Verifier
from vault.trust import trusted

_SCHEMA = """
CREATE TABLE IF NOT EXISTS state (
    id INTEGER PRIMARY KEY CHECK (id = 1), store TEXT NOT NULL, pinned TEXT NOT NULL, keys TEXT NOT NULL,
    cursor INTEGER NOT NULL, chain BLOB NOT NULL, head INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
    note TEXT NOT NULL, issued TEXT, known_at TEXT, acknowledged INTEGER NOT NULL,
    catalogue TEXT NOT NULL, version TEXT NOT NULL, distrust TEXT, distrust_detail TEXT);
CREATE TABLE IF NOT EXISTS items (item TEXT PRIMARY KEY, kind TEXT, code TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS people (
    item TEXT NOT NULL, subject TEXT NOT NULL, kinds TEXT NOT NULL, basis_scopes TEXT NOT NULL,
    PRIMARY KEY (item, subject)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (
    subject TEXT NOT NULL, scope TEXT NOT NULL, code TEXT NOT NULL, answer TEXT,
    PRIMARY KEY (subject, scope)) WITHOUT ROWID;
"""
# One statement sees one state: no decision mixes what was known before a page with what was known after.
_QUESTION = """
SELECT s.cursor, s.head, s.known_at, s.distrust, s.version, i.code AS item_code, i.item AS known,
       p.subject, p.kinds, p.basis_scopes, a.code, a.answer
FROM state s LEFT JOIN items i ON i.item = :item LEFT JOIN people p ON p.item = i.item
     LEFT JOIN answers a ON a.subject = p.subject AND a.scope = :scope
"""
# A store whose clock was set back must not take old knowledge for new.
_CLOCK_MAY_STEP_BACK = timedelta(minutes=5)


class NotAsAgreed(Exception):
    """The file belongs to another store or another portal's key."""


class UnknownScope(LookupError):
    """A scope that this store may not ask about."""


class UnknownRecipient(LookupError):
    """A recipient that is not in the catalogue."""


class WrongClass(ValueError):
    """A recipient of a class that the scope is not for."""


@dataclass(frozen=True, slots=True)
class LocalDecision:
    """A decision made here. `revision` is the cursor it was made at, `age` how old that knowledge is (None: none).

    Beside the codes of the rule, a reason may be `distrusted`, `stale`, `behind` or `unreadable`: all deny.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    identity: str | None
    revision: int
    age: timedelta | None


@dataclass(frozen=True, slots=True)
class Status:
    """Where a replica stands. `distrust` is why nothing is permitted any more, in a word and a sentence."""

    store: str
    position: Position
    acknowledged: int
    known_at: datetime | None
    distrust: tuple[str, str] | None


class _Catalogue:
    """The classes of each scope and each recipient, as one version of the catalogue has them."""

    def __init__(self, version: str, content: Mapping[str, Any]) -> None:
        self.version = version
        self._scopes = {scope["key"]: frozenset(scope["classes"]) for scope in content.get("scopes", ())}
        self._recipients = {recipient["key"]: recipient["class"] for recipient in content.get("recipients", ())}

    def check(self, scope: str, recipient: str) -> None:
        """Whether `scope` may be asked for `recipient` at all.

        Raises:
            UnknownScope, UnknownRecipient, WrongClass.
        """
        if scope not in self._scopes:
            raise UnknownScope(scope)
        if recipient not in self._recipients:
            raise UnknownRecipient(recipient)
        if self._recipients[recipient] not in self._scopes[scope]:
            raise WrongClass(recipient)


class Replica:
    """A store's replica in the file `path`, made where there is none. May be shared by threads and processes.

    `allowed_staleness` is how old its knowledge may be before it denies everything.

    Raises:
        NotAsAgreed: the file follows another store, or trusts another key.
        sqlite3.Error: the file cannot be used.
    """

    def __init__(self, path: Path, store: str, pinned: str, allowed_staleness: timedelta = timedelta(minutes=5)):
        self._path = path
        self._pinned = Verifier.parse(pinned)
        self._allowed_staleness = allowed_staleness
        self._connections = threading.local()
        self._parsed = _Catalogue("", {})
        with self._writing() as connection:
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            self._begin(connection, store)
            kept = connection.execute("SELECT store, pinned FROM state").fetchone()
        if tuple(kept) != (store, str(self._pinned)):
            raise NotAsAgreed(f"{path} is the replica of another store, or trusts another key")

    def _begin(self, connection: sqlite3.Connection, store: str) -> None:
        start = Position()
        connection.execute(
            "INSERT OR IGNORE INTO state (id, store, pinned, keys, cursor, chain, head, size, root, note, "
            "acknowledged, catalogue, version) VALUES (1, ?, ?, '[]', 0, ?, 0, 0, ?, '', 0, '{}', '')",
            (store, str(self._pinned), start.chain, start.root),
        )

    def may(self, item: str, scope: str, recipient: str) -> LocalDecision:
        """Whether `item` may go to `recipient` for `scope`, as far as this replica knows.

        Where a person wants to be asked each time the outcome is `ask`: their yes to a request is known to the portal.

        Raises:
            UnknownScope, UnknownRecipient, WrongClass: an error of the asker, not a deny.
        """
        try:
            rows = self._connection().execute(_QUESTION, {"item": item, "scope": scope}).fetchall()
            return self._decide(rows, scope, recipient)
        except (sqlite3.Error, json.JSONDecodeError, KeyError, TypeError):
            return LocalDecision(Outcome.DENY, (Reason(None, "unreadable"),), None, 0, None)

    def _decide(self, rows: list[sqlite3.Row], scope: str, recipient: str) -> LocalDecision:
        first, now = rows[0], clock.now()
        age = None if first["known_at"] is None else now - clock.parse_instant(first["known_at"])
        refusal = _refusal(first, age, self._allowed_staleness)
        if refusal is not None:
            return LocalDecision(Outcome.DENY, (Reason(None, refusal),), None, first["cursor"], age)
        self._catalogue_of(first["version"]).check(scope, recipient)
        decided = _ruled(rows, rules.Question(scope, recipient, now))
        return LocalDecision(decided.outcome, decided.reasons, decided.identity, first["cursor"], age)

    def _catalogue_of(self, version: str) -> _Catalogue:
        if self._parsed.version != version:
            row = self._connection().execute("SELECT version, catalogue FROM state").fetchone()
            self._parsed = _Catalogue(row["version"], json.loads(row["catalogue"]))
        return self._parsed

    @property
    def status(self) -> Status:
        """Where this replica stands."""
        row = self._connection().execute("SELECT * FROM state").fetchone()
        return Status(
            store=row["store"],
            position=_position(row),
            acknowledged=row["acknowledged"],
            known_at=None if row["known_at"] is None else clock.parse_instant(row["known_at"]),
            distrust=None if row["distrust"] is None else (row["distrust"], row["distrust_detail"]),
        )

    def items(self) -> list[str]:
        """The names of all items it was told of, in order."""
        return [row["item"] for row in self._connection().execute("SELECT item FROM items ORDER BY item")]

    def catalogue(self) -> Mapping[str, Any]:
        """The catalogue as it was last told; empty before the first."""
        found: dict[str, Any] = json.loads(self._connection().execute("SELECT catalogue FROM state").fetchone()[0])
        return found

    def source(self) -> Source:
        """Whom this replica believes."""
        row = self._connection().execute("SELECT store, keys FROM state").fetchone()
        return Source(row["store"], self._pinned, trusted(self._pinned, json.loads(row["keys"])))

    def learn_keys(self, statements: list[str]) -> Source:
        """Keep the portal's statements of its keys, and answer whom this replica believes now.

        Statements that nothing vouches for are passed over; a key once believed is never forgotten.
        """
        with self._writing() as connection:
            row = connection.execute("SELECT keys FROM state").fetchone()
            known = list(dict.fromkeys([*json.loads(row["keys"]), *statements]))
            if trusted(self._pinned, known) != trusted(self._pinned, json.loads(row["keys"])):
                connection.execute("UPDATE state SET keys = ?", (json.dumps(known),))
        return self.source()

    def apply(self, page: Page, before: Position, received: datetime, catalogue: Mapping[str, Any] | None) -> bool:
        """Take in a believed page in one durable step; False where another follower was here first.

        What is known is as old as the page's issue or its reception, whichever is earlier.

        Raises:
            Distrusted: a change is not of the form of the protocol. Nothing is taken in.
        """
        with self._writing() as connection:
            row = connection.execute("SELECT * FROM state").fetchone()
            if _position(row) != before or row["distrust"] is not None:
                return False
            with well_formed():
                for change in page.changes:
                    _take_in(connection, change)
            here = page.position
            issued = here.issued or received
            known_at = clock.rfc3339(min(issued, received)) if page.reaches_the_end else row["known_at"]
            connection.execute(
                "UPDATE state SET cursor = ?, chain = ?, head = ?, size = ?, root = ?, note = ?, issued = ?, "
                "known_at = ?",
                (here.cursor, here.chain, here.head, here.size, here.root, here.note, clock.rfc3339(issued), known_at),
            )
            if catalogue is not None:
                connection.execute(
                    "UPDATE state SET catalogue = ?, version = ?", (json.dumps(catalogue), catalogue["version"])
                )
        return True

    def acknowledged(self, cursor: int) -> None:
        """Keep that the portal knows this replica to stand at `cursor`."""
        with self._writing() as connection:
            connection.execute("UPDATE state SET acknowledged = max(acknowledged, ?)", (cursor,))

    def distrust(self, code: str, detail: str) -> None:
        """Deny everything from now on, also after a restart. The first reason is kept."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE state SET distrust = ?, distrust_detail = ? WHERE distrust IS NULL", (code, detail)
            )

    def forget(self) -> None:
        """Start anew from nothing, after somebody has found out why the portal was distrusted."""
        with self._writing() as connection:
            store = connection.execute("SELECT store FROM state").fetchone()["store"]
            for table in ("items", "people", "answers", "state"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - four names that stand here  # nosec B608
            self._begin(connection, store)

    def close(self) -> None:
        """Give this thread's connection back."""
        with suppress(AttributeError):
            self._connections.here.close()
            del self._connections.here

    def _connection(self) -> sqlite3.Connection:
        known: sqlite3.Connection | None = getattr(self._connections, "here", None)
        if known is None:
            known = sqlite3.connect(self._path, timeout=60, isolation_level=None)
            known.row_factory = sqlite3.Row
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
                known.execute(f"PRAGMA {pragma}")
            self._connections.here = known
        return known

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def _position(row: sqlite3.Row) -> Position:
    issued = None if row["issued"] is None else clock.parse_instant(row["issued"])
    return Position(row["cursor"], row["chain"], row["head"], row["size"], row["root"], row["note"], issued)


def _refusal(state: sqlite3.Row, age: timedelta | None, allowed: timedelta) -> str | None:
    if state["distrust"] is not None:
        return "distrusted"
    if age is None or not -_CLOCK_MAY_STEP_BACK <= age <= allowed:
        return "stale"
    return "behind" if state["cursor"] < state["head"] else None


def _ruled(rows: list[sqlite3.Row], question: rules.Question) -> Decision:
    if rows[0]["known"] is None:
        return rules.decide(rules.UNKNOWN_ITEM, question, lambda _: rules.NEVER_ASKED)
    here = [row for row in rows if row["subject"] is not None]
    people = tuple(
        rules.PersonInItem(row["subject"], _names(row["kinds"]), _names(row["basis_scopes"])) for row in here
    )
    code = rows[0]["item_code"]
    view = rules.ItemView(frozenset() if code is None else frozenset({code}), people)
    standings = {row["subject"]: _standing(row["code"], row["answer"]) for row in here}
    return rules.decide(view, question, standings.__getitem__)


@lru_cache(maxsize=4096)
def _names(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))


@lru_cache(maxsize=4096)
def _standing(code: str | None, text: str | None) -> rules.Standing:
    if code is None or code == ReasonCode.NO_CONSENT:
        return rules.NEVER_ASKED
    if text is None:
        return rules.Standing(code)
    said = json.loads(text)
    return rules.Standing(
        code,
        rules.Answer(
            code=said["answer"],
            identity=said["identity"],
            only_recipients=tuple(said["only_recipients"]),
            except_recipients=tuple(said["except_recipients"]),
            except_kinds=tuple(said["except_kinds"]),
            onward=said["onward"],
            ends_at=clock.end_of_validity(said["valid_until"]) if said["valid_until"] else None,
        ),
    )


def _take_in(connection: sqlite3.Connection, change: Mapping[str, Any]) -> None:
    if change["kind"] == "answer":
        answer = None if change["answer"] is None else json.dumps(change["answer"])
        connection.execute(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)",
            (change["subject"], change["scope"], change["code"], answer),
        )
    elif change["kind"] == "item":
        connection.execute(
            "INSERT OR REPLACE INTO items VALUES (?, ?, ?)", (change["item"], change["item_kind"], change["code"])
        )
        connection.execute("DELETE FROM people WHERE item = ?", (change["item"],))
        connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", _rows_of_people(change))
    elif change["kind"] not in ("catalogue", "erased"):
        raise Distrusted("forged", f"a change of a kind that the protocol does not have: {change['kind']}")


def _rows_of_people(change: Mapping[str, Any]) -> Iterable[tuple[str, str, str, str]]:
    for subject, way in change["subjects"].items():
        yield change["item"], subject, json.dumps(way["kinds"]), json.dumps(way["basis_scopes"])
