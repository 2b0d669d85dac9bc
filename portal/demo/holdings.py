"""What the stores hold: each person's own files, and the lines of items.toml, as registrations."""

import hashlib
from collections.abc import Mapping
from typing import Any

from consent.deciding.registration import NamedPerson, Registration

# What a person brings, by kind: where it comes from among their own files, and of how many people every which.
_FILES: tuple[tuple[str, str, tuple[str, ...], int], ...] = (
    ("01", "interview", (), 1),
    ("02", "audio", (), 1),
    ("03", "transcript", ("02",), 1),
    ("04", "transcript", ("03",), 1),  # the translation
    ("05", "analysis", ("04", "01"), 2),
    ("06", "medical", (), 2),
    ("07", "photo", (), 1),
    ("08", "court", (), 3),
    ("09", "official", (), 3),
    ("10", "video", (), 4),
    ("11", "video", ("10",), 4),  # a cut of it
)


def own_files(number: int, name: str) -> list[Registration]:
    """The files of the person with that number among the forty, known to the store as `name`."""
    return [
        Registration(
            item=f"F-{number:04d}{place}",
            kind=kind,
            people=() if sources else (NamedPerson(name, None),),
            sources=tuple(f"F-{number:04d}{source}" for source in sources),
            sha256=_digest(f"F-{number:04d}{place}"),
        )
        for place, kind, sources, every in _FILES
        if number % every == 0
    ]


def from_line(line: Mapping[str, Any]) -> Registration:
    """The registration that a line in the shape of the store protocol asks for."""
    return Registration(
        item=line["item"],
        kind=line["kind"],
        people=tuple(_person(named) for named in line.get("subjects", ())),
        sources=tuple(line.get("sources", ())),
        no_data_subject=line.get("no_data_subject", False),
        sha256=line.get("sha256", _digest(line["item"])),
    )


def _digest(name: str) -> str:
    """A digest for a file that does not exist."""
    return hashlib.sha256(name.encode()).hexdigest()


def _person(named: str | Mapping[str, str]) -> NamedPerson:
    if isinstance(named, str):
        return NamedPerson(named, None)
    return NamedPerson(
        named.get("subject"), named.get("person"), named.get("role", "interviewee"), named.get("basis", "consent")
    )
