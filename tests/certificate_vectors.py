"""The test vectors of the certificate; `python -m tests.certificate_vectors` writes the file."""

import base64
import hashlib
import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from consent.proofs import EVENT_FIELDS, CertificateStatement, checkpoint_text, digest, field_commitment, leaf_of_shown
from vault import clock, merkle
from vault.notes import Signer
from vault.trust import TrustedKey, vouch

FILE = Path(__file__).parents[1] / "docs" / "test-vectors" / "certificate.json"
NOW = datetime(2026, 11, 23, 14, 2, 11, 250000, tzinfo=UTC)
FIRST, SECOND, STRANGER = (Signer("zhoda-0123456789abcdef", bytes([number] * 32)) for number in (1, 2, 3))
KEYS = [
    vouch(FIRST, TrustedKey(FIRST.verifier, NOW - timedelta(days=300), NOW + timedelta(days=65))),
    vouch(FIRST, TrustedKey(SECOND.verifier, NOW - timedelta(days=10), NOW + timedelta(days=355))),
]
STRANGERS = TrustedKey(STRANGER.verifier, NOW - timedelta(days=1), NOW + timedelta(days=1))
LIST = [["Documents", "F-000101", "a" * 64], ["Documents", "F-000201", "b" * 64], ["Pictures", "P-0001", "c" * 64]]
TEXT = hashlib.sha256(b"the text").hexdigest()
CONTENT: dict[str, Any] = {
    "certificate": "0f" * 16,
    "number": "D-2026-001-R",
    "request": "D-2026-001",
    "route": "consent",
    "scope": "share.prosecutor",
    "recipient": {"key": "lt-prosecution", "class": "prosecution", "country": "LT", "name": "A prosecution service"},
    "instrument": "European Convention on Mutual Assistance in Criminal Matters (1959)",
    "transfer": {"basis": "eea", "ground": "Lithuania is in the EEA", "danger_assessed_on": "2026-11-20"},
    "terms": ["Не перадаваць далей без пытання", "For the named proceedings only."],
    "revision": 7,
    "released_at": clock.rfc3339(NOW),
    "asked_for": 5,
    "texts": {TEXT: {"scope": "share.prosecutor", "form": "form-1", "language": "be"}},
    "people": [
        {"person": 1, "text_sha256": TEXT, "events": [2]},
        {"person": 2, "text_sha256": TEXT, "events": [3, 5]},
    ],
    "items": [
        {
            "store": store,
            "item": item,
            "sha256": sha256,
            "original_sha256": sha256 if item == "P-0001" else "d" * 64,
            "outcome": "permit",
            "obligations": [] if item == "P-0001" else [{"identity": "pseudonymised"}],
            "onward": "not_without_me",
            "reasons": [[1, "granted"], [2, "asked_and_granted"]] if item == "F-000201" else [[1, "granted"]],
        }
        for store, item, sha256 in LIST
    ],
    "withheld": [{"reason": "no_permission", "items": 2, "may_exonerate": 1}],
}


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def event(position: int, kind: str, scope: str | None, body: dict[str, Any] | None) -> dict[str, Any]:
    """An event as a proof shows it; `body` None hides all that the recipient does not see."""
    values: dict[str, Any] = {"kind": kind, "scope": scope, "context": "", "body": body}
    hidden = {"author"} if body is not None else {"context", "effective_at", "author", "body"}
    fields = {
        name: {"commitment": hashlib.sha256(f"{name} {position}".encode()).hexdigest()}
        if name in hidden
        else {"salt": encoded(bytes([position] * 16)), "value": values.get(name, clock.rfc3339(NOW))}
        for name in EVENT_FIELDS
    }
    return {
        "id": f"{position:032x}",
        "position": position,
        "revision": position,
        "recorded_at": clock.rfc3339(NOW - timedelta(hours=8 - position)),
        "owner": hashlib.sha256(f"owner {position}".encode()).hexdigest(),
        "sealed": hashlib.sha256(f"sealed {position}".encode()).hexdigest(),
        "fields": fields,
    }


BODY = {"release": CONTENT["certificate"], "list_sha256": digest(LIST), "items": 3}
SHOWN = {
    2: event(2, "given", "share.prosecutor", None),
    3: event(3, "changed", "share.prosecutor", None),
    5: event(5, "answered", "share.prosecutor", None),
    7: event(7, "disclosed", None, BODY),
}


