"""What a store and the portal said to each other, as it is kept in a folder, and a portal that says it again."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from vault import clock

FOLDER = Path(__file__).parent / "protocol-1.0"
PREFIX = "/api/v1"


@dataclass(frozen=True)
class Exchange:
    """A call and its answer; a stream of lines is a list. `known` is whether the call was made with a good token."""

    method: str
    path: str
    status: int
    answer: Any
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content_type: str | None = None
    known: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """A moment at which a store followed, what it was told then, and what was decided for it."""

    at: datetime
    exchanges: tuple[Exchange, ...]
    decisions: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Recording:
    """A protocol's document, single exchanges, and a store's following; `key` verifies what is signed."""

    store: str
    key: str
    document: Mapping[str, Any]
    exchanges: tuple[Exchange, ...]
    moments: tuple[Moment, ...]

    def every_exchange(self) -> Iterable[Exchange]:
        """The single ones and those of following."""
        yield from self.exchanges
        for moment in self.moments:
            yield from moment.exchanges

    def write(self, folder: Path = FOLDER) -> None:
        """Keep it, a line for each exchange."""
        folder.mkdir(exist_ok=True)
        (folder / "openapi.json").write_text(_line(self.document) + "\n", encoding="utf-8")
        (folder / "exchanges.ndjson").write_text(_lines(asdict(each) for each in self.exchanges), encoding="utf-8")
        told = ({**asdict(each), "at": clock.rfc3339(each.at)} for each in self.moments)
        (folder / "following.ndjson").write_text(
            _lines(({"store": self.store, "key": self.key}, *told)), encoding="utf-8"
        )


def read(folder: Path = FOLDER) -> Recording:
    """What is kept."""
    about, *moments = map(json.loads, (folder / "following.ndjson").read_text(encoding="utf-8").splitlines())
    exchanges = map(json.loads, (folder / "exchanges.ndjson").read_text(encoding="utf-8").splitlines())
    return Recording(
        about["store"],
        about["key"],
        json.loads((folder / "openapi.json").read_text(encoding="utf-8")),
        tuple(Exchange(**each) for each in exchanges),
        tuple(
            Moment(
                clock.parse_instant(each["at"]),
                tuple(Exchange(**exchange) for exchange in each["exchanges"]),
                tuple(each["decisions"]),
            )
            for each in moments
        ),
    )


def portal_of(moment: Moment) -> Flask:
    """A portal that answers as it did then; how long a call would wait, and how much it would take, is no matter."""
    app = Flask("recorded")

    def answer(path: str) -> Response:
        asked = _what_matters(request.args)
        for each in moment.exchanges:
            if (each.method, each.path, _what_matters(each.query)) == (request.method, f"/{path}", asked):
                content = "" if each.answer is None else json.dumps(each.answer)
                return Response(content, each.status, content_type="application/json")
        return Response("{}", 404, content_type="application/problem+json")

    app.add_url_rule(f"{PREFIX}/<path:path>", view_func=answer, methods=["GET", "POST"])
    return app


def _what_matters(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name not in ("wait", "limit")}


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _lines(values: Iterable[object]) -> str:
    return "".join(f"{_line(value)}\n" for value in values)
