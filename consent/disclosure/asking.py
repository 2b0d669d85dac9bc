"""Asking people first: one question a person and request, in plain words, with a date; no answer is a no."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.disclosure import check, sealed, secrecy
from consent.disclosure.requests import CONTACT, DisclosureRequest, State, demand
from consent.ledger import ledger
from consent.ledger.events import Draft, Kind
from consent.ledger.revisions import lock
from consent.ledger.scopes import LANGUAGES
from consent.proofs import digest
from consent.rules import ReasonCode
from vault import clock
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, in_parts, keyring, new_id
from vault.refusals import Refused
from vault.types import Id, Instant

ANSWERS = (ReasonCode.GRANTED, ReasonCode.REFUSED)


class UnderSecrecy(Refused):
    """Asking would tell what a legal duty keeps secret."""


class NoDate(Refused):
    """The date until which an answer is awaited does not lie ahead."""


class DisclosureQuestion(Base):
    """A question to a person about one request. Its words are sealed under their key; their answer is in the ledger."""

    __tablename__ = "disclosure_questions"
    __table_args__ = (UniqueConstraint("request_id", "subject_id", "scope"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("disclosure_requests.id"))
    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), index=True)
    scope: Mapped[str] = mapped_column(String(60), info=clear(Clear.CATALOGUE))
    items: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    sealed: Mapped[bytes] = mapped_column(info=sealed_to(Owner.PERSON))
    words_sha256: Mapped[str] = mapped_column(String(64), info=clear(Clear.FINGERPRINT))
    answer_by: Mapped[date] = mapped_column(Date)
    asked_by: Mapped[str] = mapped_column(Id)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    answer: Mapped[ReasonCode | None] = mapped_column(String(8))
    language: Mapped[str | None] = mapped_column(String(2), info=clear(Clear.CODE))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def goes_through_supporter(self) -> bool:
        """Whether it is put by the one who supports the person, and never by a page."""
        return self.scope == CONTACT


@dataclass(frozen=True, slots=True)
class Wording:
    """What people are asked, per language, by whom, and until when an answer is awaited."""

    words: Mapping[str, str]
    answer_by: date
    author: str


def ask(session: Session, request: DisclosureRequest, wording: Wording) -> int:
    """Ask everybody whose "ask me first" holds items of the list, once each; how many were asked now.

    Raises:
        WrongState: the request is not open.
        UnderSecrecy: a duty of secrecy stands on it.
        NoDate: the date does not lie ahead.
        ValueError: a language lacks its words.
    """
    demand(session, request, "ask")
    return put(session, request, request.scope, check.sort(session, request).to_ask, wording)


def put(session: Session, request: DisclosureRequest, scope: str, people: Mapping[str, int], wording: Wording) -> int:
    """Put a question to people who were not asked it yet, each about a number of items.

    Raises:
        UnderSecrecy, NoDate, ValueError: as `ask`.
    """
    if secrecy.is_secret(session, request):
        raise UnderSecrecy
    if wording.answer_by <= clock.today():
        raise NoDate
    words = {language: wording.words[language].strip() for language in LANGUAGES}
    if not all(words.values()):
        raise ValueError("a question is asked in every language")
    asked = {question.subject_id for question in of_request(session, request) if question.scope == scope}
    new = sorted(set(people) - asked)
    keyring(session).fetch(new)
    questions = [_question(session, request, scope, subject, people[subject], words, wording) for subject in new]
    session.add_all(questions)
    session.flush()
    ledger.append(session, [_asked(question, wording.author) for question in questions])
    return len(questions)


def _question(
    session: Session,
    request: DisclosureRequest,
    scope: str,
    subject_id: str,
    count: int,
    words: Mapping[str, str],
    wording: Wording,
) -> DisclosureQuestion:
    question_id = new_id()
    return DisclosureQuestion(
        id=question_id,
        request_id=request.id,
        subject_id=subject_id,
        scope=scope,
        items=count,
        sealed=sealed.close(session, _place(question_id), words, subject_id),
        words_sha256=digest(dict(words)),
        answer_by=wording.answer_by,
        asked_by=wording.author,
        asked_at=clock.now(),
    )


def _asked(question: DisclosureQuestion, author: str) -> Draft:
    body = {"question": question.id, "text_sha256": question.words_sha256}
    return Draft(Kind.ASKED, question.subject_id, question.scope, question.request_id, author=author, body=body)


def answer(
    session: Session, question: DisclosureQuestion, said: str, *, language: str, method: str, author: str
) -> int:
    """Record a person's answer; it binds every decision on this request once the caller commits. The revision.

    It may be changed for as long as nothing was released, and given after the date as well.

    Raises:
        WrongState: the request was answered or closed.
        ValueError: neither yes nor no.
    """
    lock(session)
    if said not in ANSWERS:
        raise ValueError(said)
    demand(session, session.get_one(DisclosureRequest, question.request_id), "answer")
    body = {
        "question": question.id,
        "answer": said,
        "text_sha256": question.words_sha256,
        "language": language,
        "method": method,
    }
    draft = Draft(Kind.ANSWERED, question.subject_id, question.scope, question.request_id, author=author, body=body)
    question.answer, question.language, question.answered_at = ReasonCode(said), language, clock.now()
    session.flush()
    return ledger.append(session, [draft])


def words(session: Session, question: DisclosureQuestion, language: str) -> str:
    """What the person is asked, in a language."""
    return str(sealed.content(session, _place(question.id), question.sealed, question.subject_id)[language])


def of_request(session: Session, request: DisclosureRequest) -> list[DisclosureQuestion]:
    """The questions of a request, in the order in which they were asked."""
    query = select(DisclosureQuestion).where(DisclosureQuestion.request_id == request.id)
    return list(session.scalars(query.order_by(DisclosureQuestion.asked_at, DisclosureQuestion.id)))


@dataclass(frozen=True, slots=True)
class QuestionShown:
    """A question as the person or their documenter sees it, with the request it belongs to."""

    question: DisclosureQuestion
    request: DisclosureRequest

    @property
    def can_be_answered(self) -> bool:
        """Whether an answer still changes what goes."""
        return self.request.state in (State.OPEN, State.PROPOSED)


def to_person(session: Session, subject_id: str) -> list[QuestionShown]:
    """What a person can be shown of the questions put to them on a page: none that secrecy holds back by now."""
    return _shown(session, (DisclosureQuestion.subject_id == subject_id) & (DisclosureQuestion.scope != CONTACT))


def through_documenter(session: Session, subject_ids: Collection[str]) -> list[QuestionShown]:
    """The questions about some people that their documenter or supporter can put for us; the same filter."""
    found: list[QuestionShown] = []
    for part in in_parts(subject_ids):
        found += _shown(session, DisclosureQuestion.subject_id.in_(part))
    return found


def open_questions(session: Session) -> list[QuestionShown]:
    """Every question that waits for an answer and may be told of."""
    return _shown(
        session,
        DisclosureQuestion.answer.is_(None) & DisclosureRequest.state.in_((State.OPEN, State.PROPOSED)),
    )


def _shown(session: Session, condition: ColumnElement[bool]) -> list[QuestionShown]:
    query = (
        select(DisclosureQuestion, DisclosureRequest)
        .join(DisclosureRequest, DisclosureRequest.id == DisclosureQuestion.request_id)
        .where(condition, secrecy.may_be_told(DisclosureRequest.id))
        .order_by(DisclosureQuestion.answer_by, DisclosureQuestion.id)
    )
    return [QuestionShown(question, request) for question, request in session.execute(query)]


def texts_agreed_to(session: Session, request: DisclosureRequest) -> dict[str, DisclosureQuestion]:
    """The questions of a request that were answered with a yes, by person."""
    return {
        question.subject_id: question
        for question in of_request(session, request)
        if question.answer == ReasonCode.GRANTED and question.scope == request.scope
    }


def _place(question_id: str) -> str:
    return f"disclosure_questions.sealed:{question_id}"