def certificate(
    content: dict[str, Any], signer: Signer = SECOND, issued: datetime = NOW, **shown: Any
) -> dict[str, Any]:
    """A certificate over `content`, whose proofs show other events where `shown` (e2=…) gives some."""
    events = SHOWN | {int(name[1:]): each for name, each in shown.items()}
    leaves = [leaf_of_shown(events[n]) if n in events else merkle.leaf(f"event {n}".encode()) for n in range(1, 8)]
    root = merkle.root(merkle.of(leaves), 7)
    statement = CertificateStatement(
        FIRST.name, content["certificate"], digest(content), len(content["items"]), content["revision"], issued, 7, root
    )
    return {
        "format": "zhoda/certificate/v1",
        "content": content,
        "proofs": [
            {"event": events[n], "path": [encoded(step) for step in merkle.inclusion(merkle.of(leaves), n - 1, 7)]}
            for n in sorted(events)
        ],
        "checkpoint": {"size": 7, "root": encoded(root), "note": signer.sign(checkpoint_text(FIRST.name, 7, root))},
        "keys": KEYS,
        "signature": signer.sign(statement.text()),
    }


def changed(**members: Any) -> dict[str, Any]:
    """The whole certificate with other members than were signed."""
    return certificate(CONTENT) | members


def _with_first(document: dict[str, Any], proof: dict[str, Any]) -> dict[str, Any]:
    return document | {"proofs": [proof, *document["proofs"][1:]]}


def cases() -> list[dict[str, Any]]:
    """Name, document, and whether it is whole."""
    whole = certificate(CONTENT)
    without_one, other_text = deepcopy(CONTENT), deepcopy(CONTENT)
    del without_one["items"][1]
    other_text["people"][0]["text_sha256"] = "e" * 64
    later = deepcopy(CONTENT) | {"revision": 4}
    proofs = whole["proofs"]
    event_2 = proofs[0]["event"]
    shown = event_2["fields"]["kind"]
    withdrawn = event(2, "withdrawn", "share.prosecutor", None)
    commitment = {"commitment": field_commitment(bytes([2] * 16), "kind", "withdrawn").hex()}
    hidden = withdrawn | {"fields": withdrawn["fields"] | {"kind": commitment}}
    beside = withdrawn["fields"] | {"kind": commitment | {"value": "given"}}
    wrong = [
        ("an item taken out", changed(content=without_one)),
        ("an item taken out and signed again: the log holds another list", certificate(without_one)),
        ("signed by a key that nobody vouches for", certificate(CONTENT, STRANGER)),
        ("signed before the key's time", certificate(CONTENT, SECOND, NOW - timedelta(days=20))),
        ("an answer without its proof", changed(proofs=whole["proofs"][1:])),
        ("an answer to another scope", certificate(CONTENT, e2=event(2, "given", "share.icc", None))),
        (
            "a withdrawal in place of an answer",
            certificate(CONTENT, e2=event(2, "withdrawn", "share.prosecutor", None)),
        ),
        ("an answer later than the release", certificate(later)),
        ("a text that is not named", certificate(other_text)),
        ("another checkpoint", changed(checkpoint=whole["checkpoint"] | {"size": 8})),
        ("a path that leads elsewhere", changed(proofs=[whole["proofs"][0] | {"path": []}, *whole["proofs"][1:]])),
        ("a member that nobody signed", changed(verdict="whole")),
        ("a member of the checkpoint that nobody signed", changed(checkpoint=whole["checkpoint"] | {"by": "us"})),
        ("a member of a proof that nobody signed", _with_first(whole, proofs[0] | {"state": "granted"})),
        ("a member of an event that nobody signed", _with_first(whole, {**proofs[0], "event": event_2 | {"by": "us"}})),
        (
            "a field of an event that nobody signed",
            _with_first(whole, {**proofs[0], "event": event_2 | {"fields": event_2["fields"] | {"note": shown}}}),
        ),
        (
            "a value beside a commitment that proves another",
            _with_first(certificate(CONTENT, e2=hidden), {**proofs[0], "event": hidden | {"fields": beside}}),
        ),
        ("a key that a stranger vouches for", changed(keys=[*KEYS, vouch(STRANGER, STRANGERS)])),
        ("another format", changed(format="zhoda/certificate/v2")),
    ]
    return [{"name": "whole", "whole": True, "document": whole}] + [
        {"name": name, "whole": False, "document": document} for name, document in wrong
    ]


def text() -> str:
    """The file."""
    return json.dumps({"key": str(FIRST.verifier), "cases": cases()}, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
