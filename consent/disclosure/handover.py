"""Handing over, and the recipient's word on the digests: the chain of custody after a release."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.disclosure import packages, release, requests, sealed, standing
from consent.disclosure.release import CustodyStep, HandoverStep, Release
from consent.disclosure.requests import DisclosureRequest, State, WrongState
from vault import clock
from vault.database import new_id

_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *]?(.+)")


class OtherDigests(Exception):
    """The recipient has other bytes than those released: how many are missing, other, or too many."""

    def __init__(self, missing: int, other: int, extra: int) -> None:
        super().__init__(missing, other, extra)
        self.missing, self.other, self.extra = missing, other, extra


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step, opened."""

    step: str
    recorded_at: datetime
    said: str


def hand_over(session: Session, released: Release, how: str, recorded_by: str) -> None:
    """Record to whom and how the package was handed over, if all of it may still go under the ledger's lock.

    Raises:
        WrongState: it was already, or the release was recalled.
        standing.NotAnyMore: something of it may not go any more.
    """
    _demand(session, released, "hand_over")
    standing.demand(session, released)
    _step(session, released, CustodyStep.HANDED_OVER, how, recorded_by, State.HANDED_OVER)


def recall(session: Session, released: Release, why: str, recorded_by: str) -> None:
    """Call back a release before its handover. Its request is open again: what remains is proposed and released anew.

    Raises:
        WrongState: it was handed over, or recalled already.
    """
    _demand(session, released, "recall")
    _step(session, released, CustodyStep.RECALLED, why, recorded_by, State.OPEN)


def confirm(session: Session, released: Release, manifest: str, recorded_by: str) -> None:
    """Record the manifest that the recipient computed over what they received, in the form of manifest-sha256.txt.

    Raises:
        WrongState: nothing was handed over yet, or it is confirmed.
        OtherDigests: it is not the manifest of the release. Nothing is recorded.
    """
    ours = {each.path: each.sha256 for each in packages.payload(session, released.id)}
    theirs = _read(manifest)
    missing = len(ours.keys() - theirs.keys())
    other = sum(theirs[path] != ours[path] for path in ours.keys() & theirs.keys())
    extra = len(theirs.keys() - ours.keys())
    if missing or other or extra:
        raise OtherDigests(missing, other, extra)
    _demand(session, released, "confirm_digests")
    _step(session, released, CustodyStep.CONFIRMED, f"{len(theirs)}", recorded_by, State.CONFIRMED)


def _read(manifest: str) -> dict[str, str]:
    found = {}
    for line in manifest.splitlines():
        match = _LINE.fullmatch(line.strip())
        if match is not None:
            found[match[2].replace("%25", "%")] = match[1].lower()
    return found


def _demand(session: Session, released: Release, act: str) -> None:
    requests.demand(session, session.get_one(DisclosureRequest, released.request_id), act)
    # Of a request whose release was recalled, the state is about the next one.
    if release.is_recalled(session, released.id):
        raise WrongState(CustodyStep.RECALLED)


def _step(session: Session, released: Release, step: str, said: str, recorded_by: str, after: State) -> None:
    step_id = new_id()
    session.add(
        HandoverStep(
            id=step_id,
            release_id=released.id,
            step=step,
            sealed=sealed.close(session, _place(step_id), {"said": said}),
            recorded_by=recorded_by,
            recorded_at=clock.now(),
        )
    )
    session.get_one(DisclosureRequest, released.request_id).state = after
    session.flush()


def of(session: Session, released: Release) -> list[StepShown]:
    """The steps recorded for a release, in order."""
    query = select(HandoverStep).where(HandoverStep.release_id == released.id).order_by(HandoverStep.recorded_at)
    return [
        StepShown(row.step, row.recorded_at, sealed.content(session, _place(row.id), row.sealed)["said"])
        for row in session.scalars(query)
    ]


def _place(step_id: str) -> str:
    return f"handover_steps.sealed:{step_id}"
