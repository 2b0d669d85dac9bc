"""The measures score as published; every case here comes from the published rule."""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from mhpss.measures.instruments import BadMeasure, UnknownMeasure, instrument, instruments, use
from mhpss.measures.scoring import Answers, BadAnswers, change, score
from portal.cli import main

PHQ9, GAD7, PCL5, WHO5, ITQ = (instrument(key) for key in ("phq-9", "gad-7", "pcl-5", "who-5", "itq"))


def spread(total: int, items: int, highest: int) -> list[int]:
    """Some answers that come to `total`."""
    answers = [0] * items
    for place in range(items):
        answers[place] = min(highest, total - sum(answers))
    return answers


BANDS = {
    "phq-9": "minimal 0 4 mild 5 9 moderate 10 14 moderately_severe 15 19 severe 20 27",
    "gad-7": "minimal 0 4 mild 5 9 moderate 10 14 severe 15 21",
    "k6": "low 0 4 moderate 5 12 serious 13 24",
}


@pytest.mark.parametrize(("measure", "bands"), BANDS.items())
def test_each_band_begins_and_ends_where_it_was_published(measure: str, bands: str) -> None:
    of, words = instrument(measure), bands.split()
    for band, first, last in zip(words[::3], words[1::3], words[2::3], strict=True):
        for total in range(int(first), int(last) + 1):
            assert score(of, spread(total, len(of.items), of.highest)).band == band


@pytest.mark.parametrize(("total", "band"), [(10, "low"), (15, "low"), (16, "moderate"), (21, "moderate"), (22, "high"),
                                             (29, "high"), (30, "very_high"), (50, "very_high")])  # fmt: skip
def test_k10_has_the_bands_of_the_bureau_of_statistics(total: int, band: str) -> None:
    found = score(instrument("k10"), [1 + extra for extra in spread(total - 10, 10, 4)])
    assert (found.total, found.band) == (total, band)


def test_the_ranges_are_the_published_ones() -> None:
    ranges = {key: of.range for key, of in instruments().items()}
    assert ranges["phq-9"] == (0, 27)
    assert ranges["gad-7"] == (0, 21)
    assert ranges["pcl-5"] == (0, 80)
    assert ranges["who-5"] == (0, 100)
    assert ranges["k10"] == (10, 50)
    assert ranges["k6"] == (0, 24)
    assert ranges["goals"] == (0, 20)
    assert ranges["whodas-12"] == (0, 48)


@given(st.lists(st.integers(0, 3), min_size=9, max_size=9))
def test_the_phq9_algorithm_is_the_published_one(answers: list[int]) -> None:
    symptoms = [answer >= 2 for answer in answers[:8]] + [answers[8] >= 1]
    cardinal = answers[0] >= 2 or answers[1] >= 2
    found = score(PHQ9, answers)
    assert found.criteria["major_depressive_syndrome"] == (cardinal and sum(symptoms) >= 5)
    assert found.criteria["other_depressive_syndrome"] == (cardinal and 2 <= sum(symptoms) <= 4)
    assert found.criteria["screen_positive"] == (sum(answers) >= 10)
    assert found.alerts == (("item_9",) if answers[8] >= 1 else ())


def test_a_low_total_can_meet_the_algorithm_and_a_high_one_fail_it() -> None:
    assert score(PHQ9, [2, 2, 2, 2, 0, 0, 0, 0, 1]).criteria["major_depressive_syndrome"] is True
    high = score(PHQ9, [1, 1, 3, 3, 3, 3, 3, 3, 3])
    assert high.total == 23
    assert high.criteria["major_depressive_syndrome"] is False


