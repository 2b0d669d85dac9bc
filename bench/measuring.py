"""How something is measured: several times, and the median is what counts."""

import json
import os
import platform
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench.bars import BARS, NOT_MEASURED, Figure

_ROUNDS = 5
RESULTS = Path(__file__).parent / "results.json"
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


@dataclass(frozen=True)
class Row:
    """A figure beside the one it is compared with, and their ratio; `value` is the figure in seconds or per second."""

    of: Figure
    value: float
    what: str
    figure: str
    beside: str
    ratio: float | None = None

    def bars(self) -> list[dict[str, object]]:
        """What is asked of it, and whether that is met."""
        return [
            {
                "asked": bar.asked,
                "source": bar.source,
                "met": bar.is_met(self.value, self.ratio),
                "given_up": bar.given_up,
            }
            for bar in BARS.get(self.of, ())
        ]


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


def write(scale: str, size: str, load: float, rows: list[Row]) -> None:
    """Keep the rows of a scale, and how busy the machine was with other things; those of another scale stay."""
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    python = f"Python {platform.python_version()}"
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {python}, load {load:.1f} before it began"
    kept[scale] = {
        "on": datetime.now(UTC).date().isoformat(),
        "machine": machine,
        "size": size,
        "rows": [asdict(row) | {"bars": row.bars()} for row in rows],
    }
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(_page(kept), encoding="utf-8")


def _page(kept: dict[str, dict[str, Any]]) -> str:
    lines = [
        "# How fast it is",
        "",
        "Written by `make bench` (`SCALE=full` for the size of the whole consortium). The ratios are of one run on one",
        "machine and hold better than the figures; each is the median of five rounds. `bench/bars.py` says what is",
        "asked for, and where; a bar that is given up names its record in `docs/decisions`.",
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
        lines += [
            f"| {row['what']} | {row['figure']} | {row['beside']} | {_ratio(row['ratio'])} | {_told(row['bars'])} |"
            for row in rows
        ]
    lines += ["", "## Asked for, and not measured", "", *(f"- {asked}" for asked in NOT_MEASURED)]
    return "\n".join(lines) + "\n"


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.3g}"


def _told(bars: list[dict[str, Any]]) -> str:
    return "; ".join(f"{bar['asked']}: {_word(bar)}" for bar in bars)


def _word(bar: dict[str, Any]) -> str:
    if bar["met"]:
        return "met"
    return f"given up ({bar['given_up']})" if bar["given_up"] else "**missed**"


def misses(rows: Iterable[Row]) -> list[str]:
    """A line for each bar that is missed and not given up."""
    return [
        f"missed: {row.what}: {row.figure}, asked {bar['asked']} ({bar['source']})"
        for row in rows
        for bar in row.bars()
        if not bar["met"] and not bar["given_up"]
    ]
