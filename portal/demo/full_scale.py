"""The demonstration at the size of the whole consortium: 3,200 people, 29,000 files, 2,000,000 open-source items."""

import csv
import hashlib
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from consent.deciding import registration
from consent.deciding.registration import NamedPerson, Registration
from consent.ledger import scopes, stores
from consent.ledger.items import ItemRole
from consent.rules import ReasonCode
from consent.saying import interview_import, interview_register
from portal.demo.making import Report
from portal.installation import open_database
from portal.settings import Settings
from vault import clock
from vault.database import Database

PARTNERS = ("alder", "birch", "cedar", "dogwood")
_FILES, _CATALOGUE = "Closed-source database", "Open-source catalogue"
_ITEMS_IN_A_TRANSACTION = 2000
_HISTORY_IN_DAYS = 1000
# A person's files: kind, and which of their files it was made from.
_FILES_OF_A_PERSON: tuple[tuple[str, int | None], ...] = (
    ("interview", None),
    ("audio", None),
    ("transcript", 1),
    ("transcript", 2),
    ("medical", None),
    ("photo", None),
    ("court", None),
    ("analysis", 3),
    ("video", None),
    ("official", None),
)
_OPEN_KINDS = ("open_source", "video", "photo", "open_source", "transcript")


def enlarge(
    settings: Settings, report: Report, *, people: int = 3200, files: int = 29_000, open_items: int = 2_000_000
) -> None:
    """Add people, files and open-source items up to those numbers, in short transactions.

    Stopped anywhere, the same call goes on where it was.
    """
    database = open_database(settings)
    done = _Done(settings.data_dir / "demo.scale.json")
    try:
        _add_people(database, done, people // len(PARTNERS), report)
        _add_items(database, done, _FILES, _files(people // len(PARTNERS)), files, report)
        _add_items(database, done, _CATALOGUE, _open_items(people // len(PARTNERS)), open_items, report)
        _acknowledge(database)
    finally:
        database.close()


class _Done:
    """How far each part has come, kept beside the databases."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parts: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}

    def of(self, part: str) -> int:
        return self._parts.get(part, 0)

    def note(self, part: str, count: int) -> None:
        self._parts[part] = count
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(self._parts))
        new.replace(self._path)


def _reference(number: int) -> str:
    return f"X-{number:05d}"


def _add_people(database: Database, done: _Done, each: int, report: Report) -> None:
    for place, partner in enumerate(PARTNERS):
        if done.of("people") > place:
            continue
        recorded = 0

        def progress(people: int, partner: str = partner) -> None:
            nonlocal recorded
            recorded += people
            report(f"People of {partner}", recorded, each)

        with TemporaryDirectory() as folder:
            path = Path(folder) / "register.csv"
            with database.reading() as session:
                _write_register(path, place, each, list(scopes.catalogue(session)))
                checked = interview_register.check(session, path, partner)
            interview_import.bring_in(database, checked, partner, progress)
        done.note("people", place + 1)


def _write_register(path: Path, place: int, each: int, keys: list[str]) -> None:
    """A register in the wide form, each person answering every scope on one day."""
    chance = Random(place)  # noqa: S311 - fictional people
    today = clock.now().date().toordinal()
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["interview_reference", "effective_at", *keys])
        for number in range(place * each, (place + 1) * each):
            day = clock.now().date().fromordinal(today - chance.randint(1, _HISTORY_IN_DAYS))
            said = chance.choices(
                [ReasonCode.GRANTED, ReasonCode.ASK_FIRST, ReasonCode.REFUSED, ReasonCode.UNANSWERED],
                [70, 12, 15, 3],
                k=len(keys),
            )
            rows.writerow([_reference(number), day.isoformat(), *said])


def _add_items(
    database: Database, done: _Done, store_name: str, items: Iterator[Registration], count: int, report: Report
) -> None:
    begun = done.of(store_name)
    wanted = islice(items, begun, count)
    while chunk := list(islice(wanted, _ITEMS_IN_A_TRANSACTION)):
        with database.writing() as session:
            registration.register(session, _store(session, store_name), chunk)
        begun += len(chunk)
        done.note(store_name, begun)
        report(store_name, begun, count)


def _store(session: Session, name: str) -> stores.Store:
    return next(store for store in stores.listed(session) if store.name == name)


def _files(each: int) -> Iterator[Registration]:
    """Ten files of each person, the first person's first."""
    number = 0
    while True:
        person = number % (each * len(PARTNERS))
        name = f"{PARTNERS[person // each]}/{_reference(person)}"
        for place, (kind, source) in enumerate(_FILES_OF_A_PERSON):
            yield Registration(
                item=f"G-{number:06d}{place:02d}",
                kind=kind,
                people=() if source is not None else (NamedPerson(name, None),),
                sources=() if source is None else (f"G-{number:06d}{source:02d}",),
                sha256=hashlib.sha256(f"G-{number:06d}{place:02d}".encode()).hexdigest(),
            )
        number += 1


def _open_items(each: int) -> Iterator[Registration]:
    """Items from open sources: three in a hundred show somebody, one of them by the catalogue's own key."""
    number = 0
    while True:
        number += 1
        person = number // 100 % (each * len(PARTNERS))
        survivor = NamedPerson(f"{PARTNERS[person // each]}/{_reference(person)}", None, ItemRole.DEPICTED)
        stranger = NamedPerson(None, f"face-{number // 700}", ItemRole.DEPICTED, "osint-2021")
        shown = {7: (survivor,), 41: (stranger,), 83: (survivor, stranger)}.get(number % 100, ())
        yield Registration(
            item=f"OS-1{number:07d}",
            kind=_OPEN_KINDS[number % len(_OPEN_KINDS)],
            people=shown,
            no_data_subject=not shown and number % 10 != 9,
        )


def _acknowledge(database: Database) -> None:
    with database.writing() as session:
        for name in (_FILES, _CATALOGUE):
            store = _store(session, name)
            stores.acknowledge(session, store.id, store.cursor, clock.now())
