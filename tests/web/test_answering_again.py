"""The second visit: a draft of last week, an answer given again, an answer that cannot be read."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from consent.ledger import answers, ledger, revisions
from consent.ledger.events import Draft, Kind
from consent.people import persons, subjects
from consent.rules import Outcome
from consent.saying import capture
from portal.access.accounts import Role
from tests.consortium import Consortium, codes
from tests.web.people import Browser, staff, survivor
from tests.web.test_consent_pages import GROUPS, enrolled, record
from vault import clock

HEARD = dict.fromkeys(("voluntary", "withdrawal", "copies", "help_unaffected"), "understood")
STOPPED = "stopped"


@pytest.fixture
def documenter(app: Flask, consortium: Consortium) -> Browser:
    return staff(app, consortium, Role.DOCUMENTER)


def begin(browser: Browser, code: str, **more: object) -> str:
    here = f"/people/{code}/conversation"
    browser.get(f"{here}/")
    browser.post(f"{here}/", **{"language": "en", "method": "written", "consented_by": "self", **more})
    return here


def asked_at(page: str) -> str:
    found = re.search(r'name="asked_at" value="(\d+)"', page)
    assert found
    return found[1]


def say(browser: Browser, here: str, group: str, status: int = 200, **fields: object) -> str:
    page = browser.get(f"{here}/about/{group}")
    return browser.post(f"{here}/about/{group}", status, asked_at=asked_at(page), **fields)


def finish(browser: Browser, here: str, status: int = 200) -> str:
    browser.post(f"{here}/understanding", **HEARD)
    browser.post(f"{here}/safety", place="elsewhere", contact="Signal")
    browser.post(f"{here}/wishes", detained="stops")
    return record(browser, here, status)


def subject(consortium: Consortium, code: str) -> str:
    with consortium.database.reading() as session:
        return subjects.enrolment(session, "alder", code).subject_id


def conditions(consortium: Consortium, subject_id: str, scope: str = "share.prosecutor") -> dict[str, object]:
    with consortium.database.reading() as session:
        return answers.present(session, [subject_id]).answers[subject_id, scope, ""].conditions


@pytest.mark.parametrize("by", ["portal", "phone"])
def test_a_draft_is_refused_where_the_person_withdrew_after_it(
    app: Flask, consortium: Consortium, documenter: Browser, by: str
) -> None:
    code = enrolled(documenter, "V-1")
    anna = subject(consortium, code)
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    consortium.answer(anna, "granted", "share.icc", at=clock.now() - timedelta(days=30))
    here = begin(documenter, code)
    say(documenter, here, "accountability", every="granted")
    # A day is all that is known of a word by phone: it counts from that day's beginning, before the draft.
    consortium.withdraw(anna, "share.icc", said_at=clock.start_of(clock.now().date()) if by == "phone" else None)
    shown = finish(documenter, here, 422)
    assert "Nothing was recorded" in shown
    assert shown.count(STOPPED) == 1
    assert "It is right: record it" not in shown
    assert codes(consortium.decide("F-1")) == ["withdrawn"]
    again = documenter.get(f"{here}/about/accountability")
    assert STOPPED in again
    say(documenter, here, "accountability", every="refused", **{"share-icc-answer": "granted"})
    record(documenter, here)
    assert consortium.decide("F-1").outcome is Outcome.PERMIT


def test_a_page_that_was_drawn_before_the_withdrawal_does_not_count_as_a_later_word(
    consortium: Consortium, documenter: Browser
) -> None:
    code = enrolled(documenter, "V-1")
    anna = subject(consortium, code)
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    consortium.answer(anna, "granted", "share.icc")
    here = begin(documenter, code)
    drawn = asked_at(documenter.get(f"{here}/about/accountability"))
    consortium.withdraw(anna, "share.icc")
    documenter.post(f"{here}/about/accountability", asked_at=drawn, every="granted")
    finish(documenter, here, 422)
    assert codes(consortium.decide("F-1")) == ["withdrawn"]


def test_a_draft_from_before_this_rule_asks_again_where_an_answer_stands(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "refused", "share.icc")
    said = {"language": "en", "method": "written", "answers": {"share.icc": {"answer": "granted"}}}
    with consortium.database.writing() as session:
        draft = capture.begin(session, anna, "alder", said | {"groups": ["accountability"]})
        assert list(capture.later_words(session, draft)) == ["share.icc"]


@pytest.mark.parametrize("group_was_heard", [True, False])
def test_a_page_that_came_back_with_an_error_does_not_make_the_answers_later(
    consortium: Consortium, documenter: Browser, group_was_heard: bool
) -> None:
    code = enrolled(documenter, "V-1")
    anna = subject(consortium, code)
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    consortium.answer(anna, "granted", "share.icc")
    here = begin(documenter, code)
    if group_was_heard:
        say(documenter, here, "accountability", every="granted")
    page = f"{here}/about/accountability"
    drawn = asked_at(documenter.get(page))
    consortium.withdraw(anna, "share.icc")
    wrong = documenter.post(page, 422, asked_at=drawn, every="granted", **{"share-un-valid_until": ["", "3", "2099"]})
    documenter.post(page, asked_at=asked_at(wrong), every="granted")
    finish(documenter, here, 422)
    assert codes(consortium.decide("F-1")) == ["withdrawn"]


def test_what_changed_after_it_was_read_back_is_read_back_again(consortium: Consortium, documenter: Browser) -> None:
    code = enrolled(documenter, "V-1")
    here = begin(documenter, code)
    say(documenter, here, "accountability", every="refused")
    documenter.post(f"{here}/understanding", **HEARD)
    read_back = re.search(r'name="read_back" value="([^"]+)"', documenter.get(f"{here}/check"))
    assert read_back
    say(documenter, here, "accountability", every="granted")
    assert "has changed" in documenter.post(f"{here}/check", 422, read_back=read_back[1])
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    assert codes(consortium.decide("F-1")) == ["no_consent"]


def test_a_draft_that_is_gone_says_so(app: Flask, consortium: Consortium, documenter: Browser) -> None:
    code = enrolled(documenter, "V-1")
    begin(documenter, code)
    with consortium.database.reading() as session:
        draft = capture.open_draft(session, subject(consortium, code))
    assert draft is not None
    with consortium.database.writing() as session:
        capture.discard(session, draft)
    for act in (capture.discard, lambda *given: capture.keep(*given, {}), lambda *given: capture.record(*given, "x")):
        with consortium.database.writing() as session, pytest.raises(capture.NoDraft):
            act(session, draft)


@pytest.mark.parametrize("said", ["an objection", "a no to one request", "an end that has come"])
def test_whatever_takes_back_a_yes_after_the_draft_heard_it_counts(consortium: Consortium, said: str) -> None:
    anna = consortium.enrol("V-1")
    ends = {"valid_until": clock.rfc3339(clock.now() + timedelta(hours=1))}
    consortium.answer(anna, "granted", "share.icc", **(ends if said == "an end that has come" else {}))
    with consortium.database.writing() as session:
        draft = capture.begin(session, anna, "alder", {"language": "en", "method": "written"})
        heard = revisions.present(session)[0]
        capture.keep_group(session, draft, "accountability", {"share.icc": {"answer": "granted"}}, heard)
        assert capture.later_words(session, draft) == {}
    with consortium.database.writing() as session:
        if said == "an objection":
            persons.record_objection(session, anna, "officer")
        elif said == "a no to one request":
            no = Draft(Kind.ANSWERED, subject_id=anna, scope="share.icc", context="R-1", body={"answer": "refused"})
            ledger.append(session, [no])
    with clock.moved_to(clock.now() + timedelta(hours=2)), consortium.database.reading() as session:
        assert list(capture.later_words(session, draft)) == ["share.icc"]


def test_a_guardians_yes_goes_on_ending_at_majority_whoever_says_yes_again_before(
    app: Flask, consortium: Consortium
) -> None:
    anna = consortium.enrol("V-1")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    majority = clock.now() + timedelta(days=400)
    consortium.answer(anna, "granted", "share.icc", majority_at=majority)
    person = survivor(app, consortium, anna)
    page = "/my/choices/accountability/answer?names=1"
    person.get(page)
    person.post(page, every="granted")
    assert consortium.decide("F-1").outcome is Outcome.PERMIT
    with clock.moved_to(majority + timedelta(days=1)):
        assert codes(consortium.decide("F-1")) == ["majority_unconfirmed"]
        consortium.answer(anna, "granted", "share.icc")
        assert consortium.decide("F-1").outcome is Outcome.PERMIT


def test_a_revision_that_cannot_be_is_no_page(app: Flask, consortium: Consortium) -> None:
    person = survivor(app, consortium, consortium.enrol("V-1"))
    documenter = staff(app, consortium, Role.DOCUMENTER)
    for revision in ("9" * 19, "9" * 40):
        person.get(f"/my/progress/{revision}", 404)
        documenter.get(f"/people/K-0001/progress/{revision}", 404)


def test_what_was_left_blank_in_a_draft_leaves_a_later_yes_alone(consortium: Consortium, documenter: Browser) -> None:
    code = enrolled(documenter, "V-1")
    anna = subject(consortium, code)
    here = begin(documenter, code)
    say(documenter, here, "accountability", **{"share-un-answer": "granted"})
    consortium.answer(anna, "granted", "share.icc")
    finish(documenter, here)
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    assert consortium.decide("F-1").outcome is Outcome.PERMIT


def test_a_documenters_yes_to_all_keeps_the_conditions_until_they_are_let_go(
    consortium: Consortium, documenter: Browser
) -> None:
    code = enrolled(documenter, "V-1")
    anna = subject(consortium, code)
    consortium.answer(anna, "granted", "share.prosecutor", except_recipients=["lt-prosecution"])
    here = begin(documenter, code)
    assert "goes on holding" in documenter.get(f"{here}/about/accountability")
    say(documenter, here, "accountability", every="granted")
    finish(documenter, here)
    assert conditions(consortium, anna) == {"except_recipients": ["lt-prosecution"]}
    here = begin(documenter, code)
    say(documenter, here, "accountability", every="granted", **{"share-prosecutor-dropped": "except_recipients"})
    assert "lt-prosecution" not in documenter.get(f"{here}/check")
    finish(documenter, here)
    assert conditions(consortium, anna) == {}


def test_a_person_who_says_yes_again_keeps_their_conditions_until_they_let_one_go(
    app: Flask, consortium: Consortium
) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.prosecutor", except_recipients=["lt-prosecution"], identity="anonymised")
    person = survivor(app, consortium, anna)
    page = "/my/choices/accountability/answer?names=1"
    person.get(page)
    person.post(page, **{"share-prosecutor-answer": "granted"})
    kept = {"identity": "anonymised", "except_recipients": ["lt-prosecution"]}
    assert conditions(consortium, anna) == kept
    person.get(page)
    person.post(page, every="granted", **{"share-prosecutor-except_kinds": "medical"})
    assert conditions(consortium, anna) == kept | {"except_kinds": ["medical"]}
    person.get(page)
    person.post(
        page,
        every="granted",
        **{"share-prosecutor-dropped": ["except_recipients", "except_kinds"], "share-prosecutor-identity": "named"},
    )
    assert conditions(consortium, anna) == {"identity": "anonymised"}


def test_lists_that_together_leave_nobody_are_refused_at_their_field(app: Flask, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.prosecutor", only_recipients=["lt-prosecution"])
    person = survivor(app, consortium, anna)
    page = "/my/choices/accountability/answer?names=1"
    person.get(page)
    only = {"share-prosecutor-answer": "granted", "share-prosecutor-only_recipients": "pl-prosecution"}
    assert "nobody is left" in person.post(page, 422, **only)
    assert conditions(consortium, anna) == {"only_recipients": ["lt-prosecution"]}


BAD = {
    "half a day": {"share-icc-valid_until": ["", "3", "2099"]},
    "a day without a year": {"share-icc-review_on": ["3", "3", ""]},
    "month 13": {"share-icc-valid_until": ["31", "13", "2099"]},
    "a past day": {"share-icc-valid_until": ["1", "1", "2020"]},
    "the end of the calendar": {"share-icc-valid_until": ["31", "12", "9999"]},
    "both lists": {
        "share-prosecutor-only_recipients": "lt-prosecution",
        "share-prosecutor-except_recipients": "lt-prosecution",
    },
    "an answer that is not offered": {"share-un-answer": "maybe"},
    "a recipient that is not offered": {"share-prosecutor-only_recipients": "nowhere"},
    "an identity that is not offered": {"share-icc-identity": "famous"},
    "a group's answer that is not offered": {"every": "withdrawn"},
}


def test_an_answer_that_cannot_be_read_is_a_message_at_its_field_and_loses_no_other(
    app: Flask, consortium: Consortium
) -> None:
    anna = consortium.enrol("V-1")
    documenter = staff(app, consortium, Role.DOCUMENTER)
    here = begin(documenter, "K-0001")
    person = survivor(app, consortium, anna, "be")
    documenter.get("/language/be")
    # It is the same form on both pages: on the second a few tell whether it is refused and drawn again there too.
    few = {what: BAD[what] for what in ("half a day", "both lists", "an answer that is not offered")}
    pages = (
        (person, "/my/choices/accountability/answer?names=1", BAD),
        (documenter, f"{here}/about/accountability", few),
    )
    good = {"share-osce-answer": "ask_first", "share-lawyer-except_kinds": "photo"}
    for browser, address, each in pages:
        for what, bad in each.items():
            before = browser.get(address)
            shown = browser.post(address, 422, asked_at="0", **{"share-icc-answer": "granted", **good, **bad})
            assert shown.count("govuk-error-message") == 1, what
            (name,) = {name for name in bad if name != "share-prosecutor-only_recipients"} or bad
            assert re.search(f'href="#{name}(-day)?"', shown), what
            osce = re.search(r'<input[^>]*name="share-osce-answer"[^>]*value="ask_first"[^>]*>', shown)
            assert osce is not None, what
            assert "checked" in osce[0], what
            for value in bad.values():
                for part in value if isinstance(value, list) else ():
                    assert f'value="{part}"' in shown or not part, what
            english = set(re.findall(r"Not a valid[^<]*|[^<]*valid choice[^<]*", shown))
            assert not english, what
            assert "share-osce" in before
    with consortium.database.reading() as session:
        assert answers.present(session, [anna]).answers == {}


def test_a_guardian_consents_until_a_day_that_is_known(consortium: Consortium, documenter: Browser) -> None:
    code = enrolled(documenter, "V-1")
    address = f"/people/{code}/conversation/"
    documenter.get(address)
    guardian = {"language": "en", "method": "written", "consented_by": "guardian", "guardian": "mother"}
    for day in (
        {},
        {"majority_on": ["", "", ""]},
        {"majority_on": ["", "3", "2099"]},
        {"majority_on": ["1", "3", "2020"]},
    ):
        shown = documenter.post(address, 422, **guardian, **day)
        assert shown.count("govuk-error-message") == 1
    known = ["1", "3", str(clock.now().year + 10)]
    documenter.post(address, **guardian, majority_on=known)
    assert documenter.path == f"{address}about/keep"


def test_a_guardians_draft_without_that_day_is_not_recorded(consortium: Consortium, documenter: Browser) -> None:
    code = enrolled(documenter, "V-1")
    anna = subject(consortium, code)
    here = begin(documenter, code)
    for group in GROUPS:
        say(documenter, here, group, every="granted")
    with consortium.database.writing() as session:
        draft = capture.open_draft(session, anna)
        assert draft is not None
        capture.keep(session, draft, {"consented_by": "guardian"})
    assert "comes of age" in finish(documenter, here, 422)
