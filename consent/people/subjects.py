"""People, under pseudonyms: who is enrolled where, and by which interview references they can be named."""

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger.revisions import open_moment
from vault import clock
from vault.columns import Blind, Clear, Owner, blind, clear, sealed_to
from vault.database import Base, in_parts, keyring, new_id
from vault.keys import KeyKind
from vault.refusals import Refused
from vault.types import Id, Instant

_INDEX = "interview_references"
# U+2212 is a minus sign, the others are what keyboards and word processors make of an apostrophe.
_DASHES = re.compile(r"[\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]")
_APOSTROPHES = re.compile(r"[\u0060\u00b4\u02b9\u02bb\u02bc\u02c8\u2018\u2019\u201b\u2032\u2035\uff07]")


def compared(reference: str) -> str:
    """An interview reference as it is compared, everywhere it comes in: two that are alike name one interview.

    Compatibility forms (NFKC), case, kinds of dash and apostrophe, and white space fold; dashes and zeros are kept.
    """
    folded = _APOSTROPHES.sub("'", _DASHES.sub("-", reference))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold())
    return " ".join(_APOSTROPHES.sub("'", _DASHES.sub("-", folded)).split())


class UnknownSubject(Exception):
    """Nobody is known by that name here."""


class AmbiguousSubject(Exception):
    """The name stands for several people."""


class NobodyOfThatCode(Refused):
    """No person has the code that somebody wrote."""

    field = "code"


class ReferenceTaken(Refused):
    """The organisation already uses that interview reference for somebody."""


class Subject(Base):
    """A person a record is about. Their content is sealed under the key of this id."""

    __tablename__ = "subjects"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Enrolment(Base):
    """One organisation documents a person, under a code that means nothing outside the portal.

    A hidden one stands for the harmless side of somebody's account: no desk finds it.
    """

    __tablename__ = "enrolments"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), index=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.key"))
    code: Mapped[str] = mapped_column(String(20), unique=True, info=clear(Clear.IDENTIFIER))
    enrolled_at: Mapped[datetime] = mapped_column(Instant)
    hidden: Mapped[bool] = mapped_column(default=False)


class InterviewReference(Base):
    """The number an interview has at the partner, sealed. A person may have several.

    It is found by the blind index of what it is compared by. Numbers of an earlier time may be alike and several
    people's: `reference_index`, of the number as it is written, keeps them apart.
    """

    __tablename__ = "interview_references"
    __table_args__ = (UniqueConstraint("organisation", "reference_index"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.key"))
    reference_index: Mapped[str] = mapped_column(String(64), index=True, info=blind(Blind.KEYED))
    compared_index: Mapped[str] = mapped_column(String(64), index=True, info=blind(Blind.KEYED))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.PERSON))
    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), index=True)


class SubjectProfile(Base):
    """What staff need to keep a person safe, sealed: where they live, safe contact, the agreed sign, wishes.

    `zone` is where their days and hours are (`zones.of_person`).
    """

    __tablename__ = "subject_profiles"

    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.PERSON))
    changed_at: Mapped[datetime] = mapped_column(Instant)
    zone: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_to(Owner.PERSON))


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
    if taken or len({compared(reference) for reference in references}) < len(references):
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
    row.reference_index = keyring(session).blind_index(_INDEX, reference)
    row.compared_index = _index(session, reference)
    row.sealed = keyring(session).seal(subject_id, _reference_place(row.id), reference.encode())
    return row


def _index(session: Session, reference: str) -> str:
    return keyring(session).blind_index(_INDEX, compared(reference))


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
    """Subject ids by interview reference, of those that `organisation` uses; the empty string where it has several."""
    index_of = {reference: _index(session, reference) for reference in references}
    found: dict[str, str] = {}
    for part in in_parts(set(index_of.values())):
        rows = session.execute(
            select(InterviewReference.compared_index, InterviewReference.subject_id).where(
                InterviewReference.organisation == organisation,
                InterviewReference.compared_index.in_(part),
            )
        )
        for index, subject_id in rows:
            found[index] = subject_id if found.get(index, subject_id) == subject_id else ""
    return {reference: found[index] for reference, index in index_of.items() if index in found}


def by_name(session: Session, names: Collection[str]) -> dict[str, str]:
    """Subject ids by REFERENCE or ORGANISATION/REFERENCE; the empty string where a reference has several people.

    Names that stand for nobody are left out.
    """
    found: dict[tuple[str, str], set[str]] = {}
    places: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        organisation, slash, reference = name.partition("/")
        places[name] = [("", _index(session, name)), *([(organisation, _index(session, reference))] if slash else ())]
    for part in in_parts({index for each in places.values() for _, index in each}):
        rows = session.execute(
            select(
                InterviewReference.organisation, InterviewReference.compared_index, InterviewReference.subject_id
            ).where(InterviewReference.compared_index.in_(part))
        )
        for organisation, index, subject_id in rows:
            for place in (("", index), (organisation, index)):
                found.setdefault(place, set()).add(subject_id)
    people = {name: {one for place in tried for one in found.get(place, ())} for name, tried in places.items()}
    return {name: next(iter(each)) if len(each) == 1 else "" for name, each in people.items() if each}


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


class Enrolled(NamedTuple):
    """What a list shows of an enrolment: thousands are read for one page."""

    subject_id: str
    code: str
    enrolled_at: datetime


def search(session: Session, organisation: str, text: str) -> list[Enrolled]:
    """The people of `organisation` whose code begins with `text`, or whose interview reference it is, by code."""
    starts = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    referenced = select(InterviewReference.subject_id).where(
        InterviewReference.organisation == organisation,
        InterviewReference.compared_index == _index(session, text),
    )
    query = select(Enrolment.subject_id, Enrolment.code, Enrolment.enrolled_at).where(
        Enrolment.organisation == organisation,
        Enrolment.hidden.is_(False),
        Enrolment.code.ilike(starts, escape="\\") | Enrolment.subject_id.in_(referenced),
    )
    return [Enrolled(*row) for row in session.execute(query.order_by(Enrolment.code))]


def references_of(session: Session, subject_id: str) -> list[str]:
    """The interview references of a person."""
    ring = keyring(session)
    rows = session.scalars(select(InterviewReference).where(InterviewReference.subject_id == subject_id))
    return sorted(ring.unseal(subject_id, _reference_place(row.id), row.sealed).decode() for row in rows)


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
