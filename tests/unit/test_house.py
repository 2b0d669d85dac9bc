"""The house stays one that a stranger finds their way in: sizes of modules and functions, and modules to a room."""

import ast
from pathlib import Path
from statistics import quantiles

ROOT = Path(__file__).parents[2]
PACKAGES = ("vault", "consent", "mhpss", "portal")
MODULES = {path: path.read_text(encoding="utf-8") for name in PACKAGES for path in (ROOT / name).rglob("*.py")}
FUNCTIONS = {
    f"{path.relative_to(ROOT)}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
    for path, text in MODULES.items()
    for node in ast.walk(ast.parse(text))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
}
AT_THE_TOP = {"consent": 8, "portal": 8}
IN_A_ROOM = 24


def tenth(sizes: list[int]) -> float:
    """The size that nine in ten do not pass."""
    return quantiles(sizes, n=10)[-1]


def test_no_module_is_over_400_lines_and_nine_in_ten_are_under_250() -> None:
    sizes = {str(path.relative_to(ROOT)): len(text.splitlines()) for path, text in MODULES.items()}
    assert {name: size for name, size in sizes.items() if size > 400} == {}
    assert tenth(list(sizes.values())) < 250


def test_nine_in_ten_functions_are_under_20_lines() -> None:
    assert tenth(list(FUNCTIONS.values())) < 20


def test_no_room_is_crowded() -> None:
    rooms: dict[str, int] = {}
    for path in MODULES:
        if path.name != "__init__.py":
            rooms[str(path.parent.relative_to(ROOT))] = rooms.get(str(path.parent.relative_to(ROOT)), 0) + 1
    assert {room: count for room, count in rooms.items() if count > AT_THE_TOP.get(room, IN_A_ROOM)} == {}
