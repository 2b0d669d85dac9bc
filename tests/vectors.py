"""The test vectors of the store protocol: `python -m tests.vectors` writes docs/test-vectors/store-protocol.json."""

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from consent.proofs import PageStatement, checkpoint_text, commit, digest, link
from vault import clock, merkle
from vault.canonical import canonical
from vault.notes import Signer
from vault.trust import TrustedKey, vouch

FILE = Path(__file__).parents[1] / "docs" / "test-vectors" / "store-protocol.json"
STORE = "Documents"
NOW = datetime(2026, 11, 23, 14, 2, 11, 250000, tzinfo=UTC)
FIRST, SECOND, EXPIRED = (Signer("zhoda-0123456789abcdef", bytes([number] * 32)) for number in (1, 2, 3))
LEAVES = [merkle.leaf(f"event {number}".encode()) for number in range(1, 13)]


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def root(size: int) -> bytes:
    return merkle.root(merkle.of(LEAVES), size)


def answer(subject: str, code: str, **conditions: Any) -> dict[str, Any]:
    """An answer to share.icc."""
    empty = {"identity": None, "only_recipients": [], "except_recipients": [], "except_kinds": [], "onward": None}
    said = {"answer": code, **empty, "valid_until": None, "review_on": None, **conditions}
    return {
        "kind": "answer",
        "subject": subject,
        "scope": "share.icc",
        "code": code,
        "answer": said if code in ("granted", "ask_first") else None,
        "effective_at": "2026-11-20T09:30:00Z",
        "recorded_at": "2026-11-20T09:31:00Z",
    }


def item(name: str, code: str | None = None, **people: Sequence[str]) -> dict[str, Any]:
    """An item with the kinds by which each person is in it; `basis_` before a name lets a basis cover share.icc."""
    subjects = {
        subject.removeprefix("basis_"): {
            "kinds": list(kinds),
            "basis_scopes": ["share.icc"] if subject.startswith("basis_") else [],
        }
        for subject, kinds in people.items()
    }
    return {"kind": "item", "item": name, "item_kind": "photo", "subjects": subjects, "code": code}


CHANGES: tuple[dict[str, Any] | None, ...] = (
    item("F-1", p_anna=["photo"]),
    answer("p_anna", "granted", identity="pseudonymised"),
    {"kind": "catalogue"},
    None,  # somebody who has been erased since
    answer("p_anna", "withdrawn"),
)


class Feed:
    """The feed of CHANGES as a page of it is signed."""

    def __init__(self) -> None:
        self.salts = [hashlib.sha256(f"salt {number}".encode()).digest()[:16] for number in range(len(CHANGES))]
        self.chains = [bytes(32)]
        self.commitments = []
        for number, change in enumerate(CHANGES):
            # Nobody can tell any more what the commitment to an erased change was made from.
            self.commitments.append(commit(self.salts[number], change or {"kind": "answer", "gone": True}))
            self.chains.append(link(self.chains[-1], number + 1, self.commitments[-1]))

    def page(self, after: int, until: int, head: int, size: int, signer: Signer = FIRST, **said: Any) -> dict[str, Any]:
        """The page from `after` to `until`; `said` is stated instead of the truth."""
        changes = [{"cursor": number + 1, **(CHANGES[number] or {"kind": "erased"})} for number in range(after, until)]
        rows = [
            {"salt": encoded(self.salts[number])}
            if CHANGES[number]
            else {"commitment": encoded(self.commitments[number])}
            for number in range(after, until)
        ]
        truth: dict[str, Any] = {
            "origin": FIRST.name,
            "store": STORE,
            "after": after,
            "next": until,
            "head": head,
            "changes": digest(changes),
            "chain": self.chains[until],
            "issued": NOW,
            "size": size,
            "root": root(size),
        }
        stated = PageStatement(**(truth | said))
        return {
            "changes": changes,
            "next": until,
            "more": until < head,
            "checkpoint": {
                "size": stated.size,
                "root": encoded(stated.root),
                "note": signer.sign(checkpoint_text(FIRST.name, stated.size, stated.root)),
                "page": signer.sign(stated.text()),
                "rows": rows,
            },
        }

    def _row(self, number: int) -> dict[str, str]:
        if CHANGES[number] is None:
            return {"commitment": encoded(self.commitments[number])}
        return {"salt": encoded(self.salts[number])}

    def state(self, cursor: int, head: int, size: int) -> dict[str, Any]:
        """What a store believes after the page up to `cursor`."""
        return {
            "cursor": cursor,
            "chain": encoded(self.chains[cursor]),
            "head": head,
            "size": size,
            "root": encoded(root(size)),
            "issued": clock.rfc3339(NOW - timedelta(minutes=1)),
        }


