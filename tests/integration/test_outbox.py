"""What people are told outside: once, whatever a mail server does, neutral, and not what they have seen already."""

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from consent.ledger.scopes import LANGUAGES
from consent.rights import receiving
from mhpss import risk
from mhpss.risk import RiskSign
from portal.access import accounts, notices
from portal.access.accounts import Account, Role
from portal.access.notices import What
from portal.casework import alerts
from portal.outbox import messages, preferences, texts
from portal.outbox.carriers import Carrier, Command, Letter, MailServer, NotSent
from portal.outbox.messages import Channel, Failure, Message, MessageKind, MessageState
from portal.outbox.preferences import Pace
from portal.outbox.sending import Post
from tests.consortium import Consortium
from tests.mail_server import Mood, ServerOfMoods
from tests.support import case_of, get, person_with_consent, put_on_call
from vault import clock
from vault.database import Database

DPO = "dpo@alder.example"


@pytest.fixture
def server() -> Iterator[ServerOfMoods]:
    with ServerOfMoods() as running:
        yield running


@pytest.fixture
def post(server: ServerOfMoods) -> Post:
    mail = MailServer(server.address, "desk@house.example", patience=0.5)
    return Post({Channel.MAIL: mail}, "https://desk.example/")


@pytest.fixture
def officer(consortium: Consortium) -> str:
    return staff(consortium.database, Role.DPO, "dpo")


def staff(database: Database, role: Role, name: str) -> str:
    with database.writing() as session:
        passphrase = "three quiet green boats"
        return accounts.create(session, role, "alder", f"{name}@alder.example", passphrase, language="be").id


def told(database: Database, account_id: str, what: What = What.NEW_DEVICE, of: str = "") -> bool:
    with database.writing() as session:
        return notices.tell(session, account_id, what, of)


def states(database: Database) -> list[MessageState]:
    with database.reading() as session:
        return list(session.scalars(select(Message.state).order_by(Message.created_at, Message.id)))


def test_a_message_goes_once_and_says_nothing_of_what_it_is(
    database: Database, officer: str, post: Post, server: ServerOfMoods
) -> None:
    told(database, officer)
    assert post.send_due(database) == 1
    assert post.send_due(database) == 0
    (mail,) = server.accepted
    assert mail["To"] == DPO
    assert "https://desk.example/" in mail.get_content()
    for forbidden in ("zhoda", "consent", "alder", "device", "згод", "belarus"):
        assert forbidden not in mail["Subject"].casefold() + mail.get_content().casefold()
    assert states(database) == [MessageState.SENT]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_there_in_every_language(language: str) -> None:
    assert texts.TEXTS[language].keys() == texts.TEXTS["en"].keys()
    assert "https://desk.example/" in texts.text(language, "https://desk.example/", 3).body
    assert "3" in texts.text(language, "", 3).body


def test_what_is_told_again_is_no_second_message(database: Database, officer: str) -> None:
    assert told(database, officer, What.REQUEST_DUE, "2026-03-01")
    assert not told(database, officer, What.REQUEST_DUE, "2026-03-01")
    assert len(states(database)) == 1


def test_a_transaction_that_fails_leaves_nothing_to_send(database: Database, officer: str) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as session:  # noqa: PT012 - what fails comes after it
        notices.tell(session, officer, What.NEW_DEVICE)
        raise ZeroDivisionError
    assert states(database) == []


@pytest.mark.parametrize(
    ("mood", "failure"),
    [
        (Mood.NOT_NOW, Failure.NOT_NOW),
        (Mood.BREAKS_OFF, Failure.UNREACHABLE),
        (Mood.FULL, Failure.NOT_NOW),
        (Mood.STALLS, Failure.STALLED),
    ],
)
def test_after_a_failure_it_goes_later_and_still_once(
    database: Database, officer: str, post: Post, server: ServerOfMoods, mood: Mood, failure: Failure
) -> None:
    told(database, officer)
    server.mood = mood
    assert post.send_due(database) == 0
    with database.reading() as session:
        assert session.scalars(select(Message)).one().failure == failure
    server.mood = Mood.WELL
    assert post.send_due(database) == 0
    with clock.moved_to(clock.now() + timedelta(minutes=2)):
        assert post.send_due(database) == 1
        assert post.send_due(database) == 0
    assert len(server.accepted) == 1


