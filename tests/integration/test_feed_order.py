"""Every committed change is in the feed once, without gap and in commit order, whoever writes."""

import subprocess
import sys
import time
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from consent.ledger import stores
from consent.ledger.feed import FeedRow
from consent.ledger.revisions import present
from portal.settings import Settings
from tests.consortium import Consortium
from tests.following import Following
from tests.integration.test_no_stale_permit import ROOT

WRITERS, EACH = 3, 40
# A writer with its own connection: answers and withdraws, and undoes every fifth transaction on purpose.
WRITE = """
import os, sys
from pathlib import Path
from random import Random
from consent.catalogue import forms
from consent.saying import answering
from portal import installation, tables
from portal.settings import Settings
folder, url, number, each, *people = sys.argv[1:]
settings = Settings.from_environment({"DATA_DIR": folder, "DATABASE_URL": url, "ZHODA_DEMO": "1"})
database, random, told = installation.open_database(settings), Random(int(number)), 0
class Undone(Exception): pass
print("ready", flush=True)
for step in range(int(each)):
    person = random.choice(people)
    try:
        with database.writing() as session:
            form = forms.current(session)
            said = answering.Circumstances(form.id, form.digest, "en", "portal", f"writer {number}")
            given = {"share.icc": answering.Given(random.choice(("granted", "ask_first", "refused")))}
            answering.answer(session, person, given, said)
            if step % 5 == 4:
                raise Undone
            told += 1
    except Undone:
        pass
print(told, flush=True)
"""


def test_writers_in_several_processes_leave_a_feed_without_gaps_in_commit_order(
    consortium: Consortium, settings: Settings
) -> None:
    people = [consortium.enrol(f"V-{number}") for number in range(4)]
    for person in people:
        consortium.answer(person, "granted", "share.icc")
    consortium.register(*({"item": f"F-{number}", "subjects": [f"V-{number}"]} for number in range(4)))
    begun = head(consortium)
    place = str(settings.data_dir), settings.database_url
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITE, *place, str(number), str(EACH), *people],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    seen: list[tuple[int, int, object]] = []
    while any(writer.poll() is None for writer in writers):
        now = rows(consortium)
        assert [row[0] for row in now] == list(range(1, len(now) + 1)), "a hole, even for a moment"
        assert now[: len(seen)] == seen, "what was read once has changed"
        seen = now
        time.sleep(0.01)
    told = 0
    for writer in writers:
        assert writer.stdout is not None
        told += int(writer.stdout.read().split()[-1])
        writer.stdout.close()
        assert writer.wait() == 0
    final = rows(consortium)
    assert len(final) == begun + told
    revisions = [row[1] for row in final]
    assert revisions == sorted(revisions)
    assert consortium.faults() == []


def rows(consortium: Consortium) -> list[tuple[int, int, object]]:
    with consortium.database.reading() as session:
        query = select(FeedRow.cursor, FeedRow.revision, FeedRow.commitment)
        found = session.execute(query.where(FeedRow.store_id == consortium.store.id).order_by(FeedRow.cursor))
        return [tuple(row) for row in found]  # type: ignore[misc]


def head(consortium: Consortium) -> int:
    with consortium.database.reading() as session:
        assert present(session)[0] > 0
        return session.get_one(stores.Store, consortium.store.id).cursor


def test_reading_the_feed_from_its_beginning_leads_to_the_present_state(
    consortium: Consortium, api: Flask, tmp_path: Path
) -> None:
    folder = tmp_path
    anna = consortium.enrol("V-1")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    early = Following(api, consortium, folder)
    for answer in ("granted", "ask_first", "refused", "granted"):
        consortium.answer(anna, answer, "share.icc")
        early.follower.catch_up()
    (folder / "late").mkdir()
    late = Following(api, consortium, folder / "late")
    late.follower.catch_up()
    assert late.may("F-1") == early.may("F-1") == ("permit", ["granted"])
    assert late.replica.status.position.chain == early.replica.status.position.chain
    for following in (early, late):
        following.replica.close()
