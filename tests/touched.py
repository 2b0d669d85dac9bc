"""Prints the tests outside unit and properties that a change touches: changed themselves, or importing what changed.

The change is what is not committed, or the last commit where all is.
"""

import ast
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
# They drive every page or a whole scanner, whatever changed.
_NEVER = ("tests/browser", "tests/unit", "tests/properties", "tests/integration/test_scanner.py")


def changed() -> set[str]:
    """The files of the change."""
    uncommitted = _git("diff", "--name-only", "HEAD") + _git("ls-files", "--others", "--exclude-standard")
    return set(uncommitted or _git("diff", "--name-only", "HEAD~1", "HEAD"))


def touched(files: set[str]) -> list[str]:
    """The test files that `files` touch."""
    modules = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in files if name.endswith(".py")
    }
    found = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(_NEVER) and (name in files or modules & _imported(path)):
            found.append(name)
    return found


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
    print(*touched(changed()))
