"""Words that are known by their day alone, from Auckland to Los Angeles, against a plain reading of the rule."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consent.catalogue import forms
from consent.ledger import answers, ledger
from consent.ledger.events import Draft, Event, Kind
from consent.people import subjects, zones
from consent.saying import capture, interview_import, interview_register, withdrawal
from portal.desks.documenter.forms import WithdrawalForm
from tests.consortium import Consortium
from vault import clock

ZONES = ("Pacific/Auckland", "Asia/Tbilisi", "Europe/Vilnius", "Europe/London", "UTC", "America/Los_Angeles")
# Among them the days on which clocks change: in Los Angeles, in Europe, and in Auckland.
FIRST_DAYS = (date(2024, 3, 9), date(2024, 3, 30), date(2024, 4, 6), date(2024, 9, 28), date(2024, 11, 2))
CODES = ("granted", "ask_first", "refused", "withdrawn", "unanswered")
PERMITS = ("granted", "ask_first")
SCOPE = "share.icc"
_turns = itertools.count()


class Word(NamedTuple):
    """What was said on a day of a zone; the hour is None where nobody knows it. `kept` hours later it was recorded."""

    day: date
    hour: time | None
    zone: str
    code: str
    kept: int

    @property
    def begins(self) -> datetime:
        """The hour, or the day's first moment."""
        return datetime.combine(self.day, self.hour or time(), ZoneInfo(self.zone)).astimezone(UTC)

    @property
    def ends(self) -> datetime:
        """The hour, or the first moment of the next day."""
        if self.hour is not None:
            return self.begins
        return datetime.combine(self.day + timedelta(days=1), time(), ZoneInfo(self.zone)).astimezone(UTC)


@st.composite
def words(draw: st.DrawFn) -> list[Word]:
    first, zone = draw(st.sampled_from(FIRST_DAYS)), draw(st.sampled_from(ZONES))
    days = st.integers(0, 2).map(lambda number: first + timedelta(days=number))
    # No hour of midnight UTC: that one is known by its day, as it was before events told where the day was.
    hours = st.none() | st.sampled_from((time(1, 5), time(9, 5), time(16, 5), time(23, 35)))
    word = st.builds(Word, days, hours, st.just(zone), st.sampled_from(CODES), st.sampled_from((0, 7, 100)))
    return draw(st.lists(word, min_size=1, max_size=5))


def recorded(said: list[Word]) -> list[tuple[Word, datetime]]:
    """The words in the order in which they were recorded, each with its moment."""
    moments = [(word.begins + timedelta(hours=word.kept), number, word) for number, word in enumerate(said)]
    return [(word, moment + timedelta(seconds=number)) for moment, number, word in sorted(moments)]


def stands(known: list[tuple[Word, datetime]]) -> int:
    """Which word stands, by its place in the order of recording: the rule said in the plainest way."""
    denials = [word for word, _ in known if word.code not in PERMITS]

    def last(word: Word, at: datetime) -> datetime:
        """Said at its hour; of a day, at its last moment, but never after it was recorded."""
        return word.begins if word.hour else max(word.begins, min(word.ends - clock.MICROSECOND, at))

    def place(number: int) -> tuple[datetime, bool, int]:
        word, at = known[number]
        stricter = [each for each, _ in known if each.hour and each.code == "ask_first" and word.code == "granted"]
        if word.code in PERMITS and any(word.begins <= each.begins < word.ends for each in denials + stricter):
            return word.begins, False, number
        return last(word, at), word.code not in PERMITS, number

    return max(range(len(known)), key=place)


def body_of(word: Word) -> dict[str, Any]:
    by_its_day = {} if word.hour else answers.known_by(clock.day_in(word.day, ZoneInfo(word.zone)))
    return by_its_day | ({"answer": word.code} if word.code in PERMITS else {})


def kind_of(word: Word) -> Kind:
    return Kind.GIVEN if word.code in PERMITS else Kind(word.code)


@settings(max_examples=150)
@given(words(), st.randoms())
def test_of_words_of_one_day_that_one_stands_which_the_rule_names(said: list[Word], random: Any) -> None:
    events = [
        Event(str(number), number, number, at, "a", kind_of(word), SCOPE, "", word.begins, "test", body_of(word))
        for number, (word, at) in enumerate(recorded(said))
    ]
    row = answers.fold(random.sample(events, len(events))).answers["a", SCOPE, ""]
    assert row.event_id == str(stands(recorded(said)))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(words())
