"""People, under pseudonyms: who is enrolled where, and by which interview references they can be named."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.revisions import open_moment
from vault import clock
from vault.database import Base, in_parts, keyring, new_id
from vault.keys import KeyKind
from vault.types import Instant


class UnknownSubject(Exception):
    """Nobody is known by that name here."""


class AmbiguousSubject(Exception):
    """The name stands for several people."""


class ReferenceTaken(Exception):
    """The organisation already uses that interview reference for somebody."""


class Subject(Base):
    """A person a record is about. Their content is sealed under the key of this id."""

    __tablename__ = "subjects"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Enrolment(Base):
    """One organisation documents a person, under a code that means nothing outside the portal.

    A hidden one stands for the harmless side of somebody's account: no desk finds it.
    """

    __tablename__ = "enrolments"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), index=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.key"))
    code: Mapped[str] = mapped_column(String(20), unique=True)
    enrolled_at: Mapped[datetime] = mapped_column(Instant)
    hidden: Mapped[bool] = mapped_column(default=False)


class InterviewReference(Base):
    """The number an interview has at the partner, sealed; it is found by its blind index. A person may have several."""

    __tablename__ = "interview_references"
    __table_args__ = (UniqueConstraint("organisation", "reference_index"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.key"))
    reference_index: Mapped[str] = mapped_column(String(64), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), index=True)


class SubjectProfile(Base):
    """What staff need to keep a person safe, sealed: where they live, safe contact, the agreed sign, wishes."""

    __tablename__ = "subject_profiles"

    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime] = mapped_column(Instant)


def enrol(session: Session, organisation: str, references: Sequence[str] = (), *, hidden: bool = False) -> Enrolment:
    """Enrol one new person at `organisation`; see `enrol_many`."""
    return enrol_many(session, organisation, [references], hidden=hidden)[0]


def enrol_many(
    session: Session, organisation: str, people: Sequence[Sequence[str]], *, hidden: bool = False
) -> list[Enrolment]:
    """Enrol a new person per entry of `people`, each entry being their interview references.

    Raises:
        ReferenceTaken: a reference is in use at the organisation. Nothing is written.
    """
    open_moment(session)
    references = [reference for entry in people for reference in entry]
    taken = by_reference(session, organisation, references)
    if taken or len(set(references)) < len(references):
        raise ReferenceTaken(", ".join(sorted(taken)))
    subject_ids = [new_id() for _ in people]
    keyring(session).create(subject_ids, KeyKind.PERSON)
    number = session.scalar(select(func.count()).select_from(Enrolment)) or 0
    now = clock.now()
    session.add_all(Subject(id=subject_id, created_at=now) for subject_id in subject_ids)
    session.flush()
    enrolments = [
        Enrolment(
            id=new_id(),
            subject_id=subject_id,
            organisation=organisation,
            code=f"K-{number + index:04d}",
            enrolled_at=now,
            hidden=hidden,
        )
        for index, subject_id in enumerate(subject_ids, start=1)
    ]
    session.add_all(enrolments)
    session.add_all(
        _referenced(session, organisation, reference, subject_id)
        for subject_id, entry in zip(subject_ids, people, strict=True)
        for reference in entry
    )
    session.flush()
    return enrolments


def _referenced(session: Session, organisation: str, reference: str, subject_id: str) -> InterviewReference:
    row = InterviewReference(id=new_id(), organisation=organisation, subject_id=subject_id)
    row.reference_index = _index(session, reference)
    row.sealed = keyring(session).seal(subject_id, _reference_place(row.id), reference.encode())
    return row


def _index(session: Session, reference: str) -> str:
    return keyring(session).blind_index("interview_references", reference)


def _reference_place(row_id: str) -> str:
    return f"interview_references.sealed:{row_id}"


def create_unnamed(session: Session, count: int) -> list[str]:
    """The ids of `count` new people who gave no interview and are enrolled nowhere."""
    subject_ids = [new_id() for _ in range(count)]
    keyring(session).create(subject_ids, KeyKind.PERSON)
    now = clock.now()
    session.add_all(Subject(id=subject_id, created_at=now) for subject_id in subject_ids)
    session.flush()
    return subject_ids


def by_reference(session: Session, organisation: str, references: Collection[str]) -> dict[str, str]:
    """Subject ids by interview reference, of those that `organisation` uses."""
    named = {_index(session, reference): reference for reference in references}
    found: dict[str, str] = {}
    for part in in_parts(named):
        rows = session.execute(
            select(InterviewReference.reference_index, InterviewReference.subject_id).where(
                InterviewReference.organisation == organisation,
                InterviewReference.reference_index.in_(part),
            )
        )
        found.update((named[index], subject_id) for index, subject_id in rows)
    return found


def by_name(session: Session, names: Collection[str]) -> dict[str, str]:
    """Subject ids by REFERENCE or ORGANISATION/REFERENCE; the empty string where a reference has several people.

    Names that stand for nobody are left out.
    """
    found: dict[str, str] = {}
    for part in in_parts(names):
        bare = {name.split("/", 1)[1] for name in part if "/" in name} | set(part)
        named = {_index(session, reference): reference for reference in bare}
        rows = session.execute(
            select(
                InterviewReference.organisation, InterviewReference.reference_index, InterviewReference.subject_id
            ).where(InterviewReference.reference_index.in_(named))
        ).all()
        for organisation, index, subject_id in rows:
            reference = named[index]
            found[f"{organisation}/{reference}"] = subject_id
            found[reference] = subject_id if found.get(reference, subject_id) == subject_id else ""
    return {name: found[name] for name in names if name in found}


def organisations_of(session: Session, subject_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The documenting organisations of each person, sorted."""
    found: dict[str, set[str]] = {}
    for part in in_parts(subject_ids):
        rows = session.execute(
            select(Enrolment.subject_id, Enrolment.organisation).where(Enrolment.subject_id.in_(part))
        )
        for subject_id, organisation in rows:
            found.setdefault(subject_id, set()).add(organisation)
    return {subject_id: tuple(sorted(keys)) for subject_id, keys in found.items()}


