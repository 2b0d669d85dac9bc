"""A replica that follows the portal of a test, and a portal that can be made to lie to it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

from consent.client import Follower, Portal, Refused, Replica
from consent.ledger import stores as evidence_stores
from tests.consortium import Consortium
from vault import signing
from vault.notes import Signer

Twist = Callable[[str, Any], Any]


class PortalInProcess(Portal):
    """The portal's own application, called without a network. `twist` may change what it answers."""

    def __init__(self, app: Flask, token: str) -> None:
        super().__init__("http://in.process.invalid", token)
        self._client = app.test_client()
        self._authorization = {"Authorization": f"Bearer {token}"}
        self.twist: Twist = lambda _path, answer: answer

    def _call(
        self, method: str, path: str, body: bytes | None = None, content_type: str | None = None, wait: float = 0
    ) -> Any:
        answer = self._client.open(
            f"/api/v1{path}", method=method, data=body, content_type=content_type, headers=self._authorization
        )
        value = json.loads(answer.text) if answer.text else None
        if answer.status_code >= 400:
            later = float(answer.headers.get("Retry-After", 0))
            raise Refused(answer.status_code, value["type"].rpartition("/")[2], value["detail"], later)
        return self.twist(path, value)


class Following:
    """One store's replica, its follower, and the portal behind it."""

    def __init__(
        self, app: Flask, consortium: Consortium, folder: Path, store: evidence_stores.Store | None = None
    ) -> None:
        self.store = store or consortium.store
        self.path = folder / f"{self.store.name}.db"
        with consortium.database.writing() as session:
            token = evidence_stores.issue_token(session, self.store)
            self.signer: Signer = signing.signer(session)
        self.portal = PortalInProcess(app, token)
        self.replica = self.opened()
        self.follower = Follower(self.portal, self.replica)

    def opened(self, **settings: Any) -> Replica:
        """The same replica, opened once more."""
        return Replica(self.path, self.store.name, str(self.signer.verifier), **settings)

    def may(self, item: str, scope: str = "share.icc", recipient: str = "icc-otp") -> tuple[str, list[str]]:
        """The outcome and the sorted reason codes."""
        decided = self.replica.may(item, scope, recipient)
        return decided.outcome.value, sorted(reason.code for reason in decided.reasons)