def test_an_address_that_is_refused_is_given_up_and_an_administrator_may_try_again(
    database: Database, officer: str, post: Post, server: ServerOfMoods
) -> None:
    told(database, officer)
    server.mood = Mood.REFUSES
    post.send_due(database)
    assert states(database) == [MessageState.GIVEN_UP]
    server.mood = Mood.WELL
    assert post.send_due(database) == 0
    with database.writing() as session:
        (given_up,) = messages.listed(session, MessageState.GIVEN_UP)
        messages.try_again(session, given_up.id)
        with pytest.raises(messages.NotNow):
            messages.try_again(session, given_up.id)
    assert post.send_due(database) == 1


def test_without_a_way_out_it_waits_for_two_days(database: Database, officer: str) -> None:
    told(database, officer)
    now = clock.now()
    for hours in range(0, 47, 5):
        with clock.moved_to(now + timedelta(hours=hours)):
            Post({}).send_due(database)
    assert states(database) == [MessageState.WAITING]
    with clock.moved_to(now + timedelta(hours=60)):
        Post({}).send_due(database)
    assert states(database) == [MessageState.GIVEN_UP]


def test_what_was_seen_meanwhile_and_what_a_closed_account_would_get_is_dropped(
    database: Database, consortium: Consortium, officer: str, post: Post, server: ServerOfMoods
) -> None:
    told(database, officer)
    with database.writing() as session:
        notices.put_away(session, officer)
    post.send_due(database)
    told(database, officer)
    with database.writing() as session:
        accounts.disable(session, session.get_one(Account, officer))
    post.send_due(database)
    assert states(database) == [MessageState.DROPPED] * 2
    assert server.accepted == []


def test_two_processes_send_one_message(database: Database, officer: str, server: ServerOfMoods) -> None:
    told(database, officer)
    inner = MailServer(server.address, "desk@house.example")

    class Slow(Carrier):
        """Lets another process look at the outbox while it sends."""

        def carry(self, letter: Letter, handing_over: object) -> None:
            """Send it, after the other has looked."""
            assert Post({Channel.MAIL: inner}).send_due(database) == 0
            inner.carry(letter, handing_over)  # type: ignore[arg-type]

    assert Post({Channel.MAIL: Slow()}).send_due(database) == 1
    assert len(server.accepted) == 1


def test_what_a_dead_process_had_taken_goes_after_its_time(
    database: Database, officer: str, post: Post, server: ServerOfMoods
) -> None:
    told(database, officer)
    with database.writing() as session:
        (waiting,) = messages.due(session)
        assert messages.take(session, waiting) is not None
    assert post.send_due(database) == 0
    with clock.moved_to(clock.now() + messages.TAKEN_FOR):
        assert post.send_due(database) == 1
    assert len(server.accepted) == 1


def test_what_waits_for_the_day_comes_as_one_and_never_is_never(
    database: Database, officer: str, post: Post, server: ServerOfMoods
) -> None:
    now = clock.now()
    for day in range(3):
        told(database, officer, What.REQUEST_DUE, str(day))
    with clock.moved_to(now + timedelta(days=1)):
        assert post.send_due(database) == 1
        assert post.send_due(database) == 0
        (mail,) = server.accepted
        assert ": 3." in mail.get_content()
        with database.writing() as session:
            preferences.choose(session, officer, MessageKind.DEADLINE, Pace.NEVER)
        assert told(database, officer, What.REQUEST_DUE, "3")
        assert not told(database, officer, What.REQUEST_DUE, "3")
    with clock.moved_to(now + timedelta(days=3)):
        assert post.send_due(database) == 0
    with database.writing() as session, pytest.raises(KeyError):
        preferences.choose(session, officer, MessageKind.DANGER, Pace.NEVER)


