"""Prints the tests outside unit and properties that a change touches: changed themselves, or importing what changed.

The change is what is not committed, or the last commit where all is. What half the house stands on touches half the
tests; of those the nearest are run, so that it stays a matter of two minutes, and the rest is named.
"""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
# They drive every page or a whole scanner, whatever changed.
_NEVER = ("tests/browser", "tests/unit", "tests/properties", "tests/integration/test_scanner.py")
# One property takes as long as all others together; it looks at nothing but these.
FIGURES = "tests/properties/test_released_tables.py"
_OF_FIGURES = ("mhpss/figures/", FIGURES)
AT_MOST = 12


def changed() -> set[str]:
    """The files of the change."""
    uncommitted = _git("diff", "--name-only", "HEAD") + _git("ls-files", "--others", "--exclude-standard")
    return set(uncommitted or _git("diff", "--name-only", "HEAD~1", "HEAD"))


def touched(files: set[str]) -> list[str]:
    """The test files that `files` touch, the nearest first: changed themselves, then those that import least else."""
    modules = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in files if name.endswith(".py")
    }
    found = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        name, imported = path.relative_to(ROOT).as_posix(), _imported(path)
        if not name.startswith(_NEVER) and (name in files or modules & imported):
            found.append((name not in files, len(imported - modules), name))
    return [name for *_, name in sorted(found)]


def _imported(path: Path) -> set[str]:
    named = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            named |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
        elif isinstance(node, ast.Import):
            named |= {each.name for each in node.names}
    return named


def _git(*arguments: str) -> list[str]:
    run = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return run.stdout.split("\n")[:-1]


if __name__ == "__main__":
    files = changed()
    nearest = touched(files)
    if len(nearest) > AT_MOST:
        print("touched as well, and left to make test:", *nearest[AT_MOST:], file=sys.stderr)
    if not any(name.startswith(_OF_FIGURES) for name in files):
        print(f"--ignore={FIGURES}")
    print(*nearest[:AT_MOST])
