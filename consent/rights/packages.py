"""Packages: what a person gets who asks for access or to take their data along; fetched once, and then gone."""

import json
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.catalogue import recipients
from consent.catalogue.countries import countries
from consent.disclosure import received, secrecy
from consent.ledger import answers, ledger, scopes, stores
from consent.people import organisations, subjects
from consent.rights import orders, requests, retention, store_tasks
from consent.rights.orders import OrderKind
from consent.rights.requests import Right, RightsRequest
from consent.rights.steps import Step
from consent.saying import capture, receipts
from vault import audit, clock
from vault.columns import Owner, sealed_to
from vault.database import Base, keyring, new_id
from vault.keys import KeyKind
from vault.refusals import Refused
from vault.types import Id, Instant

# What the partner does for somebody who may be forced: whoever forces them reads their file too.
_CONFIDENTIAL = ("concern.", "request.forced", "request.spoken")
SCHEMAS = {Right.ACCESS: "zhoda-access-1", Right.PORTABILITY: "zhoda-portability-1"}


class NotReady(Refused):
    """A store has not answered yet."""


class Gone(Refused):
    """There is nothing to fetch, or it was fetched already."""


class RightsPackage(Base):
    """A package, sealed under a key of its own that is destroyed when it is fetched."""

    __tablename__ = "rights_packages"

    request_id: Mapped[str] = mapped_column(ForeignKey("rights_requests.id"), primary_key=True)
    key_owner: Mapped[str] = mapped_column(Id)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_to(Owner.PACKAGE))
    made_at: Mapped[datetime] = mapped_column(Instant)
    fetched_at: Mapped[datetime | None] = mapped_column(Instant)


@cache
def schema(right: str) -> dict[str, Any]:
    """The JSON Schema of the package for a right ("access" or "portability")."""
    text = (resources.files("consent") / "schemas" / f"{right}.schema.json").read_text(encoding="utf-8")
    described: dict[str, Any] = json.loads(text)
    return described


def gather(session: Session, request: RightsRequest, author: str) -> list[store_tasks.StoreTask]:
    """Ask every store that knows the person for what it holds; nobody has to copy anything."""
    return store_tasks.give(session, request, OrderKind.COLLECT, author, {"right": request.right})


def is_ready(session: Session, request: RightsRequest) -> bool:
    """Whether every store has answered."""
    return not [task for task in _collected(session, request) if task.state in orders.WAITING]


def make(session: Session, request: RightsRequest, author: str) -> RightsPackage:
    """Make the package from the portal and from what the stores sent; one that was not fetched is replaced.

    Raises:
        requests.IdentityNotConfirmed: nobody has confirmed who asks.
        requests.NotNow: the request is answered, asks for something else, or its package was fetched.
        NotReady: a store has not answered yet.
    """
    requests.demand_open(session, request, *SCHEMAS)
    if request.subject_id is None or request.identity is None:
        raise requests.IdentityNotConfirmed
    if not is_ready(session, request):
        raise NotReady
    made = of_request(session, request)
    if made is not None and made.sealed is None:
        raise requests.NotNow
    content = _access(session, request) if request.right == Right.ACCESS else _portability(session, request)
    if made is None:
        made = RightsPackage(request_id=request.id, key_owner=new_id(), fetched_at=None)
        keyring(session).create([made.key_owner], KeyKind.PERSON)
    # One that replaces another stays under its key: whoever destroys that destroys both, in every copy.
    made.made_at = clock.now()
    made.sealed = keyring(session).seal(made.key_owner, _place(request.id), json.dumps(content).encode())
    session.add(made)
    session.flush()
    requests.note(session, request, Step.PACKAGE_MADE, author)
    return made


def of_request(session: Session, request: RightsRequest) -> RightsPackage | None:
    """The package of a request."""
    return session.get(RightsPackage, request.id)


def waiting(session: Session, request: RightsRequest) -> bool:
    """Whether there is a package to fetch."""
    made = of_request(session, request)
    return made is not None and made.sealed is not None


def is_given(session: Session, request: RightsRequest) -> bool:
    """Whether the person has their package or can fetch it."""
    made = of_request(session, request)
    return made is not None and (made.sealed is not None or made.fetched_at is not None)


def is_fetched(session: Session, request: RightsRequest) -> bool:
    """Whether the person has their package."""
    made = of_request(session, request)
    return made is not None and made.fetched_at is not None


def fetch(session: Session, request: RightsRequest, author: str) -> dict[str, Any]:
    """The package, this once: what is kept of it goes with this transaction, and its key when it has committed.

    Raises:
        Gone: there is none, or it was fetched already.
        requests.Held: the person seems to be forced.
    """
    requests.refuse_held(session, request)
    made = session.scalar(select(RightsPackage).where(RightsPackage.request_id == request.id).with_for_update())
    if made is None or made.sealed is None:
        raise Gone
    content: dict[str, Any] = json.loads(keyring(session).unseal(made.key_owner, _place(request.id), made.sealed))
    made.sealed, made.fetched_at = None, clock.now()
    store_tasks.forget_collected(session, request)
    requests.note(session, request, Step.PACKAGE_FETCHED, author)
    return content


def keys_to_destroy(session: Session) -> list[str]:
    """The keys of packages that were fetched or dropped, and of what the stores had sent for them."""
    gone = select(RightsPackage.key_owner).where(RightsPackage.sealed.is_(None))
    return [*session.scalars(gone), *store_tasks.keys_to_destroy(session)]


def withdraw(session: Session, request: RightsRequest) -> None:
    """Let what was made for a request, and not fetched yet, be fetched no more."""
    made = of_request(session, request)
    if made is not None and made.sealed is not None:
        made.sealed = None
        store_tasks.forget_collected(session, request)