def pages() -> list[dict[str, Any]]:
    """Pages to be believed, and one for each way to lie with the code by which it is refused."""
    feed = Feed()
    before = feed.state(3, 3, 5)
    honest = feed.page(3, 5, 5, 9)
    altered = feed.page(3, 5, 5, 9)
    altered["changes"][1] = {**altered["changes"][1], "code": "granted"}
    short = feed.page(3, 5, 5, 9)
    del short["changes"][0], short["checkpoint"]["rows"][0]
    path = [encoded(step) for step in merkle.consistency(merkle.of(LEAVES), 5, 9)]

    def case(name: str, page: Any, believed: bool | str, state: Any = before, steps: Any = path) -> dict[str, Any]:
        return {
            "name": name,
            "state": state,
            "asked_at": clock.rfc3339(NOW),
            "page": page,
            "path": steps,
            "believed": believed,
        }

    return [
        case("the first page, from nothing", feed.page(0, 3, 3, 5), True, {}, []),
        case("the next page, with somebody erased", honest, True),
        case("signed by the second key, for which the first vouches", feed.page(3, 5, 5, 9, SECOND), True),
        case("nothing new", feed.page(5, 5, 5, 9), True, feed.state(5, 5, 9), []),
        case("a forged page", feed.page(3, 5, 5, 9, Signer(FIRST.name, bytes(32))), "forged"),
        case("an altered change", altered, "forged"),
        case("a forked log", feed.page(3, 5, 5, 9, root=bytes(32)), "forked"),
        case("a rewound log", feed.page(3, 5, 5, 4), "rewound"),
        case("a shortened feed", feed.page(3, 3, 2, 9), "rewound"),
        case("a frozen feed", feed.page(3, 5, 5, 9, issued=NOW - timedelta(hours=1)), "frozen"),
        case("a gap", short, "gap"),
        case("a repeated page", feed.page(0, 3, 5, 9), "repeated"),
        case("another store's page", feed.page(3, 5, 5, 9, store="Pictures"), "other_store"),
        case("another portal's page", feed.page(3, 5, 5, 9, origin="zhoda-fedcba9876543210"), "other_portal"),
        case("a key past its end", feed.page(3, 5, 5, 9, EXPIRED), "expired_key"),
    ]


