"""Somebody asks for support, themself or through their documenter, and waits for the coordinator to say with whom."""

from sqlalchemy.orm import Session

from consent.revisions import lock
from mhpss import cases, wishes
from mhpss.cases import RUNNING, Case, Intake


def ask(
    session: Session, subject_id: str, organisation: str, intake: Intake, *, language: str, remote: bool, author: str
) -> Case:
    """Note that somebody wants support. Who has a case has it noted there; a closed one is taken up again.

    What follows looks the same from outside, so that nobody learns by asking whether there is a case.

    Raises:
        cases.NoConsent: the person has not allowed a case about them (`mhpss.case`).
    """
    lock(session)
    case = cases.of_person(session, subject_id)
    if case is None:
        return cases.begin(
            session,
            subject_id,
            organisation,
            intake,
            language=language,
            remote=remote,
            psychologist=None,
            author=author,
        )
    if case.state not in RUNNING:
        cases.reopen(session, case, author)
    wishes.wish(session, case, "talk", intake.asked_for, author)
    return case
