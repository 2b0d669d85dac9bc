"""The register of what went out: nothing leaves but through it, and no two releases tell of a few people together."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger.revisions import lock
from mhpss.figures import means, population, report, successive, tables
from mhpss.figures.means import Behind
from mhpss.figures.periods import Period
from mhpss.figures.population import Person
from mhpss.figures.protection import Exposed
from mhpss.figures.report import Report
from mhpss.figures.successive import Before
from mhpss.figures.tables import Layout
from vault import clock
from vault.canonical import canonical
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, keyring, new_id
from vault.keys import HOUSE
from vault.policy import in_force, law
from vault.refusals import Refused
from vault.types import BigKey, Id, Instant, Json

_PEOPLE = "people"


class NotEnded(Refused):
    """The period is still under way: its figures would go out twice."""


class TooFew(Refused):
    """Fewer people than the threshold: all of it would be hidden."""


class TooClose(Refused):
    """An earlier release is about nearly the same people: the two together would tell of a few of them."""

    def __init__(self, earlier: "ReleasedTable") -> None:
        super().__init__(earlier.id)
        self.earlier = earlier


class ReleasedTable(Base):
    """A report that left the consortium, as it left. Append-only.

    `sealed`, under the house's key, holds what later releases are compared with: keyed digests of who was counted and
    of what each adds to a mean, and the counts before anything was hidden. `sha256` is the digest of the canonical
    `content`.
    """

    __tablename__ = "released_tables"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Id, unique=True)
    at: Mapped[datetime] = mapped_column(Instant)
    account_id: Mapped[str] = mapped_column(Id)
    organisation: Mapped[str] = mapped_column(String(40), info=clear(Clear.CATALOGUE))
    purpose: Mapped[str] = mapped_column(String(200), info=clear(Clear.WORK))
    recipient: Mapped[str] = mapped_column(String(200), info=clear(Clear.WORK))
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)
    sha256: Mapped[str] = mapped_column(String(64), info=clear(Clear.FINGERPRINT))
    content: Mapped[dict[str, Any]] = mapped_column(Json, info=clear(Clear.RELEASED))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.HOUSE))

    @property
    def report(self) -> Report:
        """What left."""
        return Report.from_value(self.content)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a release is for, whom it goes to, and who releases it."""

    purpose: str
    recipient: str
    account_id: str
    organisation: str


def release(session: Session, period: Period, why: Purpose) -> ReleasedTable:
    """Release the figures of a period, cells under 10 hidden, and keep them.

    A period that went out goes out the same while the same people are in it, and otherwise not again. A measure whose
    people are nearly those of an earlier release is left out, and so is satisfaction, and any other mean.

    Raises:
        NotEnded, TooFew: see there. Nothing is released.
        TooClose: the people differ from those of an earlier release by 1 to 9, or the period went out with others.
        protection.Exposed: what is out already would tell a hidden cell.
    """
    if period.ends > clock.now():
        raise NotEnded
    lock(session)
    people = population.supported(session, period)
    threshold = in_force.value(session, law.FIGURES_RELEASED)
    if len(people) < threshold:
        raise TooFew
    earlier = [(each, _opened(session, each)) for each in listed(session)]
    who = {_PEOPLE: _digests(session, people)}
    for each, opened in earlier:
        apart = len(who[_PEOPLE] ^ opened.populations[_PEOPLE])
        if (each.since, each.until) == (period.since, period.until):
            if apart:
                raise TooClose(each)
            return _keep(session, period, why, each.content, opened)
        if 0 < apart < threshold:
            raise TooClose(each)
    return _new(session, period, why, people, who, [opened for _each, opened in earlier])


@dataclass(frozen=True, slots=True)
class _Opened:
    """What is sealed in a release, with the table that went out."""

    populations: Mapping[str, frozenset[str]]
    before: Before


def _new(
    session: Session,
    period: Period,
    why: Purpose,
    people: Sequence[Person],
    who: dict[str, frozenset[str]],
    earlier: Sequence[_Opened],
) -> ReleasedTable:
    kept, threshold = [], in_force.value(session, law.FIGURES_RELEASED)
    for name, columns in tables.partial_of(people, threshold):
        members = _digests(session, [each for each in people if (name, "all") in set(each.columns())])
        known = [each.populations[name] for each in earlier if name in each.populations]
        if not any(0 < len(members ^ other) < threshold for other in known):
            kept.append((name, columns))
            who[name] = members
    counted = tables.count(people, Layout(report.partners_of(session), tuple(kept)))
    linked = successive.connected(period, [each.before for each in earlier])
    system = report.linked(counted, threshold)
    if linked:
        system = successive.joined(session, period, counted, system, linked, threshold)
    try:
        hidden = report.hidden_in(counted, system, threshold)
    except Exposed:
        hidden = report.hidden_in(counted, successive.without_what_is_told(system, counted, threshold), threshold)
    behind = means.behind(people, lambda text: _digest(session, text))
    content = successive.with_means_of_many(
        report.made(period, people, counted, hidden, threshold), behind, [each.before for each in earlier]
    )
    return _keep(session, period, why, content.as_value(), _Opened(who, Before(content, counted.counts, behind)))


def listed(session: Session) -> list[ReleasedTable]:
    """Everything that went out, the latest first."""
    return list(session.scalars(select(ReleasedTable).order_by(ReleasedTable.position.desc())))


def find(session: Session, release_id: str) -> ReleasedTable | None:
    """The release of that id."""
    return session.scalar(select(ReleasedTable).where(ReleasedTable.id == release_id))


def is_unchanged(released: ReleasedTable) -> bool:
    """Whether what is kept is what went out, by its digest."""
    return hashlib.sha256(canonical(released.content)).hexdigest() == released.sha256


def _keep(session: Session, period: Period, why: Purpose, content: dict[str, Any], opened: _Opened) -> ReleasedTable:
    release_id = new_id()
    kept = {
        "populations": {name: sorted(members) for name, members in opened.populations.items()},
        "counts": [[*cell, count] for cell, count in sorted(opened.before.counts.items())],
        **opened.before.behind.as_value(),
    }
    released = ReleasedTable(
        id=release_id,
        at=clock.now(),
        account_id=why.account_id,
        organisation=why.organisation,
        purpose=why.purpose,
        recipient=why.recipient,
        since=period.since,
        until=period.until,
        sha256=hashlib.sha256(canonical(content)).hexdigest(),
        content=content,
        sealed=keyring(session).seal(HOUSE, _place(release_id), json.dumps(kept).encode()),
    )
    session.add(released)
    session.flush()
    return released


def _opened(session: Session, released: ReleasedTable) -> _Opened:
    kept = json.loads(keyring(session).unseal(HOUSE, _place(released.id), released.sealed))
    counts = {(each[0], each[1], each[2], each[3]): int(each[4]) for each in kept["counts"]}
    populations = {name: frozenset(members) for name, members in kept["populations"].items()}
    return _Opened(populations, Before(released.report, counts, Behind.from_value(kept)))


def _digests(session: Session, people: Sequence[Person]) -> frozenset[str]:
    """Who they are, in digests that only the house's key makes."""
    return frozenset(_digest(session, each.subject_id) for each in people)


def _digest(session: Session, text: str) -> str:
    return keyring(session).blind_index("released_tables", text)


def _place(release_id: str) -> str:
    return f"released_tables.sealed:{release_id}"