def test_the_command_gets_the_message_on_its_input_and_what_it_refuses_is_tried_again(
    database: Database, officer: str, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.json"
    line = f"{sys.executable} -c \"import sys; open('{kept}', 'w').write(sys.stdin.read())\""
    with database.writing() as session:
        accounts.keep_phone(session, session.get_one(Account, officer), "+370 000 00000")
    told(database, officer, What.DANGER, "review")
    failing = Command(f'{sys.executable} -c "raise SystemExit(1)"', Channel.CALL)
    assert Post({Channel.SMS: Command(line, Channel.SMS), Channel.CALL: failing}).send_due(database) == 1
    said = json.loads(kept.read_text())
    assert said["to"] == "+370 000 00000"
    assert said["channel"] == "sms"
    with database.reading() as session:
        failures = {message.channel: message.failure for message in session.scalars(select(Message))}
    assert failures == {
        Channel.MAIL: Failure.NOT_SET_UP,
        Channel.SMS: None,
        Channel.CALL: Failure.COMMAND_FAILED,
    }


def test_no_line_of_an_address_becomes_a_header(server: ServerOfMoods) -> None:
    letter = Letter("0" * 32, "a@b.example\r\nBcc: c@d.example", texts.text("en", ""))
    with pytest.raises(NotSent):
        MailServer(server.address, "desk@house.example").carry(letter, lambda: None)
    assert server.accepted == []


def test_what_was_accepted_though_the_answer_was_lost_comes_again_under_the_same_id(
    database: Database, officer: str, post: Post, server: ServerOfMoods
) -> None:
    told(database, officer)
    server.mood = Mood.TAKES_AND_BREAKS_OFF
    assert post.send_due(database) == 0
    server.mood = Mood.WELL
    with clock.moved_to(clock.now() + timedelta(minutes=2)):
        assert post.send_due(database) == 1
    assert len(set(server.ids)) == 1


def test_a_sign_of_danger_reaches_whoever_is_on_call_and_unseen_the_supervisor(
    database: Database, consortium: Consortium
) -> None:
    holder, supervisor, on_duty = (staff(database, Role.PSYCHOLOGIST, name) for name in ("one", "two", "three"))
    number = case_of(consortium, person_with_consent(consortium), holder, supervisor)
    with database.writing() as session:
        found = get(session, number)
        put_on_call(session, on_duty)
        review = risk.open_review(session, found, RiskSign.ITEM_9, holder)
    follow(database)
    assert told_of(database, holder) == told_of(database, on_duty) == [What.DANGER]
    assert told_of(database, supervisor) == []
    with clock.moved_to(review.see_by):
        with database.writing() as session:
            risk.escalate(session)
        follow(database)
        follow(database)
        assert told_of(database, supervisor) == [What.DANGER_UNSEEN]
    assert told_of(database, holder) == [What.DANGER]


def follow(database: Database) -> None:
    with database.writing() as session:
        alerts.of_danger(session)


def told_of(database: Database, account_id: str) -> list[What]:
    with database.reading() as session:
        return [notice.what for notice in notices.latest(session, account_id)]


def test_officers_are_told_once_a_day_that_something_is_due(
    database: Database, consortium: Consortium, officer: str
) -> None:
    person = consortium.enrol("V-1")
    with consortium.database.writing() as session:
        receiving.receive(session, "alder", receiving.Received("access", "portal", "en", "", subject_id=person), person)
    with clock.moved_to(clock.now() + timedelta(days=24)):
        for _ in range(2):
            with database.writing() as session:
                alerts.of_requests_due(session)
        with database.reading() as session:
            assert [notice.what for notice in notices.latest(session, officer)] == [What.REQUEST_DUE]
