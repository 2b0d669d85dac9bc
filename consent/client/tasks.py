"""The data protection officer's orders: reading them, and answering with a result that only the portal can open."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from nacl.public import PublicKey, SealedBox

from consent.client.portal import Portal


class Orders:
    """The orders of one store. Every call raises `Unreachable` or `Refused` as `Portal` does."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def open_ones(self) -> list[dict[str, Any]]:
        """The orders that are not finished, oldest first, in the words of the protocol."""
        found: list[dict[str, Any]] = self._portal.get("/tasks")["tasks"]
        return found

    def accept(self, task: Mapping[str, Any]) -> None:
        """Say that the order is taken on."""
        self._portal.post(f"/tasks/{task['id']}/accept", None)

    def answer(self, task: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Send the result of an order, sealed to its key (libsodium's sealed box) and with its digest.

        One that names an item which the order does not name (any more) is `Refused`, whole: read the order again.
        """
        plain = json.dumps(dict(result), ensure_ascii=False).encode()
        sealed = SealedBox(PublicKey(base64.b64decode(task["public_key"]))).encrypt(plain)
        said = {"sealed": base64.b64encode(sealed).decode(), "sha256": hashlib.sha256(sealed).hexdigest()}
        self._portal.post(f"/tasks/{task['id']}/result", said)

    def reject(self, task: Mapping[str, Any], reason: str) -> None:
        """Say that the order cannot be carried out, and why."""
        self._portal.post(f"/tasks/{task['id']}/reject", {"reason": reason})
