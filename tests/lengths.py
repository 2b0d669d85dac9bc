"""Which tests are done in a short form by `make test`, and in full by `make whole`."""

import os
from collections.abc import Iterable
from zlib import crc32

import pytest

WHOLE = bool(os.environ.get("WHOLE"))


def on_one_engine(items: Iterable[pytest.Item], engines: tuple[str, ...]) -> list[pytest.Item]:
    """The tests of pages that are left out: each is done on one of the engines, drawn by its name.

    What they stand on, the domain, is tested on every engine; a test that names its engine is left alone.
    """
    by_name: dict[str, list[pytest.Item]] = {}
    for item in items:
        call = getattr(item, "callspec", None)
        if item.nodeid.startswith("tests/web/") and call is not None and call.params.get("settings") in engines:
            by_name.setdefault(item.nodeid.replace(call.params["settings"], "*"), []).append(item)
    both = {name: found for name, found in by_name.items() if len(found) == len(engines)}
    return [
        item
        for name, found in both.items()
        for place, item in enumerate(found)
        if place != crc32(name.encode()) % len(engines)
    ]
