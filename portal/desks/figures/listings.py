"""The register of reports that were released."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import lazy_gettext

from consent.people import organisations
from mhpss.figures import releases
from mhpss.figures.periods import Period
from mhpss.figures.releases import ReleasedTable
from portal.desks.figures.words import period_words
from portal.frame.transaction import db
from portal.lists import Column, Listing, day_column, days, declare, text, within


class WentOut(NamedTuple):
    """A report that was released, and by which partner."""

    table: ReleasedTable
    partner: str


RELEASED: Listing[WentOut] = declare(
    Listing(
        key="figures.released",
        title=lazy_gettext("Register of released reports"),
        page="figures.released_list",
        file="figures.released_file",
        columns=(
            Column(
                "period",
                lazy_gettext("Period"),
                lambda each: f"{each.table.since.isoformat()}/{each.table.until.isoformat()}",
                text=lambda each: period_words(Period(each.table.since, each.table.until)),
                url=lambda each: url_for("figures.released", release_id=each.table.id),
            ),
            day_column("released", lazy_gettext("Released"), lambda each: each.table.at),
            Column("partner", lazy_gettext("By"), lambda each: each.partner),
            Column("purpose", lazy_gettext("What for"), lambda each: each.table.purpose),
            Column("recipient", lazy_gettext("Recipient"), lambda each: each.table.recipient),
        ),
        order="-released",
        filters=(
            text(
                "find",
                lazy_gettext("What for, or recipient"),
                within(lambda each: each.table.purpose, lambda each: each.table.recipient),
            ),
            *days(lambda each: each.table.at),
        ),
        empty=lazy_gettext("Nothing was released yet."),
    )
)


def everything_that_went_out(_wanted: Mapping[str, Any]) -> Iterable[WentOut]:
    """Every report that was released."""
    names = {partner.key: partner.name for partner in organisations.listed(db)}
    return [WentOut(table, names.get(table.organisation, table.organisation)) for table in releases.listed(db)]
