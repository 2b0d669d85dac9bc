"""No value of law or policy stands in code: each is declared in `vault/policy/law.py`, or is technical and says why."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from portal.access.accounts import Role
from portal.cli.policy import as_markdown
from vault.policy import law
from vault.policy.settings import written

HOUSE = Path(__file__).parents[2]
ROOMS = ("vault", "consent", "mhpss", "portal")
# The registry itself, and the fictional people of the demonstration.
NOT_READ = ("vault/policy/", "portal/demo/")
# A number that is called so decides for how long, from when on, or how often something may be.
NAMED_SO = re.compile(
    r"(?:^|_)(?:days?|weeks?|months?|years?|hours?|minutes?|seconds?|within|after|before|until|for|lasts|lifetime|valid|"
    r"idle|fresh|tries|threshold|attack|again|overdue|stale|kept|ahead|delay|due)(?:_|$)",
    re.IGNORECASE,
)
_UNIT = re.compile(r"_?(?:MICROSECOND|DAY|WEEK|YEAR)")
TECHNICAL: Mapping[str, str] = {
    "consent/client/pages.py SKEW": "how far two machines' clocks may differ; part of the protocol of stores",
    "consent/client/replica.py _CLOCK_MAY_STEP_BACK": "how far a machine's clock may be set back",
    "consent/client/replica.py __init__": "a store's own choice, as its protocol has it",
    "consent/ledger/webhooks.py PAUSES": "pauses between calls of a machine",
    "consent/ledger/webhooks.py _HELD_FOR": "how long one process holds a call",
    "consent/rights/steps.py DAYS_LEFT": "the days stand in the codes of reminders that are stored",
    "portal/access/permissions.py _DRAWN_AGAIN": "statuses of answers",
    "portal/access/second_factor.py _STEP_SECONDS": "RFC 6238, as every app has it",
    "portal/access/sessions.py TOUCH_AFTER": "how exactly the last use is known; nobody is signed out by it",
    "portal/casework/reaching.py _LETTERS_OF": "how far back it looks; what was told is told once",
    "portal/frame/tokens.py OPEN_AT_MOST": "how long a form that was sent is known when it comes again",
    "portal/desks/protection/requests.py _received": "noon stands for a day whose hour nobody wrote down",
    "portal/fields/day_field.py _YEARS": "which year is a slip of the hand",
    "portal/jobs/tasks.py TASKS": "how often a task looks whether there is something to do",
    "portal/lists/filters.py _YEARS": "which year is a slip of the hand",
    "portal/outbox/messages.py TAKEN_FOR": "how long one process holds a message",
    "portal/outbox/messages.py TRIES_AFTER": "pauses between calls of a server",
    "portal/stores/callers.py _LOOKS_AGAIN": "how often a machine looks",
}


def constants(name: str, text: str) -> Iterator[str]:
    """Where a duration or a number that is called like one stands in a module: the name, or the function around it."""
    tree = ast.parse(text)
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            called = [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]
            numbered = any(NAMED_SO.search(each) for each in called) and has_number(statement.value)
            if called and not _UNIT.fullmatch(called[0]) and (numbered or has_duration(statement.value)):
                yield f"{name} {called[0]}"
        elif isinstance(statement, ast.FunctionDef | ast.ClassDef):
            yield from inside(name, statement)


def inside(name: str, around: ast.FunctionDef | ast.ClassDef) -> Iterator[str]:
    """The same in a function or a class, where durations alone are looked for."""
    functions = [each for each in ast.walk(around) if isinstance(each, ast.FunctionDef)]
    for function in functions or [around]:
        if has_duration(function):
            yield f"{name} {function.name}"


def has_number(value: ast.AST) -> bool:
    return any(isinstance(each, ast.Constant) and type(each.value) in (int, float) for each in ast.walk(value))


def has_duration(value: ast.AST) -> bool:
    """Whether some timedelta is made there of a number; a day, an hour and nothing are units."""
    for each in ast.walk(value):
        made = isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id in ("timedelta", "time")
        given = [*each.args, *(word.value for word in each.keywords)] if isinstance(each, ast.Call) and made else []
        if any(isinstance(one, ast.Constant) and one.value not in (0, 1) for one in given):
            return True
        if given and not all(isinstance(one, ast.Constant) for one in given) and has_number(value) and is_list(value):
            return True
    return False


def is_list(value: ast.AST) -> bool:
    """Whether a value is put together of several numbers."""
    return isinstance(value, ast.Call) and any(isinstance(each, ast.GeneratorExp) for each in value.args)


def found() -> set[str]:
    modules = (path for room in ROOMS for path in sorted((HOUSE / room).rglob("*.py")))
    named = ((str(path.relative_to(HOUSE)), path) for path in modules)
    read = ((name, path) for name, path in named if not name.startswith(NOT_READ))
    return {each for name, path in read for each in constants(name, path.read_text(encoding="utf-8"))}


def test_no_value_of_policy_stands_in_code() -> None:
    assert found() - set(TECHNICAL) == set()


def test_no_exception_stands_for_what_is_no_more() -> None:
    assert set(TECHNICAL) - found() == set()


def test_a_planted_value_is_found() -> None:
    planted = {
        "SAFE_FOR = timedelta(days=14)": "m.py SAFE_FOR",
        "DAYS_LEFT = {Step.ONE: 3}": "m.py DAYS_LEFT",
        "THRESHOLD = 10": "m.py THRESHOLD",
        "AT = time(7, 0)": "m.py AT",
        "PAUSES = tuple(timedelta(minutes=each) for each in (1, 5))": "m.py PAUSES",
        "def due(now):\n    return now + timedelta(hours=72)": "m.py due",
        "class Thing:\n    def due(self):\n        return timedelta(days=3)": "m.py due",
    }
    assert {text: list(constants("m.py", text)) for text in planted} == {text: [at] for text, at in planted.items()}
    assert list(constants("m.py", "_DAY = timedelta(days=1)\n_PAGE = 100\n")) == []


def test_every_setting_is_read_somewhere_and_is_changed_by_a_role() -> None:
    text = "".join(
        path.read_text(encoding="utf-8")
        for room in ROOMS
        for path in (HOUSE / room).rglob("*.py")
        if not str(path.relative_to(HOUSE)).startswith("vault/policy/")
    )
    names = {name for name, each in vars(law).items() if name.isupper() and not name.startswith("_")}
    assert {name for name in names if f"law.{name}" not in text} == set()
    assert {role for each in law.every() for role in each.who} <= set(Role) - {Role.SURVIVOR}
    assert len({each.key for each in law.every()}) == len(law.every()) == len(names)


def test_every_value_is_read_as_it_is_written() -> None:
    for each in law.every():
        assert [each.read(written(value)) for value in (each.least, each.default, each.most)] == [
            each.least,
            each.default,
            each.most,
        ]


def test_the_printed_table_is_current() -> None:
    assert (HOUSE / "docs" / "policy.md").read_text(encoding="utf-8") == as_markdown()
