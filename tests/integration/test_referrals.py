"""Referrals: nothing leaves without a yes to this provider and these fields, and the loop closes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.people import support
from mhpss import caseload
from mhpss.referral import acting_first, agreement, matching, provider_links, referrals, silence
from mhpss.referral.referrals import Referral, Step
from mhpss.services import directory
from tests.consortium import Consortium
from tests.support import case_of, get, person_with_consent, rows_of, service_of
from vault import clock
from vault.database import Database
from vault.policy import law

ANNA, BELA, CORA = "a" * 32, "b" * 32, "c" * 32
TOLD = {"name": "Aliena Fiktyunaja", "contact": "Signal, code word library", "needs": "sleep, since spring"}


@pytest.fixture
def number(consortium: Consortium) -> str:
    return case_of(consortium, person_with_consent(consortium), ANNA, BELA, state="active")


@pytest.fixture
def service(consortium: Consortium) -> str:
    return service_of(consortium)


def drafted(database: Database, number: str, service: str, urgency: str = "normal") -> str:
    with database.writing() as session:
        made = referrals.draft(session, get(session, number), service, urgency, TOLD, ANNA)
        return made.number


def find(session: object, reference: str) -> Referral:
    found = referrals.by_number(session, reference)  # type: ignore[arg-type]
    assert found is not None
    return found


def move(database: Database, reference: str, to: str, party: str, **brought: object) -> None:
    with database.writing() as session:
        referrals.move(session, find(session, reference), to, party, "x", Step(**brought))  # type: ignore[arg-type]


def say(database: Database, reference: str, said: str) -> None:
    with database.writing() as session:
        found = find(session, reference)
        agreement.answer(session, found, said, language="en", method="portal", author="person")


def sent(database: Database, number: str, service: str, urgency: str = "normal") -> str:
    reference = drafted(database, number, service, urgency)
    move(database, reference, "awaiting_consent", "RC")
    say(database, reference, "granted")
    move(database, reference, "sent", "RC")
    return reference


def test_nothing_is_sent_before_the_person_says_yes_to_this_provider(
    consortium: Consortium, database: Database, number: str, service: str
) -> None:
    reference = drafted(database, number, service)
    with pytest.raises(referrals.NotAllowed):
        move(database, reference, "sent", "RC")
    move(database, reference, "awaiting_consent", "RC")
    with pytest.raises(referrals.NoLiveConsent):
        move(database, reference, "sent", "RC")
    with database.writing() as session, pytest.raises(referrals.NotAllowed):
        provider_links.issue(session, find(session, reference))
    say(database, reference, "granted")
    move(database, reference, "sent", "RC")


def test_a_yes_to_one_provider_is_none_to_another(
    consortium: Consortium, database: Database, number: str, service: str
) -> None:
    first = drafted(database, number, service)
    second = drafted(database, number, service_of(consortium))
    for reference in (first, second):
        move(database, reference, "awaiting_consent", "RC")
    say(database, first, "granted")
    with pytest.raises(referrals.NoLiveConsent):
        move(database, second, "sent", "RC")


def test_a_no_ends_it_and_no_reason_is_asked(
    consortium: Consortium, database: Database, number: str, service: str
) -> None:
    reference = drafted(database, number, service)
    move(database, reference, "awaiting_consent", "RC")
    say(database, reference, "refused")
    with database.reading() as session:
        assert find(session, reference).state == "declined_by_person"


def test_who_said_no_to_being_referred_at_all_is_not_asked(
    consortium: Consortium, database: Database, service: str
) -> None:
    person = person_with_consent(consortium, "V-9", "mhpss.case")
    consortium.answer(person, "refused", "mhpss.refer")
    reference = drafted(database, case_of(consortium, person, ANNA, state="active"), service)
    with pytest.raises(referrals.NoLiveConsent):
        move(database, reference, "awaiting_consent", "RC")


@pytest.mark.parametrize("way", ["this one", "all referrals"])
def test_a_withdrawal_ends_the_providers_access_at_once_and_the_provider_is_to_be_told(
    consortium: Consortium, database: Database, number: str, service: str, way: str
) -> None:
    reference = sent(database, number, service)
    with database.writing() as session:
        token = provider_links.issue(session, find(session, reference))
        subject_id = get(session, number).subject_id
    move(database, reference, "received", "RS")
    move(database, reference, "accepted", "RS")
    if way == "this one":
        with database.writing() as session:
            agreement.withdraw(session, find(session, reference), "portal", "person")
    else:
        consortium.withdraw(subject_id, "mhpss.refer")
    with database.reading() as session:
        seen = provider_links.seen(session, provider_links.open_link(session, token))
        assert (seen.stopped, seen.told, seen.ways) == (True, {}, ())
    with pytest.raises((referrals.NoLiveConsent, referrals.NotAllowed)):
        move(database, reference, "attended", "RS")
    with database.writing() as session:
        silence.follow(session)
        silence.follow(session)
    with database.writing() as session:
        found = find(session, reference)
        assert (found.state, found.provider_to_tell) == ("withdrawn", True)
        assert "tell" in [need.kind for need in caseload.needs(session, [get(session, number)])]
        referrals.told(session, found, ANNA)
        assert not found.provider_to_tell


def test_the_provider_learns_who_it_is_only_once_it_has_accepted(
    consortium: Consortium, database: Database, number: str, service: str
) -> None:
    reference = sent(database, number, service)
    with database.writing() as session:
        token = provider_links.issue(session, find(session, reference))

    def told() -> set[str]:
        with database.reading() as session:
            return set(provider_links.seen(session, provider_links.open_link(session, token)).told)

    assert told() == {"needs"}
    move(database, reference, "received", "RS")
    assert told() == {"needs"}
    move(database, reference, "waitlisted", "RS", review_on=clock.now().date())
    assert told() == {"needs"}
    move(database, reference, "accepted", "RS")
    assert told() == {"name", "contact", "needs"}
    assert "Aliena" not in rows_of(database, "referrals") + rows_of(database, "referral_steps")


def test_a_link_is_signed_ends_and_is_replaced_by_the_next_one(
    consortium: Consortium, database: Database, number: str, service: str
) -> None:
    begun = clock.now()
    reference, other = sent(database, number, service), sent(database, number, service)
    with database.writing() as session:
        first = provider_links.issue(session, find(session, reference))
        foreign = provider_links.issue(session, find(session, other))
        second = provider_links.issue(session, find(session, reference))
        assert provider_links.open_link(session, second).number == reference
        forged = (first, second[:-1] + ("0" if second[-1] != "0" else "1"), second[:32] + foreign[32:], second[:32], "")
        for token in forged:
            with pytest.raises(provider_links.LinkOver):
                provider_links.open_link(session, token)
        late = clock.moved_to(begun + law.PROVIDER_LINK.default + timedelta(minutes=1))
        with late, pytest.raises(provider_links.LinkOver):
            provider_links.open_link(session, second)
    assert second not in rows_of(database, "provider_links")


def test_the_loop_closes_from_sent_to_completed_with_a_new_date_being_a_new_event(
    consortium: Consortium, database: Database, number: str, service: str
) -> None:
    reference = sent(database, number, service)
    soon = clock.now() + timedelta(days=3)
    for to, brought in (
        ("received", {}),
        ("accepted", {}),
        ("scheduled", {"appointment": soon}),
        ("scheduled", {"appointment": soon + timedelta(days=1)}),
        ("no_show", {}),
        ("scheduled", {"appointment": soon + timedelta(days=2)}),
        ("attended", {}),
        ("in_service", {}),
        ("on_hold", {"reason": "a journey"}),
        ("in_service", {}),
    ):
        move(database, reference, to, "RS", **brought)
    move(database, reference, "cancel_requested", "RC")
    move(database, reference, "in_service", "RS")
    move(database, reference, "completed", "RS")
    move(database, reference, "closed", "RC")
    with database.reading() as session:
        steps = [step.state for step, _content in referrals.steps_of(session, find(session, reference))]
        assert steps.count("scheduled") == 3
        assert steps[-1] == "closed"


@pytest.mark.parametrize(("to", "missing"), [("declined", "reason"), ("waitlisted", "review_on")])
def test_a_step_brings_along_what_it_has_to(
    consortium: Consortium, database: Database, number: str, service: str, to: str, missing: str
) -> None:
    reference = sent(database, number, service)
    move(database, reference, "received", "RS")
    with pytest.raises(referrals.MoreNeeded, match=missing):
        move(database, reference, to, "RS")
    with database.reading() as session:
        assert find(session, reference).state == "received"


@pytest.mark.parametrize(("urgency", "hours"), [("emergency", 24), ("urgent", 72), ("normal", 336)])
def test_silence_is_flagged_past_the_urgencys_time_and_lapses_after_its_reminders(
    consortium: Consortium, database: Database, number: str, service: str, urgency: str, hours: int
) -> None:
    begun = clock.now()
    reference = sent(database, number, service, urgency)

    def after(passed: timedelta) -> tuple[str, bool]:
        with clock.moved_to(begun + passed), database.writing() as session:
            silence.follow(session)
            found = find(session, reference)
            return found.state, found.flagged_at is not None

    if urgency != "emergency":
        assert after(timedelta(hours=hours - 1)) == ("sent", False)
    assert after(timedelta(hours=hours, minutes=1)) == ("sent", True)
    assert after(timedelta(hours=3 * hours, minutes=1))[0] == "expired"


def test_acting_first_needs_a_ground_a_second_person_and_a_review(
    consortium: Consortium, database: Database, service: str
) -> None:
    begun = clock.now()
    person = person_with_consent(consortium, "V-5", "mhpss.case")
    number = case_of(consortium, person, ANNA, BELA, state="active")
    with database.writing() as session:
        case = get(session, number)
        with pytest.raises(ValueError, match="hurry"):
            acting_first.send(session, case, service, "hurry", TOLD, ANNA)
        referral = acting_first.send(session, case, service, "suicide", TOLD, ANNA)
        assert provider_links.seen(session, referral).told == TOLD
        ((_case, waiting),) = caseload.to_confirm(session, [case])
        assert waiting.confirm_by == referral.sent_at + timedelta(hours=24) if referral.sent_at else False
        for nobody in (ANNA, CORA):
            with pytest.raises(referrals.NotAllowed):
                acting_first.confirm(session, referral, nobody)
        with clock.moved_to(begun + timedelta(hours=25)):
            assert not referrals.is_allowed(session, referral)
        acting_first.confirm(session, referral, BELA)
        with clock.moved_to(begun + timedelta(hours=25)):
            assert referrals.is_allowed(session, referral)
        (review,) = [need for need in caseload.needs(session, [case]) if need.kind == "risk_review"]
        assert review.due_at <= referral.changed_at + timedelta(hours=72)


def test_an_answer_about_a_provider_changes_nothing_on_any_stores_feed(
    consortium: Consortium, database: Database, number: str, service: str
) -> None:
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    with database.reading() as session:
        from consent.ledger import stores

        before = [store.cursor for store in stores.listed(session)]
    sent(database, number, service)
    with database.reading() as session:
        assert [store.cursor for store in stores.listed(session)] == before
    assert consortium.faults() == []


def test_a_closed_service_or_an_agreement_that_is_over_takes_no_referral(
    consortium: Consortium, database: Database, number: str, service: str
) -> None:
    reference = drafted(database, number, service)
    with clock.moved_to(clock.now() + timedelta(days=400)), pytest.raises(referrals.ServiceNotOpen):
        move(database, reference, "awaiting_consent", "RC")
    with database.writing() as session:
        found = directory.find(session, service)
        assert found
        directory.verify(session, found[0], "full", None, is_open=False)
    with pytest.raises(referrals.ServiceNotOpen):
        move(database, reference, "awaiting_consent", "RC")


def test_the_public_part_shows_nothing_confidential_closed_or_unverified_for_ninety_days(
    consortium: Consortium, database: Database, service: str
) -> None:
    service_of(consortium, confidential=True)
    with pytest.raises(ValueError, match="confidential"):
        service_of(consortium, confidential=True, public=True)
    now = clock.now()
    with database.reading() as session:
        assert [each.id for each, _provider in directory.public(session)] == [service]
        with clock.moved_to(now + timedelta(days=90)):
            assert len(directory.public(session)) == 1
        with clock.moved_to(now + timedelta(days=91)):
            assert directory.public(session) == []


@given(
    need=st.sampled_from(tuple(directory.Need)),
    language=st.sampled_from(["be", "ru", "en", ""]),
    age=st.integers(0, 110),
    country=st.sampled_from(["", "LT", "PL"]),
    way=st.sampled_from(["", "remote", "place"]),
)
def test_no_match_is_closed_or_out_of_reach_or_answers_another_need_and_every_match_says_why(
    need: str, language: str, age: int, country: str, way: str
) -> None:
    services = [
        (
            directory.Service(
                id=f"{place}",
                needs=[need, "other"] if place % 2 else ["legal"],
                layer=3,
                languages=["be"] if place % 3 else ["en"],
                country="LT",
                on_site=place % 5 != 0,
                remote=place % 5 == 0,
                genders=["woman"],
                least_age=18,
                greatest_age=99,
                cost="free",
                accessible=True,
                capacity="free" if place % 4 else "full",
                waiting_days=place,
                open=place % 7 != 0,
                verified_on=clock.now().date(),
            ),
            directory.Provider(id=f"{place}", name="x", country="LT", confidential=False),
        )
        for place in range(30)
    ]
    wanted = matching.Wanted(need, language=language, age=age, country=country, way=way)
    found = matching.match(wanted, services, law.SERVICE_STALE.default)
    assert all(match.service.remote for match in found if way == "remote" or country == "PL")
    assert all(match.service.on_site for match in found if way == "place")
    assert all(match.service.open and need in match.service.needs and match.reasons for match in found)
    assert all(18 <= age <= 99 for _match in found)
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)


def test_the_one_question_to_consent_denies_whatever_is_not_a_yes(consortium: Consortium, database: Database) -> None:
    person = consortium.enrol("V-7")
    for answer, allowed in (("unanswered", False), ("refused", False), ("ask_first", False), ("granted", True)):
        consortium.answer(person, answer, "mhpss.case")
        with database.reading() as session:
            assert support.may_hold_case(session, person) is allowed
    with database.reading() as session:
        assert not support.may_refer(session, person, "x")
