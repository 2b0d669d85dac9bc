"""Requests for assistance in tests: registered, listed, checked and released in a line each."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from consent.disclosure import asking, certificates, check, copies, lists, release, requests
from consent.disclosure.check import Bucket, Sorted
from consent.disclosure.release import Assessment
from consent.disclosure.requests import DisclosureRequest
from tests.consortium import Consortium
from vault import clock, signing

WORDS = {
    "reference": "7 BJs 12/26",
    "asker": "the desk of the fictional prosecutor",
    "purpose": "Find out who gave the orders",
    "necessity": "Nobody else has seen it",
    "cases": "",
}
QUESTION = {"be": "Ці можна перадаць?", "ru": "Можно ли передать?", "en": "May it be passed on?"}
Result = TypeVar("Result")


class Disclosing:
    """An officer's work on one request; each method is one committed transaction."""

    def __init__(
        self, consortium: Consortium, recipient: str = "icc-otp", instrument: str = "rome-15", confirmed: bool = True
    ) -> None:
        self.consortium = consortium
        self.database = consortium.database
        with self.database.writing() as session:
            signing.renew_if_due(session)
            letter = requests.Letter(recipient, instrument, clock.now().date(), WORDS)
            self.id = requests.register(session, letter, organisation="alder", registered_by="officer-1").id
        if confirmed:
            self.do(lambda s, r: requests.confirm_identity(s, r, "called back", "officer-1"))

    def do(self, act: Callable[[Session, DisclosureRequest], Result]) -> Result:
        """Do something with the request."""
        with self.database.writing() as session:
            return act(session, session.get_one(DisclosureRequest, self.id))

    def read(self, act: Callable[[Session, DisclosureRequest], Result]) -> Result:
        """Look at something of the request."""
        with self.database.reading() as session:
            return act(session, session.get_one(DisclosureRequest, self.id))

    def list(self, *items: str) -> lists.Added:
        """Put items of the store "Documents" on the list."""
        named = [lists.Named(self.consortium.store.id, item) for item in items]
        return self.do(lambda s, r: lists.add(s, r, named))

    def sort(self, show: Bucket | None = None, limit: int = 100) -> Sorted:
        """The list, checked."""
        fits = (lambda each: each.bucket is show) if show else (lambda each: True)
        return self.read(lambda s, r: check.sort(s, r, show=fits, limit=limit))

    def buckets(self) -> dict[str, str]:
        """Where each item is."""
        return {each.line.name: each.bucket.value for each in self.sort().shown}

    def ask(self, days: int = 14) -> int:
        """Ask everybody who wants to be asked first."""
        wording = asking.Wording(QUESTION, clock.now().date() + timedelta(days=days), "officer-1")
        return self.do(lambda s, r: asking.ask(s, r, wording))

    def answer(self, subject_id: str, said: str) -> int:
        """Let a person answer."""

        def act(session: Session, request: DisclosureRequest) -> int:
            question = next(each for each in asking.of_request(session, request) if each.subject_id == subject_id)
            return asking.answer(session, question, said, language="en", method="portal", author="them")

        return self.do(act)

    def copy(self, *items: str, identity: str = "pseudonymised") -> int:
        """Register a copy of items that carries an obligation out."""
        text = "\n".join(f"{item},{digest_of('copy of ' + item)}" for item in items)
        return self.do(lambda s, r: copies.register(s, r, identity, text, "officer-1"))

    def propose(self, **changed: Any) -> None:
        """Propose the release."""
        assessment = assessed(**changed)
        self.do(lambda s, r: release.propose(s, r, assessment, "officer-1"))

    def release(self, by: str = "officer-2") -> dict[str, Any]:
        """Release; the certificate."""

        def act(session: Session, request: DisclosureRequest) -> dict[str, Any]:
            return certificates.issue(session, request, release.release(session, request, by))

        return self.do(act)


def assessed(**changed: Any) -> Assessment:
    """An assessment that is whole, but for what is changed."""
    whole: Mapping[str, Any] = {
        "assessed_on": clock.now().date(),
        "danger_people": "Nobody in it lives where they can be reached.",
        "danger_near": "One brother; he knows.",
        "measures": "Copies without names.",
        "transfer_basis": "49",
        "transfer_ground": "Art. 49(1)(e), legal claims",
    }
    return Assessment(**{**whole, **changed})


def digest_of(name: str) -> str:
    """A digest for something fictional."""
    return hashlib.sha256(name.encode()).hexdigest()


def item(name: str, *people: Any, **more: Any) -> dict[str, Any]:
    """A registration with a digest."""
    return {"item": name, "subjects": list(people), "sha256": digest_of(name), **more}
