"""The state machine of referrals is the published table, row by row, and nothing else."""

import pytest

from mhpss.referral import referral_table

# "Who may move a referral" of the reference, as it stands there.
TABLE = """
| draft | awaiting_consent, cancelled | RC |
| awaiting_consent | sent | RC |
| awaiting_consent | declined_by_person | SV, RC for SV |
| sent | received | RS |
| received | accepted, waitlisted, declined | RS |
| waitlisted | accepted, declined | RS |
| sent, received, waitlisted | recalled | RC |
| sent, received, waitlisted | expired | clock |
| accepted | scheduled, attended | RS |
| scheduled | scheduled, attended, no_show | RS |
| no_show | scheduled, lost | RS, RC |
| attended | scheduled, in_service, completed | RS |
| in_service | on_hold, completed, ended_early | RS |
| on_hold | in_service, ended_early | RS |
| accepted, scheduled, attended, no_show, in_service, on_hold | cancel_requested | RC |
| cancel_requested | cancelled, the state before | RS |
| completed, ended_early, cancelled, declined, lost, expired, recalled | closed | RC |
| any open state | withdrawn | SV, or consent ended |
| any open state | redirected | RC |
| any state | entered_in_error | SUP |
"""
OPEN = [
    *("draft", "awaiting_consent", "sent", "received", "waitlisted", "accepted"),
    *("scheduled", "attended", "no_show", "in_service", "on_hold", "cancel_requested"),
]
ENDED = ["completed", "ended_early", "cancelled", "declined", "lost", "expired", "recalled"]
OVER = ["closed", "withdrawn", "redirected", "entered_in_error", "declined_by_person"]
PARTIES = {"RC": "RC", "RS": "RS", "SV": "SV", "SUP": "SUP", "clock": "clock", "RC for SV": "RC"}
BEFORE = "in_service"


def published() -> set[tuple[str, str, str]]:
    """Every (from, who, to) of the table, with the state before as `BEFORE`."""
    found = set()
    groups = {"any open state": OPEN, "any state": [*OPEN, *ENDED, *OVER]}
    for line in TABLE.strip().splitlines():
        sources, targets, who = (cell.strip() for cell in line.strip("|").split("|"))
        parties = ["SV", "clock"] if "or consent ended" in who else [PARTIES[each] for each in who.split(", ")]
        for source in groups.get(sources, sources.split(", ")):
            for target in targets.split(", "):
                for party in parties:
                    found.add((source, party, BEFORE if target == "the state before" else target))
    return found


def test_the_table_has_exactly_the_published_ways() -> None:
    ours = {
        (state, party, to)
        for state in referral_table.ReferralState
        for party in referral_table.Party
        for to in referral_table.ways(state, party, BEFORE if state == "cancel_requested" else None)
    }
    assert ours == published()


def test_the_states_are_the_published_ones() -> None:
    assert set(referral_table.ReferralState) == {*OPEN, *ENDED, *OVER}
    assert set(referral_table.open_states()) == set(OPEN)


@pytest.mark.parametrize(
    "state", ["draft", "awaiting_consent", "sent", "received", "waitlisted", "declined", "recalled"]
)
def test_identity_is_not_released_before_accepted(state: str) -> None:
    assert not referral_table.shows_identity(state)
    assert referral_table.shows_identity("accepted")


@pytest.mark.parametrize(("urgency", "hours"), [("emergency", 24), ("urgent", 72), ("normal", 14 * 24)])
def test_an_answer_is_due_within_the_urgencys_time(urgency: str, hours: int) -> None:
    assert referral_table.times(urgency).due.total_seconds() == hours * 3600


def test_an_emergency_is_flagged_at_once() -> None:
    assert referral_table.times("emergency").flag.total_seconds() == 0
    assert referral_table.times("urgent").flag.total_seconds() == 72 * 3600


@pytest.mark.parametrize("to", ["declined", "on_hold", "ended_early"])
def test_a_no_a_pause_and_an_early_end_need_a_reason(to: str) -> None:
    assert referral_table.needs(to) == "reason"
    assert referral_table.needs("waitlisted") == "review_on"
