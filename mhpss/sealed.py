"""What is written in a support case, sealed to its row under the key of that one case."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from vault.database import keyring


def close(session: Session, case_id: str, place: str, content: Mapping[str, Any]) -> bytes:
    """`content` sealed at `place` ("table.column:row") under the case's key."""
    return keyring(session).seal(case_id, place, json.dumps(dict(content)).encode())


def content(session: Session, case_id: str, place: str, sealed: bytes) -> dict[str, Any]:
    """What was sealed at `place`.

    Raises:
        vault.keys.KeyDestroyed: the case was erased.
    """
    opened: dict[str, Any] = json.loads(keyring(session).unseal(case_id, place, sealed))
    return opened