def drop(session: Session, subject_id: str) -> None:
    """Let nothing of somebody who is erased be fetched any more, whichever request it was made for."""
    for request in requests.of_person(session, subject_id):
        made = of_request(session, request)
        if made is not None:
            made.sealed = None
        store_tasks.forget_collected(session, request)


def _collected(session: Session, request: RightsRequest) -> list[store_tasks.StoreTask]:
    return [task for task in store_tasks.of_request(session, request) if task.kind == OrderKind.COLLECT]


def heading(session: Session, request: RightsRequest) -> dict[str, Any]:
    """Which request a package answers, who answers it and when; for a part that goes by itself, too."""
    partner = session.get_one(organisations.Organisation, request.organisation)
    return {
        "schema": SCHEMAS[request.right],
        "reference": request.reference,
        "made_at": clock.rfc3339(clock.now()),
        "language": request.language,
        "controller": {"key": partner.key, "name": partner.name, "country": partner.country},
    }


def _access(session: Session, request: RightsRequest) -> dict[str, Any]:
    person = str(request.subject_id)
    partners = {each.key: each for each in organisations.listed(session)}
    involved = subjects.organisations_of(session, [person]).get(person, ())
    country = countries()[partners[request.organisation].country]
    return {
        **heading(session, request),
        "joint_controllers": [{"key": key, "name": each.name} for key, each in partners.items()],
        "law": country.law,
        "authority": country.authority[request.language],
        "codes": subjects.codes_of_person(session, person),
        "interview_references": subjects.references_of(session, person),
        "documented_by": list(involved),
        "answers": _answers(session, person),
        "history": _history(session, person),
        "safety": subjects.profile(session, person),
        "conversations": [capture.content(session, each) for each in capture.recorded_with(session, person)],
        "purposes": _purposes(session, request.language),
        "sources": ["self", *sorted({f"partner:{key}" for key in involved})],
        "retention": [rule.as_value(request.language) for rule in retention.rules()],
        "received_by": _received_by(session, person),
        "who_looked": _who_looked(session, person),
        "requests": [requests.as_receipt(each) for each in requests.of_person(session, person)],
        "rights": [*Right, "withdrawal", "complaint"],
        "automated_decisions": False,
        "stores": _stores(session, request),
    }


def _portability(session: Session, request: RightsRequest) -> dict[str, Any]:
    person = str(request.subject_id)
    return {
        **heading(session, request),
        "codes": subjects.codes_of_person(session, person),
        "answers": _answers(session, person),
        "conversations": [capture.content(session, each) for each in capture.recorded_with(session, person)],
        "stores": _stores(session, request),
    }


def _answers(session: Session, person: str) -> list[dict[str, Any]]:
    receipt = receipts.receipt(session, person)
    return [
        {
            "scope": line.scope,
            "state": line.code,
            "conditions": line.conditions,
            "since": clock.rfc3339(line.event.effective_at),
            "form_version": line.form_version,
        }
        for line in receipt.lines
    ]


def _history(session: Session, person: str) -> list[dict[str, Any]]:
    """What was said, but for the questions that a duty of secrecy holds back by now, and their answers."""
    past, _ = ledger.history(session, [person])
    secret = secrecy.standing(session)
    return [
        {
            "kind": event.kind.value,
            "scope": event.scope,
            "effective_at": clock.rfc3339(event.effective_at),
            "recorded_at": clock.rfc3339(event.recorded_at),
            "position": event.position,
        }
        for event in past
        if (event.kind in answers.ANSWERING or event.scope is None) and event.context not in secret
    ]


def _purposes(session: Session, language: str) -> list[dict[str, Any]]:
    directory = recipients.directory(session).values()
    return [
        {
            "scope": scope.key,
            "title": scope.texts[language]["title"],
            "basis": "GDPR 6(1)(a), 9(2)(a)",
            "recipients": sorted(each.key for each in directory if each.recipient_class in scope.classes),
        }
        for scope in scopes.catalogue(session).values()
    ]


def _received_by(session: Session, person: str) -> list[dict[str, Any]]:
    """To whom something of theirs was disclosed (GDPR Art. 15(1)(c)), but for what a duty of secrecy holds back."""
    return [
        {"recipient": each.recipient.key, "scope": each.scope, "at": clock.rfc3339(each.at), "items": each.items}
        for each in received.of_person(session, person)
    ]


def _who_looked(session: Session, person: str) -> list[dict[str, Any]]:
    return [
        {
            "at": clock.rfc3339(entry.at),
            "role": entry.role,
            "organisation": entry.organisation,
            "act": "record.change" if entry.act.startswith(_CONFIDENTIAL) else entry.act,
        }
        for entry in audit.of_person(session, person)
    ]


def _stores(session: Session, request: RightsRequest) -> list[dict[str, Any]]:
    """What each store sent and what is missing from it, or why it sent nothing. Contents of items are base64."""
    names = {store.id: store.name for store in stores.listed(session)}
    return [_of_store(session, names[task.store_id], task) for task in _collected(session, request)]


def _of_store(session: Session, name: str, task: store_tasks.StoreTask) -> dict[str, Any]:
    reason = str(store_tasks.result(session, task).get("reason", "")) if task.state in orders.NOT_DONE else None
    return {
        "store": name,
        "items": store_tasks.still_ordered(session, task),
        "missing": store_tasks.missing(session, task),
        "missing_because": reason,
    }


def _place(request_id: str) -> str:
    return f"rights_packages.sealed:{request_id}"