# The last of these brings back the first, which a row that stands no longer holds.
@example(
    [
        Word(date(2024, 3, 30), time(16, 5), "Europe/Vilnius", "ask_first", 0),
        Word(date(2024, 3, 30), None, "Europe/Vilnius", "granted", 100),
        Word(date(2024, 3, 30), time(9, 5), "Europe/Vilnius", "withdrawn", 100),
    ]
)
def test_what_stands_is_the_same_when_words_come_one_by_one(consortium: Consortium, said: list[Word]) -> None:
    anna = consortium.enrol(f"V-{next(_turns)}")
    for word, at in recorded(said):
        draft = Draft(kind_of(word), anna, SCOPE, effective_at=word.begins, body=body_of(word))
        with clock.moved_to(at), consortium.database.writing() as session:
            ledger.append(session, [draft])
    with consortium.database.reading() as session:
        row = answers.present(session, [anna], SCOPE).answers[anna, SCOPE, ""]
        past, _ = ledger.history(session, [anna])
    known = [(word, event.recorded_at) for (word, _), event in zip(recorded(said), past, strict=True)]
    assert row.event_id == past[stands(known)].id
    assert consortium.faults() == []


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", None])
def test_a_register_that_is_fed_again_in_another_zone_doubles_nothing(
    consortium: Consortium, tmp_path: Path, zone: str | None
) -> None:
    file = tmp_path / "register.csv"
    file.write_text(
        "interview_reference,scope,answer,effective_at,valid_until\n"
        "V-1,share.icc,granted,2024-03-31,2099-03-31\n"
        "V-1,share.icc,withdrawn,2024-05-14,\n"
        "V-1,share.osce,granted,2024-05-14,20990331\n"
        "V-1,share.osce,granted,2024-05-15,2099-W14-2\n"
        "V-1,share.un,ask_first,2024-05-14T09:30:00Z,2099-03-31T00:00:00Z\n",
        encoding="utf-8",
    )
    counts = []
    for each in ("Europe/Vilnius", zone):
        with consortium.database.writing() as session:
            zones.keep_of_partner(session, "alder", each)
        with consortium.database.reading() as session:
            checked = interview_register.check(session, file, "alder")
        counts.append(interview_import.bring_in(consortium.database, checked, "alder").recorded)
    assert counts == [5, 0]
    assert consortium.faults() == []


def test_a_register_from_before_events_told_where_a_day_was_is_known(consortium: Consortium, tmp_path: Path) -> None:
    anna = consortium.enrol("V-1")
    body = {"answer": "granted", "valid_until": "2099-03-31"}
    with consortium.database.writing() as session:
        ledger.append(
            session, [Draft(Kind.GIVEN, anna, SCOPE, "", datetime(2024, 3, 31, tzinfo=UTC), "register", body)]
        )
    file = tmp_path / "register.csv"
    file.write_text(
        "interview_reference,scope,answer,effective_at,valid_until\nV-1,share.icc,granted,2024-03-31,2099-03-31\n",
        encoding="utf-8",
    )
    with consortium.database.reading() as session:
        checked = interview_register.check(session, file, "alder")
    assert interview_import.bring_in(consortium.database, checked, "alder").already_known == 1


