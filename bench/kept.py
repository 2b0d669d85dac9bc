"""A consortium of a measurement's own, made once and kept in its folder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select

from portal import installation
from portal.settings import Settings
from vault.database import Base, Database


@contextmanager
def consortium(
    folder: Path, holds: type[Base], make: Callable[[Database], None]
) -> Iterator[tuple[Settings, Database]]:
    """The settings and the open database of the consortium in `folder`; made first where it holds none of `holds`."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings.from_environment({"DATA_DIR": str(folder), "ZHODA_DEMO": "1", "SECRET_KEY": "bench " * 10})
    database = installation.prepare(settings)
    try:
        with database.reading() as session:
            made = session.scalar(select(func.count()).select_from(holds))
        if not made:
            make(database)
        yield settings, database
    finally:
        database.close()
