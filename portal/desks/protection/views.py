"""The data protection officer's pages."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent.disclosure import notices
from consent.ledger import feed, following, stores, webhooks
from consent.people import concerns, subjects
from consent.rights import breaches, restriction, store_tasks
from consent.rights import requests as rights
from consent.rights.requests import Right
from consent.saying import erasure_reviews
from portal import lists
from portal.access import duress
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, leads_on, nothing, of_named, read_people
from portal.access.relations import WholeConsortium
from portal.casework import erasures
from portal.desks.protection import requests
from portal.desks.protection.listings import STORES, queue, stores_that_follow
from portal.frame.transaction import db
from portal.words.rights import CONCERN_WORDS
from vault import audit

bp = Blueprint("protection", __name__, url_prefix="/protection")


@bp.get("/")
@allow(Role.DPO, on=WholeConsortium, reads=of_named(Reading.PEOPLE))
def today() -> ResponseReturnValue:
    """What needs the officer today: stops not yet confirmed, silent stores, erasure reviews."""
    following_now = following.all_stores(db)
    unconfirmed = feed.unconfirmed(db)
    reviews = erasure_reviews.all_open(db)
    forced = concerns.all_open(db)
    open_requests = rights.listed(db)
    waiting = queue(open_requests)
    between = notices.that_went_between(db)
    people = {late.subject_id for late in unconfirmed if late.subject_id}
    people |= {review.subject_id for review in reviews} | {concern.subject_id for concern in forced}
    people |= {notice.subject_id for notice in between} | {each.subject_id for each in open_requests if each.subject_id}
    read_people(people)
    return render_template(
        "protection/today.html",
        CONCERN_WORDS=CONCERN_WORDS,
        stores=following_now,
        unconfirmed=unconfirmed,
        overdue=following.overdue(db, unconfirmed),
        reviews=reviews,
        erasures={each.subject_id: each for each in open_requests if each.right == Right.ERASURE},
        concerns=[(concern, duress.held_of(db, concern.subject_id)) for concern in forced],
        waiting=waiting,
        late_orders=store_tasks.overdue(db),
        to_lift=restriction.without_request(db, rights.listed(db, state=None, right=Right.RESTRICTION)),
        breaches=[breach for breach in breaches.listed(db) if breach.closed_at is None],
        **requests.WORDS,
        between=between,
        codes=subjects.codes_of(db, people),
    )


@bp.post("/concerns/<concern_id>/settle")
@allow(Role.DPO, on=WholeConsortium, reads=leads_on())
def settle_concern(concern_id: str) -> ResponseReturnValue:
    """Close a confidential follow-up once the partner has spoken with the person; what was held is done or dropped."""
    if request.form.get("held", "drop") not in ("carry_out", "drop"):
        flash(_("Choose one of the answers. Nothing was changed."))
        return redirect(url_for(".today"), 303)
    subject_id = concerns.subject_of(db, concern_id)
    duress.settle(db, concern_id, carry_out=request.form.get("held") == "carry_out")
    audit.record(db, current_user.account.as_actor(), "concern.settle", subject_id)
    return redirect(url_for(".today"))


@bp.post("/reviews/<review_id>/follow")
@allow(Role.DPO, on=WholeConsortium, reads=leads_on(), step_up=True)
def follow_review(review_id: str) -> ResponseReturnValue:
    """Begin the erasure that a review asks about, and go to it."""
    review = erasure_reviews.by_id(db, review_id) or abort(404)
    try:
        asked = erasures.follow_review(db, review, current_user.account.id)
    except rights.NotNow:
        flash(_("This review is settled already."))
        return redirect(url_for(".today"), 303)
    audit.record(db, current_user.account.as_actor(), "review.follow", review.subject_id)
    return redirect(url_for(".requests.show", reference=asked.reference))


@bp.get("/stores")
@allow(Role.DPO, on=WholeConsortium, reads=nothing("how far each store follows, in numbers"))
def store_list() -> ResponseReturnValue:
    """Every store: how far behind, and how many items it declares to show nobody."""
    found = lists.find(STORES, stores_that_follow)
    return found.page("protection/stores.html", stores=found.rows)


@bp.get("/stores.csv")
@allow(Role.DPO, on=WholeConsortium, reads=nothing("how far each store follows, in numbers"), step_up=True)
def stores_file() -> ResponseReturnValue:
    """The same as a file."""
    return lists.find_all(STORES, stores_that_follow).file()


@bp.get("/stores/<store_id>")
@allow(Role.DPO, on=WholeConsortium, reads=of_named(Reading.PEOPLE))
def store(store_id: str) -> ResponseReturnValue:
    """One store: what it has not confirmed, and a sample of what it declares to show nobody."""
    found = next((each for each in following.all_stores(db) if each.store.id == store_id), None)
    if found is None:
        abort(404)
    unconfirmed = [late for late in feed.unconfirmed(db) if late.store.id == store_id]
    read_people(late.subject_id for late in unconfirmed if late.subject_id)
    return render_template(
        "protection/store.html",
        following=found,
        unconfirmed=unconfirmed,
        overdue=following.overdue(db, unconfirmed),
        codes=subjects.codes_of(db, {late.subject_id for late in unconfirmed if late.subject_id}),
        sample=following.sample_without_people(db, store_id),
        acknowledgements=stores.latest_acknowledgements(db, store_id),
        webhook=webhooks.of_store(db, store_id),
    )
