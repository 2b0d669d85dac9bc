"""What was brought in equals a naive reading of the rows, whatever they are and in whatever order."""

import csv
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from consent.ledger import answers
from consent.people import subjects
from consent.saying import interview_import, interview_register
from tests.consortium import Consortium

_examples = itertools.count()
START = datetime(2024, 1, 1, tzinfo=UTC)
DENYING = ("refused", "unanswered", "withdrawn")


class Said(NamedTuple):
    person: int
    scope: str
    answer: str
    day: int
    identity: str


rows = st.lists(
    st.builds(
        Said,
        st.integers(0, 2),
        st.sampled_from(["share.icc", "share.un", "contact.followup"]),
        st.sampled_from(["granted", "ask_first", *DENYING, ""]),
        st.integers(0, 3),
        st.sampled_from(["", "pseudonymised", "anonymised"]),
    ),
    max_size=14,
)


def naive(said: list[Said]) -> dict[tuple[int, str], tuple[str, dict[str, str]]]:
    """Per person and scope: the last row of the latest day; a denying one of that day before any other.

    A row that says what an earlier one said is that one: a register may be fed again. A no has no conditions.
    """
    result = {}
    for key in {(row.person, row.scope) for row in said if row.answer}:
        heard = (row._replace(identity="") if row.answer in DENYING else row for row in said if row.answer)
        own = list(dict.fromkeys(row for row in heard if (row.person, row.scope) == key))
        latest = [row for row in own if row.day == max(row.day for row in own)]
        winner = ([row for row in latest if row.answer in DENYING] or latest)[-1]
        permits = winner.answer not in DENYING
        result[key] = winner.answer, {"identity": winner.identity} if permits and winner.identity else {}
    return result


@settings(
    max_examples=60,
    phases=[phase for phase in Phase if phase is not Phase.explain],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(said=rows)
def test_the_imported_state_equals_a_naive_reading_of_the_rows(
    consortium: Consortium, tmp_path: Path, said: list[Said]
) -> None:
    prefix = f"V{next(_examples)}-"
    file = tmp_path / "register.csv"
    for person in range(3):
        consortium.enrol(f"{prefix}{person}")
    with file.open("w", newline="", encoding="utf-8") as opened:
        out = csv.writer(opened)
        out.writerow(["interview_reference", "scope", "answer", "effective_at", "identity"])
        for row in said:
            day = (START + timedelta(days=row.day)).date().isoformat()
            out.writerow([f"{prefix}{row.person}", row.scope, row.answer, day, row.identity])
    with consortium.database.reading() as session:
        checked = interview_register.check(session, file, "alder")
    interview_import.bring_in(consortium.database, checked, "alder")
    again = interview_import.bring_in(consortium.database, checked, "alder")
    assert checked.rejected == []
    assert again.recorded == again.enrolled == 0
    assert present(consortium, prefix) == naive(said)


def present(consortium: Consortium, prefix: str) -> dict[tuple[int, str], tuple[str, dict[str, str]]]:
    with consortium.database.reading() as session:
        known = subjects.by_reference(session, "alder", [f"{prefix}{person}" for person in range(3)])
        by_id = {subject_id: int(reference.removeprefix(prefix)) for reference, subject_id in known.items()}
        found = answers.present(session, by_id).answers
    return {(by_id[subject], scope): (row.code, row.conditions) for (subject, scope, _), row in found.items()}


def test_everything_derived_from_an_import_can_be_rebuilt(consortium: Consortium, tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    file.write_text(
        "interview_reference,effective_at,share.icc,share.un\n"
        + "".join(f"V-{person},2024-0{month}-01,granted,refused\n" for person in range(150) for month in (1, 2)),
        encoding="utf-8",
    )
    with consortium.database.reading() as session:
        checked = interview_register.check(session, file, "alder")
    assert interview_import.bring_in(consortium.database, checked, "alder").recorded == 600
    assert consortium.faults() == []
