"""The one rule against a second, naive reading of the same table."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from consent import rules
from consent.ledger import answers
from consent.ledger.events import Event, Kind
from tests.properties import naive

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
SCOPE = "share.icc"
RECIPIENTS = ("icc-otp", "alder")
KINDS = ("photo", "medical", "video", "medical_scan")
PEOPLE = ("anna", "boris", "vera")
NAMES = ("a", "b", "c", "d", "e")
CODES = ("granted", "ask_first", "refused", "withdrawn", "unanswered", "expired", "invalidated", "superseded")
RESTRICTIONS = ("erased", "safety_hold", "paused_by_wish", "erasure_pending", "restricted", "objected")

moments = st.tuples(st.integers(-2, 0), st.sampled_from((-12, -2, 0))).map(
    lambda ago: NOW + timedelta(days=ago[0], hours=ago[1])
)
ends = st.none() | st.integers(-2, 2).map(lambda days: NOW + timedelta(days=days))
some_recipients = st.sets(st.sampled_from(RECIPIENTS), max_size=2).map(sorted)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "identity": draw(st.sampled_from((None, None, "named", "pseudonymised", "anonymised"))),
        "only": draw(st.just([]) | some_recipients),
        "except": draw(st.just([]) | some_recipients),
        "kinds": draw(st.just([]) | st.sets(st.sampled_from(KINDS), max_size=2).map(sorted)),
        "ends_at": draw(ends),
        "majority_at": draw(ends),
        "partners": draw(st.none() | some_recipients),
    }


@st.composite
def persons(draw: st.DrawFn) -> naive.Person:
    codes = draw(st.lists(st.tuples(moments, st.sampled_from(CODES), conditions()), max_size=4))
    return naive.Person(
        restrictions=draw(st.just(set()) | st.sets(st.sampled_from(RESTRICTIONS), max_size=2)),
        open_scopes=draw(st.sampled_from((set(), {SCOPE}))),
        events=[(moment, revision, code, said) for revision, (moment, code, said) in enumerate(codes, start=1)],
        yes_to=draw(st.sampled_from((set(), {"request-1"}))),
    )


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, naive.Thing]:
    things = {}
    for place, name in enumerate(NAMES):
        if draw(st.integers(0, 5)) == 0:
            continue
        declared = draw(st.integers(0, 4)) == 0
        people = (
            {}
            if declared
            else draw(
                st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from((frozenset(), frozenset({SCOPE}))), max_size=2)
            )
        )
        things[name] = naive.Thing(
            kind=draw(st.sampled_from(KINDS)),
            held=draw(st.integers(0, 8)) == 0,
            no_data_subject=declared,
            people={person: set(basis) for person, basis in people.items()},
            sources=draw(st.lists(st.sampled_from(NAMES[place + 1 :]), max_size=2, unique=True))
            if place + 1 < len(NAMES)
            else [],
        )
    return things


def as_event(person: str, event: tuple[datetime, int, str, dict[str, Any]]) -> Event:
    moment, revision, code, said = event
    body: dict[str, Any] = {"partners": said["partners"]}
    kind = Kind.GIVEN if code in answers.PERMITTING else Kind(code)
    if code in answers.PERMITTING:
        body |= {
            "answer": code,
            "identity": said["identity"],
            "only_recipients": said["only"],
            "except_recipients": said["except"],
            "except_kinds": said["kinds"],
            "valid_until": said["ends_at"].isoformat() if said["ends_at"] else None,
            "majority_at": said["majority_at"].isoformat() if said["majority_at"] else None,
        }
    # All of it was brought in at once, long after it was said.
    return Event(f"{person}-{revision}", revision, revision, NOW, person, kind, SCOPE, "", moment, "test", body)


def nodes_of(things: dict[str, naive.Thing]) -> dict[int, rules.Node]:
    return {
        NAMES.index(name): rules.Node(
            kind=thing.kind,
            registered=True,
            held=thing.held,
            no_data_subject=thing.no_data_subject,
            people=tuple((person, frozenset(basis)) for person, basis in thing.people.items()),
            sources=tuple(NAMES.index(source) for source in thing.sources),
        )
        for name, thing in things.items()
    }


@given(
    worlds(),
    st.fixed_dictionaries({person: persons() for person in PEOPLE}),
    st.sampled_from(RECIPIENTS),
    st.sampled_from((None, "request-1", "request-2")),
)
def test_the_rule_equals_the_naive_reading_of_the_table(
    things: dict[str, naive.Thing], people: dict[str, naive.Person], recipient: str, request: str | None
) -> None:
    folded = answers.fold(as_event(name, event) for name, person in people.items() for event in person.events)
    views = rules.views(range(len(NAMES)), nodes_of(things))

    def standing(subject: str) -> rules.Standing:
        person = people[subject]
        held = {
            state: True for state in person.restrictions if state != "restricted" or SCOPE not in person.open_scopes
        }
        row = folded.answers.get((subject, SCOPE, ""))
        return rules.standing(rules.Restrictions(**held), row.as_rule() if row else None, NOW)

    for place, name in enumerate(NAMES):
        decision = rules.decide(
            views[place],
            rules.Question(SCOPE, recipient, NOW),
            standing,
            lambda subject: request in people[subject].yes_to,
        )
        expected = naive.decide(name, SCOPE, recipient, request, NOW, things, people)
        actual = (
            decision.outcome.value,
            {(reason.subject, reason.code) for reason in decision.reasons},
            decision.identity,
        )
        assert actual == expected


@given(
    st.sets(st.sampled_from(KINDS), min_size=1),
    st.sets(st.sampled_from((*KINDS, "medicals")), min_size=1),
    st.sampled_from(("granted", "ask_first")),
)
def test_whoever_excepts_a_kind_excepts_every_kind_that_nobody_was_asked_about(
    excepted: set[str], kinds: set[str], code: str
) -> None:
    person = rules.PersonInItem("anna", frozenset(kinds))
    position = rules.Standing(code, rules.Answer(code, except_kinds=tuple(excepted)))
    outcome, reason, _ = rules.judge(person, position, rules.Question(SCOPE, "icc-otp", NOW), True)
    denied = bool(kinds & excepted) or not kinds <= {"photo", "medical", "video"}
    assert (outcome is rules.Outcome.DENY, reason == "kind_excluded") == (denied, denied)


@given(st.lists(st.tuples(moments, st.sampled_from(CODES), conditions()), max_size=6), st.randoms())
def test_a_history_folds_to_the_same_state_in_whatever_order_it_is_read(
    said: list[tuple[datetime, str, dict[str, Any]]], random: Any
) -> None:
    events = [as_event("anna", (moment, place, code, each)) for place, (moment, code, each) in enumerate(said)]
    shuffled = random.sample(events, len(events))
    assert _codes(answers.fold(events)) == _codes(answers.fold(shuffled))


def _codes(folded: answers.Folded) -> dict[answers.AnswerKey, tuple[str, str]]:
    return {key: (row.code, row.event_id) for key, row in folded.answers.items()}
