"""Numbers of series: one after the other, each drawn once, whoever else draws at the same moment."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault.columns import Clear, clear
from vault.database import Base, insert


class Numbering(Base):
    """A series, and the last number that was drawn in it."""

    __tablename__ = "numberings"

    series: Mapped[str] = mapped_column(String(80), primary_key=True, info=clear(Clear.IDENTIFIER))
    last: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))


def draw(session: Session, series: str) -> int:
    """The next number of a series, from 1; it is drawn with the caller's transaction, and undone with it."""
    first = insert(session)(Numbering).values(series=series, last=1)
    following = first.on_conflict_do_update(index_elements=[Numbering.series], set_={"last": Numbering.last + 1})
    return int(session.connection().execute(following.returning(Numbering.last)).scalar_one())
