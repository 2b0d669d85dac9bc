"""What a page lets somebody read: the kinds of reading that stand in the audit, and how a route declares its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum

from flask import g

from mhpss.entries import CaseReading


class Reading(StrEnum):
    """What was read, by the code that stands in the audit: one that was written once never changes.

    `words` say it in the printed table of who may do what.
    """

    words: str

    def __new__(cls, code: str, words: str) -> "Reading":
        """A kind with its words."""
        kind = str.__new__(cls, code)
        kind._value_ = code
        kind.words = words
        return kind

    # People, as those who document them see them.
    PEOPLE = "subject.list", "people, by their codes"
    PEOPLE_FILE = "subject.export", "people as a file, by their codes"
    PERSON = "subject.read", "the page of a person"
    QUESTION = "question.read", "a question to a person"
    QUESTIONS = "question.list", "questions that wait for people"
    QUESTIONS_FILE = "question.export", "questions that wait for people, as a file"
    RECEIPT = "receipt.read", "a person's receipt"
    RECEIPT_COPY = "receipt.copy", "the neutral copy of a person's receipt"
    INVITATION = "documenter.invite.read", "the paper that invites a person"
    WITHDRAWING = "documenter.withdraw.read", "what a person can stop"
    SITUATION = "documenter.situation.read", "a person's situation and wishes for it"
    SUPPORT_WISH = "documenter.ask_for_support.read", "whether a person allows that a case is kept"
    PROGRESS = "documenter.progress.read", "who has confirmed a person's change"
    RENEWAL = "documenter.renew.read", "the paper that renews a person's way in"
    CONVERSATION = "documenter.conversation.begin.read", "how a conversation is held"
    CONVERSATION_GROUP = "documenter.conversation.group.read", "answers in a conversation"
    CONVERSATION_UNDERSTANDING = "documenter.conversation.understanding.read", "what a person understood"
    CONVERSATION_SAFETY = "documenter.conversation.safety.read", "what is safe for a person"
    CONVERSATION_WISHES = "documenter.conversation.wishes.read", "a person's wishes"
    CONVERSATION_CHECK = "documenter.conversation.check.read", "a whole conversation, read back"

    # A person's own pages.
    OWN_OVERVIEW = "survivor.home.read", "their overview"
    OWN_RECEIVED = "survivor.who_received.read", "who received what of them"
    OWN_QUESTION = "survivor.question.read", "a question to them"
    OWN_CHOICES = "survivor.choices.read", "their answers in a group"
    OWN_TEXT = "survivor.text.read", "the text that they answered"
    OWN_ANSWER = "survivor.answer.read", "a text to answer, and their conditions"
    OWN_SEVERAL = "survivor.several.read", "what they can stop"
    OWN_STOP = "survivor.stop.read", "what stopping does"
    OWN_PROGRESS = "survivor.progress.read", "who has confirmed their change"
    OWN_COPY = "survivor.copy.read", "a copy of their confirmation"
    OWN_SEEN = "survivor.seen.read", "who looked at their record"
    OWN_REQUESTS = "survivor.requests.listing.read", "their requests"
    OWN_NEW_REQUEST = "survivor.requests.new.read", "a request before it is made"
    OWN_REQUEST = "survivor.requests.show.read", "one of their requests"
    OWN_PHRASE = "survivor.requests.phrase.read", "the phrase by which an answer is read later"
    OWN_PACKAGE = "survivor.requests.fetch.read", "the file with their data"
    OWN_REQUEST_RECEIPT = "survivor.requests.receipt.read", "the receipt of a request"
    OWN_ACCESS = "own_access.show.read", "where they are signed in"
    OWN_WORDS = "own_access.words.read", "their words to sign in with"
    OWN_APP = "own_access.app.read", "their app for codes"

    # Rights, and what is kept for the authority.
    REQUEST = "request.read", "a request of a person"
    REQUESTS = "request.list", "requests of people"
    REQUESTS_FILE = "request.export", "requests of people as a file"
    FOLLOWED_REQUEST = "request.follow.read", "a request, by its number and phrase"
    RIGHTS_LETTER = "letter.read", "a letter to a person"
    BREACH = "breach.read", "a breach and whom it concerns"
    BREACHES = "breach.list", "breaches"
    BREACHES_FILE = "breach.export", "breaches as a file"
    RETENTION = "retention.list", "what is kept longer than its time"
    RETENTION_FILE = "retention.export", "what is kept longer than its time, as a file"

    # Disclosure.
    REGISTER = "disclosure.list", "the register of disclosure"
    REGISTER_FILE = "disclosure.export", "the register of disclosure as a file"
    DISCLOSURE = "disclosure.read", "a request or a release of the register"
    DISCLOSURE_CHECK = "disclosure.check.read", "a list as consent stands"
    CERTIFICATE = "disclosure.certificate", "a certificate"
    PACKAGE = "disclosure.package", "a package"
    NOTICE = "disclosure.notice.read", "a letter to a recipient about a person"
    NOTICES = "disclosure.notice.list", "letters to recipients about people"
    NOTICES_FILE = "disclosure.notice.export", "letters to recipients about people, as a file"

    # Support: the wall lets the house's own audit know no more than that somebody worked there.
    SUPPORT = "support.work", "work at the support desk"
    SUPPORT_FILE = "support.export", "work at the support desk as a file"
    SERVICES = "service.export", "the directory of services as a file"
    FIGURES = "figures.read", "figures, small cells hidden"

    # The installation.
    AUDIT = "audit.read", "the audit"
    AUDIT_FILE = "audit.export", "the audit as a file"
    ACCOUNTS = "account.list", "the accounts of staff"
    ACCOUNTS_FILE = "account.export", "the accounts of staff as a file"
    ACCOUNT = "account.read", "an account of staff"


class Unread(RuntimeError):
    """A page showed what its route does not declare, or did not say of whom it showed it. It is not sent."""


class Of(Enum):
    """Whose data a page shows, and so whom its reading is written down for."""

    FOUND = "of whom the address is about"
    NAMED = "of everybody whom the page names"
    NOBODY = "of nobody in particular"
    CASE = "in the case, behind the wall"
    NOTHING = "nothing of anybody"
    NO_PAGE = "no page of its own"


@dataclass(frozen=True, slots=True)
class Reads:
    """What a route lets somebody read. `kind` is written into the audit, `in_case` into the history of a case."""

    of: Of
    kind: Reading | None = None
    in_case: CaseReading | None = None
    reason: str = ""

    @property
    def words(self) -> str:
        """The declaration as the printed table has it."""
        if self.kind is None:
            return f"nothing: {self.reason}"
        if self.in_case is not None:
            return f"`{self.kind}`, and `{self.in_case}` {self.of.value}"
        return f"`{self.kind}` ({self.kind.words}), {self.of.value}"


def of_found(kind: Reading) -> Reads:
    """A page about whomever the route's relation found: one person, or those whom a thing concerns."""
    return Reads(Of.FOUND, kind)


