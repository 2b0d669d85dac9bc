"""Handing over, and the recipient's word on the digests: the chain of custody after a release."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.disclosure import packages, sealed
from consent.disclosure.release import Release
from consent.disclosure.requests import DisclosureRequest, State, require
from vault import clock
from vault.database import Base, new_id
from vault.types import Instant

_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *]?(.+)")


class HandoverStep(Base):
    """A step of the chain of custody: "handed_over" or "confirmed". Append-only."""

    __tablename__ = "handover_steps"
    __table_args__ = (UniqueConstraint("release_id", "step"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    release_id: Mapped[str] = mapped_column(ForeignKey("releases.id"))
    step: Mapped[str] = mapped_column(String(12))
    sealed: Mapped[bytes]
    recorded_by: Mapped[str] = mapped_column(String(32))
    recorded_at: Mapped[datetime] = mapped_column(Instant)


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


def hand_over(session: Session, release: Release, how: str, recorded_by: str) -> None:
    """Record to whom and how the package was handed over.

    Raises:
        WrongState: it was already.
    """
    _step(session, release, "handed_over", how, recorded_by, State.RELEASED, State.HANDED_OVER)


def confirm(session: Session, release: Release, manifest: str, recorded_by: str) -> None:
    """Record the manifest that the recipient computed over what they received, in the form of manifest-sha256.txt.

    Raises:
        WrongState: nothing was handed over yet, or it is confirmed.
        OtherDigests: it is not the manifest of the release. Nothing is recorded.
    """
    released = {each.path: each.sha256 for each in packages.payload(session, release.id)}
    theirs = _read(manifest)
    missing = len(released.keys() - theirs.keys())
    other = sum(theirs[path] != released[path] for path in released.keys() & theirs.keys())
    extra = len(theirs.keys() - released.keys())
    if missing or other or extra:
        raise OtherDigests(missing, other, extra)
    said = f"{len(theirs)}"
    _step(session, release, "confirmed", said, recorded_by, State.HANDED_OVER, State.CONFIRMED)


def _read(manifest: str) -> dict[str, str]:
    found = {}
    for line in manifest.splitlines():
        match = _LINE.fullmatch(line.strip())
        if match is not None:
            found[match[2].replace("%25", "%")] = match[1].lower()
    return found


def _step(
    session: Session, release: Release, step: str, said: str, recorded_by: str, before: State, after: State
) -> None:
    request = session.get_one(DisclosureRequest, release.request_id)
    require(session, request, before)
    step_id = new_id()
    session.add(
        HandoverStep(
            id=step_id,
            release_id=release.id,
            step=step,
            sealed=sealed.close(session, _place(step_id), {"said": said}),
            recorded_by=recorded_by,
            recorded_at=clock.now(),
        )
    )
    request.state = after
    session.flush()


def of(session: Session, release: Release) -> list[StepShown]:
    """The steps recorded for a release, in order."""
    query = select(HandoverStep).where(HandoverStep.release_id == release.id).order_by(HandoverStep.recorded_at)
    return [
        StepShown(row.step, row.recorded_at, sealed.content(session, _place(row.id), row.sealed)["said"])
        for row in session.scalars(query)
    ]


def _place(step_id: str) -> str:
    return f"handover_steps.sealed:{step_id}"
