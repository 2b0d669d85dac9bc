"""The consent conversation: a draft kept group by group, recorded as a whole when the person is ready."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.catalogue import forms
from consent.ledger import answers, scopes
from consent.ledger.revisions import Revision, lock
from consent.people import subjects, zones
from consent.rules import ReasonCode
from consent.saying import answering
from consent.saying.answering import Circumstances, ConsentedBy, Given
from vault import clock
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, keyring, new_id
from vault.refusals import Refused
from vault.states import Act, StateMachine
from vault.types import Id, Instant


class SituationWish(StrEnum):
    """What is to happen with what a person agreed to when they cannot be asked any more."""

    GOES_ON = "goes_on"
    STOPS = "stops"
    PERSON_DECIDES = "person_decides"


class SituationKind(StrEnum):
    """Why a person cannot be asked any more."""

    DETAINED = "detained"
    UNREACHABLE = "unreachable"
    DEAD = "dead"


class Understanding(StrEnum):
    """Whether a person has understood what was explained."""

    UNDERSTOOD = "understood"
    EXPLAINED_AGAIN = "explained_again"
    NOT_UNDERSTOOD = "not_understood"


class ConversationState(StrEnum):
    """Whether a conversation was recorded; one that is thrown away is no more."""

    DRAFT = "draft"
    RECORDED = "recorded"


_DOCUMENTER = ("documenter",)
STATES = StateMachine(
    ConversationState,
    {
        "keep": Act((ConversationState.DRAFT,), None, _DOCUMENTER),
        "record": Act((ConversationState.DRAFT,), ConversationState.RECORDED, _DOCUMENTER),
        "discard": Act((ConversationState.DRAFT,), None, _DOCUMENTER),
    },
    final={ConversationState.RECORDED},
    waits_for={ConversationState.DRAFT: "documenter"},
)


class Conversation(Base):
    """A consent conversation. What was said is sealed under the person's key."""

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), index=True)
    organisation: Mapped[str] = mapped_column(String(40), info=clear(Clear.CATALOGUE))
    form_version: Mapped[str] = mapped_column(ForeignKey("form_versions.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.PERSON))
    changed_at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime | None] = mapped_column(Instant)
    revision: Mapped[int | None] = mapped_column(info=clear(Clear.NUMBER))

    @property
    def state(self) -> ConversationState:
        """Whether it was recorded."""
        return ConversationState.DRAFT if self.recorded_at is None else ConversationState.RECORDED


class NoDraft(Exception):
    """The draft was recorded or thrown away meanwhile."""


class ChangedSince(Refused):
    """The draft holds something else than what was read back to the person."""


@dataclass(frozen=True, slots=True)
class LaterWord:
    """What a person said after a draft had heard another answer."""

    code: str
    recorded_at: datetime


class NothingAnswered(Refused):
    """A conversation in which no question was reached cannot be recorded."""


class NotUnderstood(Refused):
    """The check that the person understood is not complete: consent would not be informed (GDPR Art. 4(11))."""


class MajorityUnknown(Refused):
    """A guardian consents, and the day on which the person comes of age is not known or has passed."""


class Overtaken(Refused):
    """Since the draft heard an answer, the person said otherwise: a draft never overrules a later word."""


def begin(session: Session, subject_id: str, organisation: str, content: Mapping[str, Any]) -> Conversation:
    """Begin a conversation on the present form; one that is still a draft goes on instead, with `content` added."""
    lock(session)
    draft = open_draft(session, subject_id)
    if draft is None:
        draft = Conversation(
            id=new_id(),
            subject_id=subject_id,
            organisation=organisation,
            form_version=forms.current(session).id,
            sealed=b"",
            changed_at=clock.now(),
            recorded_at=None,
            revision=None,
        )
        _seal(session, draft, {"answers": {}, "groups": []})
        session.add(draft)
    keep(session, draft, content)
    return draft


def open_draft(session: Session, subject_id: str) -> Conversation | None:
    """The conversation with a person that is not finished, if there is one."""
    query = select(Conversation).where(Conversation.subject_id == subject_id, Conversation.recorded_at.is_(None))
    return session.scalar(query)


def drafts_of(session: Session, organisation: str) -> list[Conversation]:
    """The unfinished conversations of an organisation, latest first."""
    query = select(Conversation).where(Conversation.organisation == organisation, Conversation.recorded_at.is_(None))
    return list(session.scalars(query.order_by(Conversation.changed_at.desc())))


def recorded_with(session: Session, subject_id: str) -> list[Conversation]:
    """The finished conversations with a person, latest first."""
    query = select(Conversation).where(Conversation.subject_id == subject_id, Conversation.recorded_at.is_not(None))
    return list(session.scalars(query.order_by(Conversation.recorded_at.desc())))


def content(session: Session, conversation: Conversation) -> dict[str, Any]:
    """What was said so far."""
    opened: dict[str, Any] = json.loads(
        keyring(session).unseal(conversation.subject_id, _place(conversation), conversation.sealed)
    )
    return opened


def keep(session: Session, conversation: Conversation, more: Mapping[str, Any]) -> None:
    """Add to a draft, so that nobody has to say a thing twice.

    Raises:
        NoDraft: it was recorded or thrown away meanwhile.
    """
    _demand(session, conversation, "keep")
    _seal(session, conversation, content(session, conversation) | dict(more))
    conversation.changed_at = clock.now()
    session.flush()


def keep_group(
    session: Session,
    conversation: Conversation,
    group: str,
    given: Mapping[str, Mapping[str, Any]],
    heard_at: Revision,
) -> None:
    """Keep the answers to one group, by scope as `answering.Given` has them; one left out was not answered.

    `heard_at` is the revision that was known when they were asked for: whatever the person says after it is later.

    Raises:
        NoDraft: it was recorded or thrown away meanwhile.
    """
    _demand(session, conversation, "keep")
    said = content(session, conversation)
    of_group = {scope.key for scope in scopes.in_groups(session).get(group, ())}
    kept = {scope: each for scope, each in said["answers"].items() if scope not in of_group}
    groups = [*said["groups"], group] if group not in said["groups"] else said["groups"]
    heard = said.get("heard", {}) | {group: heard_at}
    heard_on = said.get("heard_on", {}) | {group: clock.rfc3339(clock.now())}
    more = {"answers": kept | dict(given), "groups": groups, "heard": heard, "heard_on": heard_on}
    keep(session, conversation, more)


def _demand(session: Session, conversation: Conversation, act: str) -> None:
    lock(session)
    query = select(Conversation).where(Conversation.id == conversation.id).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None or not STATES.allows(found.state, act):
        raise NoDraft


def later_words(session: Session, conversation: Conversation) -> dict[str, LaterWord]:
    """By scope, what a person said elsewhere after the draft heard another answer to it, or what ended since.

    Two answers that both deny are one word. A yes in the draft is also overtaken by a no to one request or provider
    and by an objection (GDPR Art. 21). A draft that does not know when it heard an answer counts as earlier.
    """
    said = content(session, conversation)
    folded = answers.present(session, [conversation.subject_id])
    later = {}
    for group, members in scopes.in_groups(session).items():
        heard_at = said.get("heard", {}).get(group, 0)
        heard_on = said.get("heard_on", {}).get(group)
        for scope in members if group in said["groups"] else ():
            drafted = said["answers"].get(scope.key)
            if drafted is not None:
                words = _said_after(folded, scope.key, heard_at, drafted["answer"] in answers.PERMITTING)
                words += _ended_after(folded, scope.key, heard_on)
                if words:
                    later[scope.key] = max(words, key=lambda word: word.recorded_at)
    return later


def _said_after(folded: answers.Folded, scope: str, heard_at: Revision, permits: bool) -> list[LaterWord]:
    found = []
    for (_, answered, context), row in folded.answers.items():
        denies = row.code not in answers.PERMITTING
        otherwise = (permits and denies) if context else (permits or not denies)
        if answered == scope and row.revision > heard_at and otherwise:
            found.append(LaterWord(row.code, row.recorded_at))
    for (_, state, of_scope), restriction in folded.restrictions.items():
        is_later = restriction.active and restriction.revision > heard_at
        if permits and is_later and state == ReasonCode.OBJECTED and of_scope in ("", scope):
            found.append(LaterWord(state, restriction.recorded_at))
    return found


def _ended_after(folded: answers.Folded, scope: str, heard_on: str | None) -> list[LaterWord]:
    heard = clock.parse_instant(heard_on) if heard_on else None
    return [
        LaterWord(ReasonCode.EXPIRED, row.ends_at)
        for (_, answered, context), row in folded.answers.items()
        if answered == scope and not context and row.code in answers.PERMITTING
        if row.ends_at is not None and heard is not None and heard < row.ends_at <= clock.now()
    ]


def discard(session: Session, conversation: Conversation) -> None:
    """Throw a draft away; nothing of it was ever recorded.

    Raises:
        NoDraft: it was recorded or thrown away meanwhile.
    """
    _demand(session, conversation, "discard")
    session.execute(delete(Conversation).where(Conversation.id == conversation.id))


def record(session: Session, conversation: Conversation, author: str, *, read_back: datetime | None = None) -> Revision:
    """Record what was said as consent events, and what keeps the person safe in their profile.

    A question that was reached and not answered is `unanswered`; a yes that stands from this very form and was
    left as it is stays; one from an older form is superseded. `read_back` is the draft's `changed_at` when it was read
    back to the person, where it was.

    Raises:
        NothingAnswered: no group was reached.
        NotUnderstood: the comprehension check lacks an answer.
        MajorityUnknown: a guardian's consent would never end.
        Overtaken: `later_words` has some. Nothing is written.
        NoDraft, ChangedSince: somebody else was faster. Nothing is written.
        answering.BadCondition: a condition of the draft cannot hold beside one that stands. Nothing is written.
    """
    _demand(session, conversation, "record")
    said = content(session, conversation)
    if not said["groups"]:
        raise NothingAnswered
    form = forms.version(session, conversation.form_version)
    questions = form.introduction("en")["comprehension"]
    checked = said.get("comprehension", {})
    understood = (Understanding.UNDERSTOOD, Understanding.EXPLAINED_AGAIN)
    if any(checked.get(question["key"]) not in understood for question in questions):
        raise NotUnderstood
    zone = zones.of_person(session, conversation.subject_id, safety=said.get("safety"))
    if said.get("consented_by") == ConsentedBy.GUARDIAN and not _comes_of_age(said, zone):
        raise MajorityUnknown
    if later_words(session, conversation):
        raise Overtaken
    if read_back is not None and conversation.changed_at != read_back:
        raise ChangedSince
    with session.begin_nested():
        # Before the answers: their days are those of where this conversation says that the person lives.
        _keep_profile(session, conversation.subject_id, said)
        revision = answering.answer(
            session,
            conversation.subject_id,
            _given(session, conversation, said),
            _circumstances(conversation, form, said, author, zone),
        )
    conversation.recorded_at = clock.now()
    conversation.revision = revision
    session.flush()
    return revision


def _keep_profile(session: Session, subject_id: str, said: Mapping[str, Any]) -> None:
    kept = subjects.profile(session, subject_id)
    subjects.keep_profile(session, subject_id, kept | {key: said[key] for key in ("safety", "wishes") if key in said})


def _comes_of_age(said: Mapping[str, Any], zone: tzinfo) -> bool:
    majority = said.get("majority_on")
    return majority is not None and clock.start_of(date.fromisoformat(majority), zone) > clock.now()


def _given(session: Session, conversation: Conversation, said: Mapping[str, Any]) -> dict[str, Given]:
    standing = answers.present(session, [conversation.subject_id]).answers
    given: dict[str, Given] = {}
    for group, members in scopes.in_groups(session).items():
        for scope in members if group in said["groups"] else ():
            each = said["answers"].get(scope.key)
            row = standing.get((conversation.subject_id, scope.key, ""))
            if each is not None:
                given[scope.key] = Given(**each)
            elif row is None or (
                row.form_version != conversation.form_version and row.revision <= said.get("heard", {}).get(group, 0)
            ):
                given[scope.key] = Given(ReasonCode.UNANSWERED)
    return given


def _circumstances(
    conversation: Conversation, form: forms.FormVersion, said: Mapping[str, Any], author: str, zone: tzinfo
) -> Circumstances:
    majority = said.get("majority_on")
    return Circumstances(
        form_version=form.id,
        form_digest=form.digest,
        language=said["language"],
        method=said["method"],
        author=author,
        capture_id=conversation.id,
        consented_by=said.get("consented_by", ConsentedBy.SELF),
        majority_at=clock.start_of(date.fromisoformat(majority), zone) if majority else None,
    )


def _seal(session: Session, conversation: Conversation, said: Mapping[str, Any]) -> None:
    conversation.sealed = keyring(session).seal(
        conversation.subject_id, _place(conversation), json.dumps(dict(said)).encode()
    )


def _place(conversation: Conversation) -> str:
    return f"conversations.sealed:{conversation.id}"
