"""A letter says what was done and nothing else: through a fault midway, a file that waits, the end of an objection."""

import inspect
import sys
from collections.abc import Callable
from typing import Any

import pytest

from consent.rights import letters, objection, packages, requests
from consent.rights.receiving import Received
from consent.rights.requests import RightsRequest
from portal.casework import answering, copies, rights_requests
from portal.tables import metadata
from tests.consortium import Consortium
from tests.integration.test_rights_decisions import DECISIONS, asked_for, send, sent
from tests.support import rows_of


@pytest.fixture
def anna(consortium: Consortium) -> str:
    person = consortium.enrol("V-1")
    consortium.answer(person, "granted", "share.icc", "record.interview")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    return person


def everything(consortium: Consortium) -> list[str]:
    """Every row of every table."""
    return [rows_of(consortium.database, f'"{table.name}"') for table in metadata.sorted_tables]


def called_by(act: Callable[[], object]) -> list[tuple[Any, str]]:
    """The public functions of the rooms of rights that an act calls, by their modules."""
    found: dict[tuple[str, str], None] = {}

    def seen(frame: Any, event: str, _argument: object) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith("consent.") and not frame.f_code.co_name.startswith(("_", "<")):
            found[module, frame.f_code.co_name] = None

    sys.setprofile(seen)
    try:
        act()
    finally:
        sys.setprofile(None)
    modules = [(sys.modules[module], name) for module, name in found]
    return [(module, name) for module, name in modules if inspect.isfunction(getattr(module, name, None))]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", DECISIONS)
def test_a_fault_anywhere_in_the_sending_leaves_everything_as_it_was(
    consortium: Consortium, anna: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, before, decide = DECISIONS[name]
    request_id = asked_for(consortium, right, anna)
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        before(session, request)
        decide(session, request, None)

    class Undone(Exception):
        pass

    def try_to_send() -> None:
        with consortium.database.writing() as session:
            send(session, session.get_one(RightsRequest, request_id))
            raise Undone

    def and_undo() -> None:
        with pytest.raises(Undone):
            try_to_send()

    stood = everything(consortium)
    functions = called_by(and_undo)
    assert len(functions) > 10
    assert everything(consortium) == stood
    for module, function in functions:
        with monkeypatch.context() as patched:
            patched.setattr(module, function, failing)
            with pytest.raises((Broken, Undone)):
                try_to_send()
        assert everything(consortium) == stood, (module.__name__, function)
    with consortium.database.writing() as session:
        send(session, session.get_one(RightsRequest, request_id))


class Broken(Exception):
    """What a fault raises."""


def failing(*_arguments: object, **_named: object) -> None:
    raise Broken


def test_a_refusal_that_is_sent_leaves_no_file_to_fetch_and_none_is_sent_past_a_fetched_one(
    consortium: Consortium, anna: str
) -> None:
    for is_fetched in (False, True):
        request_id = asked_for(consortium, "access", anna)
        with consortium.database.writing() as session:
            request = session.get_one(RightsRequest, request_id)
            made = copies.make(session, request, "officer")
            if is_fetched:
                packages.fetch(session, request, "anna")
                with pytest.raises(requests.NotNow):
                    answering.refuse(session, request, "12(5)", "why", "officer", made.id)
                send(session, request)
                continue
            answering.refuse(session, request, "12(5)", "why", "officer", made.id)
            assert packages.waiting(session, request)
            send(session, request)
            assert not packages.waiting(session, request)


def objection_of(consortium: Consortium, person: str) -> str:
    with consortium.database.writing() as session:
        received = Received("objection", "portal", "en", "", subject_id=person)
        return rights_requests.receive_from_person(session, "alder", received, person).id


def test_an_objection_that_is_taken_back_lets_use_go_on_and_its_letter_says_so(
    consortium: Consortium, anna: str
) -> None:
    request_id = objection_of(consortium, anna)
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        assert objection.stands(session, request)
        rights_requests.take_back(session, request, anna)
        assert not objection.stands(session, request)
        assert sent(session, request) == ["received", "objection_ends"]
        last = letters.of_request(session, request, sent_only=True)[-1]
        assert "You took your objection back" in letters.words(session, last)["text"]
        with pytest.raises(requests.NotNow):
            answering.end_objection(session, request, "why", "officer")
    assert consortium.faults() == []


def test_an_objection_that_was_upheld_is_ended_with_a_letter_unless_another_waits_to_be_weighed(
    consortium: Consortium, anna: str
) -> None:
    first = objection_of(consortium, anna)
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, first)
        with pytest.raises(requests.NotNow):
            answering.end_objection(session, request, "not while it is weighed", "officer")
        answering.uphold(session, request, "officer")
        send(session, request)
    second = objection_of(consortium, anna)
    with consortium.database.writing() as session:
        request, other = (session.get_one(RightsRequest, each) for each in (first, second))
        with pytest.raises(requests.NotNow):
            answering.end_objection(session, request, "another one waits", "officer")
        rights_requests.take_back(session, other, anna)
        assert sent(session, other) == ["received"]
        assert objection.stands(session, request)
        answering.end_objection(session, request, "the ground is there by now", "officer")
        assert not objection.stands(session, request)
        last = letters.of_request(session, request, sent_only=True)[-1]
        assert "the ground is there by now" in letters.words(session, last)["text"]
        with pytest.raises(requests.NotNow):
            answering.end_objection(session, request, "twice", "officer")
    assert consortium.faults() == []