@given(st.lists(st.integers(0, 3), min_size=9, max_size=9), st.sets(st.integers(0, 8), max_size=9))
def test_missing_items_are_replaced_by_the_mean_up_to_two_and_never_by_zero(answers: list[int], gaps: set[int]) -> None:
    given_ = [None if place in gaps else answer for place, answer in enumerate(answers)]
    found = score(PHQ9, given_)
    assert found.missing == tuple(sorted(place + 1 for place in gaps))
    assert ("item_9_unanswered" in found.alerts) == (8 in gaps)
    if len(gaps) > 2:
        assert (found.total, found.band) == (None, None)
        assert found.reason
    else:
        left = [answer for answer in given_ if answer is not None]
        assert found.total is not None
        assert abs(found.total - sum(left) * 9 / len(left)) <= 0.5


@given(st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=9, max_size=9))
def test_a_criterion_with_gaps_is_told_only_where_no_answer_could_change_it(answers: Answers) -> None:
    gaps = [place for place, answer in enumerate(answers) if answer is None]
    if len(gaps) > 3:
        return
    outcomes = set()
    for filling in product(range(4), repeat=len(gaps)):
        filled = list(answers)
        for place, answer in zip(gaps, filling, strict=True):
            filled[place] = answer
        outcomes.add(score(PHQ9, filled).criteria["major_depressive_syndrome"])
    expected = outcomes.pop() if len(outcomes) == 1 else None
    assert score(PHQ9, answers).criteria["major_depressive_syndrome"] is expected


@given(st.lists(st.integers(0, 4), min_size=20, max_size=20))
def test_provisional_ptsd_needs_each_cluster(answers: list[int]) -> None:
    symptom = [answer >= 2 for answer in answers]
    b, c, d, e = symptom[:5], symptom[5:7], symptom[7:14], symptom[14:]
    expected = sum(b) >= 1 and sum(c) >= 1 and sum(d) >= 2 and sum(e) >= 2
    found = score(PCL5, answers)
    assert found.criteria == {"provisional_ptsd": expected, "screen_positive": sum(answers) >= 33}
    assert found.band is None


def test_pcl5_has_no_score_with_a_missing_item_and_its_cut_point_is_a_setting() -> None:
    assert score(PCL5, [2] * 19 + [None]).total is None
    answers = spread(31, 20, 4)
    assert score(PCL5, answers).criteria["screen_positive"] is False
    assert score(PCL5, answers, cut_off=31).criteria["screen_positive"] is True


@given(st.lists(st.integers(0, 4), min_size=18, max_size=18))
def test_itq_tells_ptsd_from_complex_ptsd_and_never_both(answers: list[int]) -> None:
    p, c = [None, *answers[:9]], [None, *answers[9:]]
    ptsd = all(any((p[number] or 0) >= 2 for number in numbers) for numbers in ((1, 2), (3, 4), (5, 6), (7, 8, 9)))
    dso = all(any((c[number] or 0) >= 2 for number in numbers) for numbers in ((1, 2), (3, 4), (5, 6), (7, 8, 9)))
    found = score(ITQ, answers)
    assert found.criteria == {"ptsd": ptsd and not dso, "cptsd": ptsd and dso}
    assert found.subscales == {"ptsd": sum(answers[:6]), "dso": sum(answers[9:15])}


@given(st.lists(st.integers(0, 5), min_size=5, max_size=5))
def test_who5_is_four_times_its_sum_and_low_is_bad(answers: list[int]) -> None:
    found = score(WHO5, answers)
    assert found.total == 4 * sum(answers)
    assert found.criteria["screen_positive"] == (found.total <= 50)
    assert (found.band == "likely_depression") == (found.total <= 28)


@pytest.mark.parametrize(
    ("measure", "before", "after", "verdict", "recovered"),
    [
        ("phq-9", 16, 10, "reliably_better", False),
        ("phq-9", 16, 9, "reliably_better", True),
        ("phq-9", 14, 9, "no_reliable_change", False),
        ("phq-9", 9, 15, "reliably_worse", False),
        ("gad-7", 11, 7, "reliably_better", True),
        ("gad-7", 11, 8, "no_reliable_change", False),
        ("pcl-5", 50, 35, "reliably_better", False),
        ("pcl-5", 50, 28, "reliably_better", True),
        ("who-5", 40, 52, "reliably_better", True),
        ("who-5", 60, 48, "reliably_worse", False),
        ("k10", 40, 20, None, False),
    ],
)
def test_reliable_change_and_recovery_are_as_published(
    measure: str, before: int, after: int, verdict: str | None, recovered: bool
) -> None:
    found = change(instrument(measure), before, after)
    assert (found.verdict, found.recovered) == (verdict, recovered)


