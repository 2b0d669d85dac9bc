"""One writing transaction at a time in one thread: a second would wait for the first, and everybody for both."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from consent.people.organisations import Organisation
from portal.access import sessions
from tests.consortium import Consortium
from tests.web.people import survivor
from vault import clock
from vault.database import Database, SecondWriter


def elm(key: str) -> Organisation:
    return Organisation(key=key, name="Elm (fictional)", country="DK")


def keys(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(Organisation.key)))


def test_a_second_fails_at_once_and_the_first_commits(database: Database) -> None:
    with database.writing() as session:
        session.add(elm("first"))
        with pytest.raises(SecondWriter), database.writing():
            raise AssertionError("two were open")
        assert database.is_writing
    assert keys(database) == {"first"}
    with database.writing() as session:
        session.add(elm("next"))
    assert not database.is_writing
    assert keys(database) == {"first", "next"}


def test_one_that_fails_leaves_the_way_free_and_other_threads_write(database: Database) -> None:
    def write(key: str) -> None:
        with database.writing() as session:
            session.add(elm(key))
            assert key != "lost"

    with pytest.raises(AssertionError):
        write("lost")
    thread = threading.Thread(target=write, args=("other",))
    thread.start()
    thread.join()
    assert keys(database) == {"other"}


def test_noting_that_somebody_is_still_there_never_waits_for_their_own_request(
    app: Flask, consortium: Consortium
) -> None:
    person = survivor(app, consortium, consortium.enrol("V-1"))
    person.get("/data/request")
    said = {"organisation": "alder", "right": "access", "requester": "self", "text": "about me in a film"}
    with clock.moved_to(clock.now() + sessions.TOUCH_AFTER + timedelta(seconds=1)):
        person.post("/data/request", **said)
