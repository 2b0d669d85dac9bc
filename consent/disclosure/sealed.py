"""Content of the register that is sealed to its row: what was written, and by whose key it opens."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from vault.database import keyring
from vault.keys import HOUSE


def close(session: Session, place: str, content: Mapping[str, Any], owner: str = HOUSE) -> bytes:
    """`content` sealed at `place` ("table.column:row") under the key of a person, or of the house."""
    return keyring(session).seal(owner, place, json.dumps(dict(content)).encode())


def content(session: Session, place: str, sealed: bytes, owner: str = HOUSE) -> dict[str, Any]:
    """What was sealed at `place`.

    Raises:
        vault.keys.KeyDestroyed: the person was erased.
    """
    opened: dict[str, Any] = json.loads(keyring(session).unseal(owner, place, sealed))
    return opened