def codes_of(session: Session, subject_ids: Iterable[str]) -> dict[str, str]:
    """The code of each person's first enrolment; people enrolled nowhere are left out."""
    found: dict[str, str] = {}
    for part in in_parts(subject_ids):
        rows = session.execute(
            select(Enrolment.subject_id, Enrolment.code)
            .where(Enrolment.subject_id.in_(part))
            .order_by(Enrolment.enrolled_at)
        )
        for subject_id, code in rows:
            found.setdefault(subject_id, code)
    return found


def codes_of_person(session: Session, subject_id: str) -> list[str]:
    """Every code a person has, the first one first."""
    query = select(Enrolment.code).where(Enrolment.subject_id == subject_id)
    return list(session.scalars(query.order_by(Enrolment.enrolled_at, Enrolment.code)))


def codes_at(session: Session, organisation: str, subject_ids: Iterable[str]) -> dict[str, str]:
    """The codes of those people whom `organisation` documents."""
    found: dict[str, str] = {}
    for part in in_parts(subject_ids):
        rows = session.execute(
            select(Enrolment.subject_id, Enrolment.code).where(
                Enrolment.organisation == organisation,
                Enrolment.hidden.is_(False),
                Enrolment.subject_id.in_(part),
            )
        )
        found.update((subject_id, code) for subject_id, code in rows)
    return found


def enrolment(session: Session, organisation: str, code: str) -> Enrolment:
    """The enrolment with `code` at `organisation`.

    Raises:
        UnknownSubject: no such code at this organisation, whether or not another has it.
    """
    found = session.scalar(
        select(Enrolment).where(
            Enrolment.organisation == organisation, Enrolment.code == code, Enrolment.hidden.is_(False)
        )
    )
    if found is None:
        raise UnknownSubject(code)
    return found


def by_code(session: Session, code: str) -> str | None:
    """The person that has a code, at whichever organisation."""
    return session.scalar(select(Enrolment.subject_id).where(Enrolment.code == code.strip().upper()))


def enrolment_of(session: Session, subject_id: str) -> Enrolment:
    """The first enrolment of a person.

    Raises:
        UnknownSubject: enrolled nowhere.
    """
    found = session.scalar(
        select(Enrolment).where(Enrolment.subject_id == subject_id).order_by(Enrolment.enrolled_at, Enrolment.id)
    )
    if found is None:
        raise UnknownSubject(subject_id)
    return found


def search(session: Session, organisation: str, text: str, limit: int = 50) -> list[Enrolment]:
    """The people of `organisation` whose code begins with `text`, or whose interview reference it is, by code."""
    starts = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    referenced = select(InterviewReference.subject_id).where(
        InterviewReference.organisation == organisation,
        InterviewReference.reference_index.in_([_index(session, each) for each in _as_written(text)]),
    )
    query = select(Enrolment).where(
        Enrolment.organisation == organisation,
        Enrolment.hidden.is_(False),
        Enrolment.code.ilike(starts, escape="\\") | Enrolment.subject_id.in_(referenced),
    )
    return list(session.scalars(query.order_by(Enrolment.code).limit(limit)))


def references_of(session: Session, subject_id: str) -> list[str]:
    """The interview references of a person."""
    ring = keyring(session)
    rows = session.scalars(select(InterviewReference).where(InterviewReference.subject_id == subject_id))
    return sorted(ring.unseal(subject_id, _reference_place(row.id), row.sealed).decode() for row in rows)


def _as_written(text: str) -> set[str]:
    """The ways in which a number that somebody types may have been written down."""
    typed = text.strip()
    return {typed, typed.upper(), typed.lower()}


def profile(session: Session, subject_id: str) -> dict[str, Any]:
    """What is kept for the person's safety; empty where nothing was recorded."""
    row = session.get(SubjectProfile, subject_id)
    if row is None:
        return {}
    opened: dict[str, Any] = json.loads(keyring(session).unseal(subject_id, _place(subject_id), row.sealed))
    return opened


def keep_profile(session: Session, subject_id: str, content: Mapping[str, Any]) -> None:
    """Replace what is kept for the person's safety."""
    sealed = keyring(session).seal(subject_id, _place(subject_id), json.dumps(dict(content)).encode())
    session.merge(SubjectProfile(subject_id=subject_id, sealed=sealed, changed_at=clock.now()))
    session.flush()


def _place(subject_id: str) -> str:
    return f"subject_profiles.sealed:{subject_id}"
