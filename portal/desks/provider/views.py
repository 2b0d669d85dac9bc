"""One referral to its provider, through the link that was given to it. A link that is not ours finds nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from mhpss import entries
from mhpss.entries import CaseReading
from mhpss.referral import provider_links, referrals
from mhpss.referral.provider_links import Seen
from mhpss.referral.referral_table import Party
from mhpss.referral.referrals import Referral
from portal.access.permissions import public
from portal.access.readings import of_case
from portal.access.relations import OfCase, about
from portal.fields.referral_forms import MoveForm
from portal.frame.transaction import db
from portal.words.consent import language
from portal.words.referral import FIELD_WORDS, REFERRAL_CHIPS, REFERRAL_STATES, URGENCY_WORDS
from vault.audit import Actor
from vault.refusals import Refused

bp = Blueprint("provider", __name__, url_prefix="/r")
_PROVIDER = Actor("provider")


@dataclass(frozen=True, slots=True)
class ReferralByLink(OfCase):
    """a referral, by the link that its provider was given"""

    organisation = "own"
    referral: Referral
    case_id: str
    service: str
    seen: Seen

    @classmethod
    def find(cls, arguments: Mapping[str, Any]) -> Self | None:
        """The referral that the token opens, as far as its provider may see it now."""
        try:
            referral = provider_links.open_link(db, arguments["token"])
        except provider_links.LinkOver:
            return None
        service, _provider = referrals.service_of(db, referral)
        return cls(referral, referral.case_id, service.names[language()], provider_links.seen(db, referral))

    def write_down(self, session: Session, actor: Actor, act: CaseReading) -> None:
        """Whoever holds the link reads as the provider."""
        entries.note_act(session, _PROVIDER, self.case_id, act)


def _page(token: str, form: MoveForm | None = None) -> str:
    opened = about(ReferralByLink)
    return render_template(
        "provider/referral.html",
        FIELD_WORDS=FIELD_WORDS,
        REFERRAL_CHIPS=REFERRAL_CHIPS,
        REFERRAL_STATES=REFERRAL_STATES,
        URGENCY_WORDS=URGENCY_WORDS,
        seen=opened.seen,
        service=opened.service,
        moving=form or MoveForm(opened.seen.ways, formdata=None),
        form=form,
        token=token,
    )


@bp.get("/<token>")
@public(on=ReferralByLink, reads=of_case(CaseReading.BY_PROVIDER))
def show(token: str) -> ResponseReturnValue:
    """What the provider may see now, and what it can answer."""
    return _page(token)


@bp.post("/<token>")
@public(on=ReferralByLink, reads=of_case(CaseReading.BY_PROVIDER))
def answer(token: str) -> ResponseReturnValue:
    """Take the provider's answer; what does not fit where the referral stands is said and changes nothing."""
    referral = about(ReferralByLink).referral
    form = MoveForm(about(ReferralByLink).seen.ways)
    if not form.validate():
        return _page(token, form), 422
    try:
        with db.begin_nested():
            referrals.move(db, referral, form.to.data, Party.SERVICE, "provider", form.step)
    except Refused as refusal:
        form.refuse(refusal)
        return _page(token, form), 422
    entries.note_act(db, _PROVIDER, referral.case_id, f"provider_{form.to.data}")
    flash(_("Thank you. Your answer is kept."))
    return redirect(url_for(".show", token=token))
