"""A small consortium for tests: partners, recipients, stores, and short ways to say what people said."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from consent import rules
from consent.catalogue import forms, recipients
from consent.deciding import decisions, registration
from consent.deciding.registration import NamedPerson, Registration
from consent.ledger import scopes
from consent.ledger import stores as evidence_stores
from consent.people import organisations, subjects
from consent.proving import verification
from consent.saying import answering, withdrawal
from vault.database import Database

PARTNERS = {"alder": "Alder (fictional)", "birch": "Birch (fictional)"}
RECIPIENTS = {
    "alder": "partner",
    "birch": "partner",
    "consortium": "consortium",
    "lt-prosecution": "prosecution",
    "pl-prosecution": "prosecution",
    "icc-otp": "icc",
    "un-experts": "un",
    "osce-experts": "osce",
    "counsel-oak": "counsel",
    "archive": "archive",
    "public": "public",
}


class Consortium:
    """What most tests need of a running installation. Each method is one committed transaction."""

    def __init__(self, database: Database) -> None:
        """The consortium of `database`, founded if it is not there."""
        self.database = database
        with database.writing() as session:
            if session.get(organisations.Organisation, "alder") is None:
                _found(session)
            self.store, self.other_store = evidence_stores.listed(session)
            self.form = forms.current(session)

    def enrol(self, *references: str, organisation: str = "alder") -> str:
        """Enrol a person and answer their subject id."""
        with self.database.writing() as session:
            return subjects.enrol(session, organisation, references).subject_id

    def answer(
        self,
        subject_id: str,
        answer: str,
        *scopes_answered: str,
        at: datetime | None = None,
        majority_at: datetime | None = None,
        **conditions: Any,
    ) -> int:
        """Let a person answer some scopes alike; the revision."""
        circumstances = answering.Circumstances(
            form_version=self.form.id,
            form_digest=self.form.digest,
            language="en",
            method="written",
            author="test",
            effective_at=at,
            majority_at=majority_at,
        )
        with self.database.writing() as session:
            given = {scope: answering.Given(answer, conditions) for scope in scopes_answered}
            return answering.answer(session, subject_id, given, circumstances)

    def withdraw(self, subject_id: str, *scopes_withdrawn: str, said_at: datetime | None = None) -> int:
        """Let a person withdraw some scopes; the revision."""
        channel = withdrawal.Channel.PORTAL if said_at is None else withdrawal.Channel.PHONE
        statement = withdrawal.Statement(channel, "test", said_at)
        with self.database.writing() as session:
            return withdrawal.withdraw(session, subject_id, scopes_withdrawn, statement=statement).revision

    def register(
        self, *lines: Mapping[str, Any], store: evidence_stores.Store | None = None
    ) -> registration.Registered:
        """Register items given as the store protocol has them; people by interview reference or own key."""
        with self.database.writing() as session:
            return registration.register(session, store or self.store, [parse(line) for line in lines])

    def decide(
        self,
        item: str,
        scope: str = "share.icc",
        recipient: str = "icc-otp",
        *,
        at: datetime | None = None,
        known_at: datetime | None = None,
        request: str | None = None,
        store: evidence_stores.Store | None = None,
    ) -> rules.Decision:
        """One decision."""
        with self.database.reading() as session:
            asked = decisions.Asked(item, scope, recipient, request)
            as_of = decisions.AsOf(at, known_at)
            return decisions.decide_many(session, (store or self.store).id, [asked], as_of)[0]

    def faults(self) -> list[str]:
        """What verification finds."""
        with self.database.reading() as session:
            return list(verification.faults(session))


def _found(session: Session) -> None:
    for key, name in PARTNERS.items():
        session.add(organisations.Organisation(key=key, name=name, country="DK", zone="UTC"))
    session.flush()
    forms.ship(session)
    for key, recipient_class in RECIPIENTS.items():
        recipients.enter(session, key, recipient_class, {"en": key, "be": key, "ru": key})
    shown = list(scopes.catalogue(session))
    evidence_stores.create(session, "Documents", "alder", shown, may_declare_no_data_subject=True)
    evidence_stores.create(session, "Pictures", "birch", shown, may_declare_no_data_subject=False)


def parse(line: Mapping[str, Any]) -> Registration:
    """A registration from the shape of the store protocol."""
    return Registration(
        item=line["item"],
        kind=line.get("kind", "photo"),
        people=tuple(_person(entry) for entry in line.get("subjects", ())),
        sources=tuple(line.get("sources", ())),
        no_data_subject=line.get("no_data_subject", False),
        sha256=line.get("sha256"),
    )


def _person(entry: str | Mapping[str, str]) -> NamedPerson:
    if isinstance(entry, str):
        return NamedPerson(entry, None)
    return NamedPerson(
        entry.get("subject"),
        entry.get("person"),
        entry.get("role", "interviewee"),
        entry.get("basis", "consent"),
    )


def codes(decision: rules.Decision) -> Sequence[str]:
    """The reason codes of a decision, sorted."""
    return sorted(reason.code for reason in decision.reasons)
