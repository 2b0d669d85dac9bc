"""What an upgrade does beyond its migrations: with the present code, on the newest tables, once an installation."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.saying import withdrawal
from vault import clock
from vault.columns import Clear, clear
from vault.database import Base, Database
from vault.types import Instant

STEPS: Mapping[str, Callable[[Session], object]] = {"restate_denials": withdrawal.restate}


class UpgradeStep(Base):
    """A step that was done."""

    __tablename__ = "upgrade_steps"

    name: Mapped[str] = mapped_column(String(60), primary_key=True, info=clear(Clear.MACHINE))
    done_at: Mapped[datetime] = mapped_column(Instant)


def finish(database: Database) -> None:
    """Do the steps that this installation has not done, each with its mark in one transaction."""
    for name, step in STEPS.items():
        with database.writing() as session:
            if session.get(UpgradeStep, name) is None:
                step(session)
                session.add(UpgradeStep(name=name, done_at=clock.now()))