def of_named(kind: Reading) -> Reads:
    """A page that shows several people and names them by `read_people`; one that forgets is not sent."""
    return Reads(Of.NAMED, kind)


def of_nobody(kind: Reading) -> Reads:
    """A page that tells of people without one in particular: figures, a register, lists of cases behind the wall."""
    return Reads(Of.NOBODY, kind)


def of_case(in_case: CaseReading) -> Reads:
    """A page of a support case: in full behind the wall, without case or person in the house's own audit."""
    return Reads(Of.CASE, Reading.SUPPORT, in_case)


def nothing(reason: str) -> Reads:
    """A page that shows nothing of anybody, and why that is so."""
    return Reads(Of.NOTHING, reason=reason)


def leads_on() -> Reads:
    """An act that draws no page of its own and leads on to one, or refuses; the act is audited as such."""
    return Reads(Of.NO_PAGE, reason="it acts and leads on; the act is audited as one")


def read_people(subject_ids: Iterable[str]) -> None:
    """Name the people whom the page at hand shows, where its route reads `of_named`; of nobody where there is nobody.

    Called again, it adds to those named before.
    """
    g.people_read = g.get("people_read", frozenset()) | frozenset(subject_ids)


def people_read() -> frozenset[str]:
    """Whom the page at hand has named.

    Raises:
        Unread: it has named nobody, not even that there is nobody.
    """
    named: frozenset[str] | None = g.get("people_read")
    if named is None:
        raise Unread
    return named