def decisions() -> list[dict[str, Any]]:
    """One case for each row of the table."""
    told: tuple[tuple[str, dict[str, Any], list[dict[str, Any]], tuple[str, str | None, list[str]]], ...] = (
        ("unknown item", item("other"), [], ("deny", None, ["unknown_item"])),
        ("held item", item("F", "safety_hold"), [], ("deny", None, ["safety_hold"])),
        ("nobody established", item("F", "subjects_not_established"), [], ("deny", None, ["subjects_not_established"])),
        ("no data subject", item("F", "no_data_subject"), [], ("permit", None, ["no_data_subject"])),
        ("never asked", item("F", p_a=["photo"]), [], ("deny", None, ["no_consent"])),
        ("basis record", item("F", basis_p_a=["photo"]), [], ("permit", None, ["lawful_basis"])),
        ("objection", item("F", basis_p_a=["photo"]), [answer("p_a", "objected")], ("deny", None, ["objected"])),
        ("objection, no basis", item("F", p_a=["photo"]), [answer("p_a", "objected")], ("deny", None, ["no_consent"])),
        (
            "an answer beats a basis",
            item("F", basis_p_a=["photo"]),
            [answer("p_a", "refused")],
            ("deny", None, ["refused"]),
        ),
        ("granted", item("F", p_a=["photo"]), [answer("p_a", "granted")], ("permit", None, ["granted"])),
        ("ask first", item("F", p_a=["photo"]), [answer("p_a", "ask_first")], ("ask", None, ["ask_first"])),
        ("erased", item("F", p_a=["photo"]), [answer("p_a", "erased")], ("deny", None, ["erased"])),
        (
            "valid for that day",
            item("F", p_a=["photo"]),
            [answer("p_a", "granted", valid_until="2026-11-23")],
            ("permit", None, ["granted"]),
        ),
        (
            "past its day",
            item("F", p_a=["photo"]),
            [answer("p_a", "granted", valid_until="2026-11-22")],
            ("deny", None, ["expired"]),
        ),
        (
            "past its instant",
            item("F", p_a=["photo"]),
            [answer("p_a", "granted", valid_until="2026-11-23T14:02:11Z")],
            ("deny", None, ["expired"]),
        ),
        (
            "recipient excluded",
            item("F", p_a=["photo"]),
            [answer("p_a", "granted", except_recipients=["icc-otp"])],
            ("deny", None, ["recipient_excluded"]),
        ),
        (
            "nobody as only recipient",
            item("F", p_a=["photo"]),
            [answer("p_a", "granted", only_recipients=["-"])],
            ("deny", None, ["recipient_excluded"]),
        ),
        (
            "kind excluded by a source",
            item("F", p_a=["photo", "medical"]),
            [answer("p_a", "granted", except_kinds=["medical"])],
            ("deny", None, ["kind_excluded"]),
        ),
        (
            "a kind that nobody was asked about, where any kind is excluded",
            item("F", p_a=["medicals"]),
            [answer("p_a", "granted", except_kinds=["medical"])],
            ("deny", None, ["kind_excluded"]),
        ),
        (
            "a kind that nobody was asked about, where none is excluded",
            item("F", p_a=["medicals"]),
            [answer("p_a", "granted")],
            ("permit", None, ["granted"]),
        ),
        (
            "the strictest identity of two people",
            item("F", p_a=["photo"], p_b=["photo"]),
            [answer("p_a", "granted", identity="pseudonymised"), answer("p_b", "granted", identity="anonymised")],
            ("permit", "anonymised", ["granted", "granted"]),
        ),
        (
            "one person's withdrawal takes a group photo out",
            item("F", p_a=["photo"], p_b=["photo"]),
            [answer("p_a", "granted"), answer("p_b", "withdrawn")],
            ("deny", None, ["withdrawn"]),
        ),
        (
            "ask beats permit",
            item("F", p_a=["photo"], p_b=["photo"]),
            [answer("p_a", "granted"), answer("p_b", "ask_first")],
            ("ask", None, ["ask_first"]),
        ),
    )
    return [
        {
            "name": name,
            "state": {
                "items": {of["item"]: of},
                "answers": {f"{each['subject']} {each['scope']}": each for each in said},
            },
            "question": {"item": "F", "scope": "share.icc", "recipient": "icc-otp"},
            "at": clock.rfc3339(NOW),
            "expected": {"outcome": outcome, "identity": identity, "codes": codes},
        }
        for name, of, said, (outcome, identity, codes) in told
    ]


def vectors() -> dict[str, Any]:
    """All of them."""
    since, until = NOW - timedelta(days=300), NOW + timedelta(days=65)
    keys = (
        TrustedKey(FIRST.verifier, since, until),
        TrustedKey(SECOND.verifier, NOW - timedelta(days=1), until),
        TrustedKey(EXPIRED.verifier, since, NOW - timedelta(days=2)),
    )
    values: tuple[Any, ...] = (
        {"b": [1, True, None], "a": {"ў": "зго́да\n", "z": '"\\/'}},
        CHANGES[1],
        [],
    )
    return {
        "about": "Test vectors of the store protocol; docs/store-protocol.md says what they mean.",
        "trust": {
            "pinned": str(FIRST.verifier),
            "store": STORE,
            "statements": [vouch(FIRST, key) for key in keys],
        },
        "canonical": [
            {"value": value, "bytes": encoded(canonical(value)), "sha256": digest(value)} for value in values
        ],
        "pages": pages(),
        "decisions": decisions(),
    }


def text() -> str:
    """The file's content."""
    return json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
