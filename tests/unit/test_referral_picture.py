"""The picture of the state machine shows every state and every move of the table, and nothing else."""

from mhpss.referral import referral_table
from portal.desks.psychologist import referral_picture


def test_the_rows_that_are_drawn_are_the_moves_that_the_machine_takes() -> None:
    told = {
        (source, party, to)
        for move in referral_table.moves()
        for source in move.sources
        for party in move.parties
        for to in move.targets
    }
    taken = {
        (state, party, to)
        for state in referral_table.ReferralState
        for party in referral_table.Party
        for to in referral_table.ways(state, party, "BEFORE")
    }
    assert told == taken


def test_every_state_has_a_box_and_every_move_an_arrow() -> None:
    drawn = referral_picture.draw()
    assert [box.state for box in drawn.boxes] == list(referral_table.ReferralState)
    assert {box.state for box in drawn.boxes if box.known} == {
        state for state in referral_table.ReferralState if referral_table.shows_identity(state)
    }
    single = [move for move in referral_table.moves() if not move.group]
    expected = [
        (source, to, party)
        for move in single
        for source in move.sources
        for to in move.targets
        for party in move.parties
        if to != source and to != "BEFORE"
    ]
    assert len(drawn.arcs) == len(expected)
    assert len({arc.path for arc in drawn.arcs}) == len({(a, b, party in ("RC", "SUP")) for a, b, party in expected})
    whole = [move for move in referral_table.moves() if move.group]
    assert len(drawn.entries) == sum(len(move.targets) * len(move.parties) for move in whole)
    assert all(0 <= box.y < drawn.height for box in drawn.boxes)
