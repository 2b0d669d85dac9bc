"""What every command begins with: its settings, and the installation they lead to."""

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from consent.people import organisations
from portal import tables  # noqa: F401 - every table has to be known before one is used
from portal.installation import open_database
from portal.settings import BadSetting, Settings
from vault.database import Database


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give `command` its `settings`: from the environment, where --data-dir stands before DATA_DIR."""

    @click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Instead of DATA_DIR.")
    @functools.wraps(command)
    def with_data_dir(data_dir: Path | None, **arguments: Any) -> Any:
        return command(settings=read_settings(data_dir, demo=bool(arguments.get("demo"))), **arguments)

    return with_data_dir


def with_installation(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give `command` the `database` of an installation that is there already, and close it afterwards."""

    @click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Instead of DATA_DIR.")
    @functools.wraps(command)
    def with_database(data_dir: Path | None, **arguments: Any) -> Any:
        with opened(data_dir) as database:
            return command(database=database, **arguments)

    return with_database


def with_installation_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give `command` the `database` of an installation and its `settings`."""

    @click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Instead of DATA_DIR.")
    @functools.wraps(command)
    def with_both(data_dir: Path | None, **arguments: Any) -> Any:
        with opened(data_dir) as database:
            return command(database=database, settings=read_settings(data_dir), **arguments)

    return with_both


def read_settings(data_dir: Path | None, *, demo: bool = False) -> Settings:
    """The settings, checked.

    Raises:
        click.ClickException: a setting that cannot be, with what to set.
    """
    environment = dict(os.environ)
    if data_dir is not None:
        environment["DATA_DIR"] = str(data_dir)
    if demo:
        environment["ZHODA_DEMO"] = "1"
    folder = Path(environment.get("DATA_DIR", "var")).absolute()
    # Databases and keys lie in it: nobody else on the machine looks in.
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return Settings.from_environment(environment)
    except BadSetting as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def opened(data_dir: Path | None) -> Iterator[Database]:
    """The database of an installation that is there already; closed when the block ends.

    Raises:
        click.ClickException: there is no installation.
    """
    folder = (data_dir or Path(os.environ.get("DATA_DIR", "var"))).absolute()
    if not (folder / "keys").is_dir():
        raise click.ClickException(f"{folder} holds no installation; `zhoda init` makes one")
    database = open_database(read_settings(data_dir))
    try:
        yield database
    finally:
        database.close()


def check_organisation(session: Session, key: str) -> None:
    """Whether there is a partner with that key.

    Raises:
        click.ClickException: there is none; the message names those there are.
    """
    known = [organisation.key for organisation in organisations.listed(session)]
    if key not in known:
        named = ", ".join(known) or "none yet (`zhoda init --partner` enters one)"
        raise click.ClickException(f"no organisation {key!r}; there are: {named}")
