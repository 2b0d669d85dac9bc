"""`python -m bench`: makes the fictional consortium of a size if it is not there, and measures."""

import argparse
import os
from pathlib import Path

from bench import deciding, desks, following, ledger, lists, measuring, support
from portal import (
    installation,
    tables,  # noqa: F401 - every table has to be known before one is used
)
from portal.demo import full_scale, making
from portal.installation import open_database
from portal.settings import Settings

_ROOT = Path(__file__).parents[1]


def main() -> None:
    """Measure everything and write it down."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--scale", choices=["ordinary", "full"], default="ordinary")
    scale = parser.parse_args().scale
    load = os.getloadavg()[0]
    folder = Path(os.environ.get("BENCH_DIR", _ROOT / "var" / f"bench-{scale}"))
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings.from_environment({"DATA_DIR": str(folder), "ZHODA_DEMO": "1"})
    making.make(settings)
    installation.prepare(settings).close()
    if scale == "full":
        full_scale.enlarge(settings, lambda _what, _done, _of: None)
    else:
        full_scale.enlarge(settings, lambda _what, _done, _of: None, people=320, files=2900, open_items=20_000)
    database = open_database(settings)
    try:
        size = ledger.size(database)
        rows: list[measuring.Row] = []
        for measured in (
            deciding.rows(database),
            ledger.rows(database),
            desks.rows(settings, database),
            following.rows(settings, database),
            support.rows(folder.parent / "bench-support"),
            lists.rows(folder.parent / "bench-lists"),
        ):
            rows += measured
            measuring.write(scale, size, load, rows)
    finally:
        database.close()
    print(measuring.PAGE.read_text(encoding="utf-8"))
    for missed in measuring.misses(rows):
        print(missed)


if __name__ == "__main__":
    main()