def test_days_of_a_conversation_are_those_of_where_it_says_that_the_person_lives(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    with consortium.database.writing() as session:
        zones.keep_of_partner(session, "alder", "Europe/London")
        asked = forms.current(session).introduction("en")["comprehension"]
        understood = {question["key"]: "understood" for question in asked}
        guarded = {"consented_by": "guardian", "guardian": "x", "majority_on": "2099-03-10"}
        first = {"language": "en", "method": "written", "comprehension": understood, **guarded}
        draft = capture.begin(session, anna, "alder", first)
        yes = {"answer": "granted", "conditions": {"valid_until": "2099-03-10"}}
        capture.keep_group(session, draft, "accountability", {SCOPE: yes}, 0)
        capture.keep(session, draft, {"safety": {"place": "belarus"}})
        capture.record(session, draft, "test")
        day = clock.day_in(date(2099, 3, 10), zones.of_person(session, anna))
        row = answers.present(session, [anna], SCOPE).answers[anna, SCOPE, ""]
    assert (row.majority_at, row.ends_at) == (day.begins, day.ends)
    assert day.begins.hour == 21


@pytest.mark.parametrize(("author", "told"), [("test", {}), ("register", {"register": "birch"}), ("register", {})])
def test_a_denial_from_elsewhere_swallows_none_of_a_register(
    consortium: Consortium, tmp_path: Path, author: str, told: dict[str, str]
) -> None:
    anna = consortium.enrol("V-1")
    day = clock.day_in(date(2024, 5, 14), ZoneInfo("Europe/Minsk"))
    with consortium.database.writing() as session:
        zones.keep_of_partner(session, "alder", "Europe/London")
        session.add(
            subjects.Enrolment(id="b", subject_id=anna, organisation="birch", code="K-0002", enrolled_at=day.begins)
        )
        body = {**answers.known_by(day), **told}
        ledger.append(session, [Draft(Kind.WITHDRAWN, anna, SCOPE, "", day.begins, author, body)])
    file = tmp_path / "register.csv"
    said = "V-1,share.icc,granted,2024-05-14T22:30:00Z\nV-1,share.icc,withdrawn,2024-05-14\n"
    file.write_text(f"interview_reference,scope,answer,effective_at\n{said}", encoding="utf-8")
    counts = []
    for _ in range(2):
        with consortium.database.reading() as session:
            checked = interview_register.check(session, file, "alder")
        counts.append(interview_import.bring_in(consortium.database, checked, "alder").recorded)
    with consortium.database.reading() as session:
        row = answers.present(session, [anna], SCOPE).answers[anna, SCOPE, ""]
    assert (counts, row.code) == ([2, 0], "withdrawn")


@pytest.mark.parametrize(
    ("said", "conditions", "stands"),
    [
        ("ask_first", {}, "said"),
        ("granted", {"only_recipients": ["icc-otp"]}, "said"),
        ("granted", {"identity": "anonymised"}, "said"),
        ("granted", {"valid_until": "2098-01-01"}, "said"),
        ("granted", {"valid_until": "2099-12-31"}, "by its day"),
        ("granted", {}, "by its day"),
    ],
)
def test_a_yes_of_a_day_beats_no_permit_of_that_day_that_allows_less(
    said: str, conditions: dict[str, Any], stands: str
) -> None:
    day = clock.day_in(date(2024, 5, 14), UTC)
    hour = day.begins + timedelta(hours=15)
    by_its_day = {"answer": "granted", "valid_until": "2099-03-31", **answers.known_by(day)}
    body = {"answer": said, "valid_until": "2099-03-31", **conditions}
    events = [
        Event("said", 1, 1, hour, "a", Kind.GIVEN, SCOPE, "", hour, "test", body),
        Event("by its day", 2, 2, day.ends, "a", Kind.CHANGED, SCOPE, "", day.begins, "test", by_its_day),
    ]
    assert answers.fold(events).answers["a", SCOPE, ""].event_id == stands


def test_a_yes_of_a_day_permits_nothing_as_of_a_moment_of_that_day(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    day = clock.day_in(date(2024, 5, 14), UTC)
    with clock.moved_to(day.begins - timedelta(days=1)):
        consortium.register({"item": "i1", "subjects": ["V-1"]})
    with consortium.database.writing() as session:
        body = {"answer": "granted", **answers.known_by(day)}
        ledger.append(session, [Draft(Kind.GIVEN, anna, SCOPE, "", day.begins, "test", body)])
    moments = (day.begins + timedelta(minutes=5), day.ends)
    assert [consortium.decide("i1", at=moment).outcome for moment in moments] == ["deny", "permit"]


def test_a_withdrawal_says_that_it_stopped_what_it_stopped(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    day = clock.day_in(date(2024, 5, 14), UTC)
    consortium.answer(anna, "granted", SCOPE, at=day.begins + timedelta(hours=16))
    body = {"answer": "granted", **answers.known_by(day)}
    said = withdrawal.Statement(withdrawal.Channel.PHONE, "test", day.begins + timedelta(hours=10))
    with consortium.database.writing() as session:
        ledger.append(session, [Draft(Kind.CHANGED, anna, SCOPE, "", day.begins, "test", body)])
        assert withdrawal.withdraw(session, anna, [SCOPE], statement=said).scopes == ()
        assert ledger.history(session, [anna])[0][-1].kind is Kind.WITHDRAWN
        assert answers.present(session, [anna], SCOPE).answers[anna, SCOPE, ""].code == "granted"


@pytest.mark.parametrize(
    ("now", "typed", "stops"),
    [
        (datetime(2024, 10, 27, 2, tzinfo=UTC), "03:50", datetime(2024, 10, 27, 1, 50, tzinfo=UTC)),
        (datetime(2024, 10, 27, 1, 10, tzinfo=UTC), "03:50", datetime(2024, 10, 27, 0, 50, tzinfo=UTC)),
        (datetime(2024, 10, 27, 2, tzinfo=UTC), "02:50", datetime(2024, 10, 26, 23, 50, tzinfo=UTC)),
    ],
)
def test_a_withdrawal_of_an_hour_that_comes_twice_stops_what_was_said_between(
    app: Flask, now: datetime, typed: str, stops: datetime
) -> None:
    with app.test_request_context(), clock.moved_to(now):
        form = WithdrawalForm([], ZoneInfo("Europe/Vilnius"))
        form.said_on.data, form.said_at.data = date(2024, 10, 27), typed
        assert form.when == stops
