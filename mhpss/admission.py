"""Somebody asks for support, themself or through their documenter, and waits for the coordinator to say with whom."""

from sqlalchemy.orm import Session

from consent.ledger.revisions import lock
from mhpss import cases, entries, meetings
from mhpss.cases import RUNNING, Case, Intake
from mhpss.entries import EntryKind
from vault import clock


def ask(
    session: Session, subject_id: str, organisation: str, intake: Intake, *, language: str, remote: bool, author: str
) -> Case:
    """Note that somebody wants support. Who has a case has it noted there, for today; a closed one is taken up again.

    How they can be reached now stands beside what was noted at intake, and above it, until the psychologist has looked.

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
    form = "remote" if remote else "in_person"
    said = {"text": intake.asked_for, "contact": intake.safe_contact, "language": language, "form": form}
    cases.keep(session, case, EntryKind.ASKED_AGAIN, author, said)
    what = " · ".join(filter(None, (intake.safe_contact, intake.asked_for)))
    meetings.follow_up(session, case, clock.today(), what, author)
    return case


def said_since_intake(session: Session, case: Case) -> dict[str, str]:
    """What somebody said who asked again, as long as the notes of intake were not changed since; empty if nothing."""
    changed = entries.last_position(session, case.id, EntryKind.CONTACT_CHANGED)
    asked = entries.last_position(session, case.id, EntryKind.ASKED_AGAIN)
    return entries.latest(session, case.id, EntryKind.ASKED_AGAIN) if asked > changed else {}
