"""The list of a psychologist's cases."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user

from mhpss import cases
from mhpss.cases import Case, CaseState, RiskLevel
from portal.frame.transaction import db
from portal.lists import Chip, Column, Listing, chipped, choice, coded, day_column, declare, text, within
from portal.words.consent import LANGUAGE_NAMES
from portal.words.support import CASE_CHIPS, CASE_STATES, LAYER_WORDS, RISK_LEVELS

_STATES = {"running": cases.RUNNING, "closed": {CaseState.CLOSED}, "all": set(CaseState)}
_RISK_CHIPS = {RiskLevel.HIGH: "need", RiskLevel.IMMINENT: "need", RiskLevel.MODERATE: "wait"}


def _risk_chips(case: Case) -> Iterable[Chip]:
    if case.risk is None:
        return (Chip("open", _("risk not looked at yet")),)
    return (Chip(_RISK_CHIPS.get(case.risk, "open"), _("risk: %(level)s", level=RISK_LEVELS[case.risk])),)


CASES: Listing[Case] = declare(
    Listing(
        key="psychologist.cases",
        title=lazy_gettext("Cases"),
        page="psychologist.listing",
        file="psychologist.cases_file",
        columns=(
            Column(
                "number",
                lazy_gettext("Case"),
                lambda case: case.number,
                url=lambda case: url_for("psychologist.cases.show", number=case.number),
            ),
            coded("state", lazy_gettext("State"), lambda case: case.state, CASE_STATES, chips_of=CASE_CHIPS),
            chipped(
                "risk",
                lazy_gettext("Risk"),
                lambda case: case.risk,
                _risk_chips,
                order=lambda case: None if case.risk is None else list(RiskLevel).index(case.risk),
            ),
            coded("language", lazy_gettext("Language"), lambda case: case.language, LANGUAGE_NAMES),
            Column(
                "layer",
                lazy_gettext("Layer"),
                lambda case: case.layer,
                text=lambda case: LAYER_WORDS[str(case.layer)] if case.layer else "",
            ),
            day_column("since", lazy_gettext("Since"), lambda case: case.asked_at),
        ),
        order="number",
        filters=(
            text("find", lazy_gettext("Case"), within(lambda case: case.number)),
            choice(
                "state",
                lazy_gettext("State"),
                lambda: {"running": _("Running"), "closed": _("Closed")},
                default="running",
                all_of_them=("all", lazy_gettext("all")),
            ),
            choice("risk", lazy_gettext("Risk"), lambda: RISK_LEVELS, lambda case, level: case.risk == level),
            choice(
                "language", lazy_gettext("Language"), lambda: LANGUAGE_NAMES, lambda case, code: case.language == code
            ),
        ),
        empty=lazy_gettext("No case."),
    )
)


def own_cases(wanted: Mapping[str, Any]) -> Iterable[Case]:
    """The psychologist's own cases, by state."""
    return cases.held_by(db, current_user.account.id, states=_STATES[wanted["state"]])