def test_answers_out_of_range_or_of_another_number_are_refused() -> None:
    for answers in ([0] * 8, [0] * 10, [4] + [0] * 8, [-1] + [0] * 8):
        with pytest.raises(BadAnswers):
            score(PHQ9, answers)
    with pytest.raises(UnknownMeasure):
        instrument("phq-99")


def test_the_command_prints_the_same_score_as_json() -> None:
    run = CliRunner().invoke(main, ["measures", "score", "phq-9", "--answers", "1,0,,2,3,1,0,2,1"])
    assert run.exit_code == 0
    printed = json.loads(run.output)
    assert printed == score(PHQ9, [1, 0, None, 2, 3, 1, 0, 2, 1]).as_value()
    assert printed["missing"] == [3]
    assert printed["alerts"] == ["item_9"]
    for arguments in (["phq-9", "--answers", "1,2"], ["phq-9", "--answers", "x"], ["nothing", "--answers", "1"]):
        assert CliRunner().invoke(main, ["measures", "score", *arguments]).exit_code == 2


def test_nothing_is_said_of_items_that_nobody_answered_at_all() -> None:
    found = score(GAD7, [None] * 7)
    assert (found.total, found.criteria) == (None, {"screen_positive": None})


def test_no_order_of_answers_changes_a_sum() -> None:
    random = Random(1)
    answers = [random.randrange(5) for _ in range(20)]
    assert score(PCL5, answers).total == score(PCL5, sorted(answers)).total


OWN = """
key = "sleep-3"
title = "Sleep (our own)"
items = ["falling asleep", "staying asleep", "rested"]
lowest = 0
highest = 2
period = "week"
licence = "our own"
source = "the clinic"
languages = { be = "our own" }
version = "2"
bands = { good = 2, poor = 6 }
reliable_change = 2
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    use(tmp_path / "none")


def test_a_clinic_adds_a_measure_and_changes_a_cut_off_by_a_file(folder: Path) -> None:
    (folder / "sleep.toml").write_text(OWN, encoding="utf-8")
    (folder / "pcl-5.toml").write_text('key = "pcl-5"\nscreen_from = 31\nversion = "31"\n', encoding="utf-8")
    use(folder)
    found = score(instrument("sleep-3"), [1, 2, 0])
    assert (found.total, found.band) == (3, "poor")
    assert score(instrument("pcl-5"), spread(31, 20, 4)).criteria["screen_positive"]
    assert instrument("pcl-5").items == PCL5.items
    use(folder / "none")
    assert not score(instrument("pcl-5"), spread(31, 20, 4)).criteria["screen_positive"]
    with pytest.raises(UnknownMeasure):
        instrument("sleep-3")


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (OWN.replace("highest = 2", "highest = 0"), "lowest and a highest"),
        (OWN.replace("poor = 6", "poor = 5"), "last band"),
        (OWN.replace("good = 2, poor = 6", "good = 6, poor = 2"), "above the one before"),
        (OWN.replace('title = "Sleep (our own)"\n', ""), "title"),
        (OWN + "no_such_thing = 1\n", "no_such_thing"),
        ("title = 'x'", "key"),
        ("key = ", "Invalid value"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(folder: Path, broken: str, why: str) -> None:
    (folder / "sleep.toml").write_text(broken, encoding="utf-8")
    with pytest.raises(BadMeasure, match=f"sleep.toml.*{why}"):
        use(folder)
