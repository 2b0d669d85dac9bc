"""How something is measured: several times, and the median is what counts."""

import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

_ROUNDS = 5
RESULTS = Path(__file__).parent / "results.json"
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


@dataclass(frozen=True)
class Row:
    """A figure beside the one it is compared with, and their ratio; `bar` is what was asked for, if anything was."""

    what: str
    figure: str
    beside: str
    ratio: str
    bar: str = ""


def per_second(work: Callable[[], int]) -> float:
    """How many of what `work` does it does in a second: the median of five rounds, after one that does not count."""
    work()
    return median(_once(work) for _ in range(_ROUNDS))


def _once(work: Callable[[], int]) -> float:
    began = time.perf_counter()
    count = work()
    return count / (time.perf_counter() - began)


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes (s): the median of five rounds, after one that does not count."""
    return 1 / per_second(lambda: (work(), 1)[1])


def seconds_once(work: Callable[[], object]) -> float:
    """How long `work` takes (s), done once: for what takes a minute."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def write(scale: str, size: str, rows: list[Row]) -> None:
    """Keep the rows of a scale; those of another stay."""
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    kept[scale] = {
        "on": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "size": size,
        "rows": [asdict(row) for row in rows],
    }
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(_page(kept), encoding="utf-8")


def _page(kept: dict[str, dict[str, object]]) -> str:
    lines = [
        "# How fast it is",
        "",
        "Written by `make bench` (`SCALE=full` for the size of the whole consortium). The ratios are of one run on one",
        "machine and hold better than the figures; each is the median of five rounds.",
    ]
    for scale, measured in sorted(kept.items()):
        lines += [
            "",
            f"## {scale.capitalize()}",
            "",
            f"{measured['size']}. {measured['machine']}, {measured['on']}.",
            "",
        ]
        lines += ["| what | figure | beside | ratio | bar |", "|---|---|---|---|---|"]
        rows = measured["rows"]
        assert isinstance(rows, list)
        lines += [
            "| " + " | ".join(row[name] for name in ("what", "figure", "beside", "ratio", "bar")) + " |" for row in rows
        ]
    return "\n".join(lines) + "\n"
