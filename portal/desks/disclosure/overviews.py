"""Looking across: the figures of the register, and what stands in the way of an analytical product."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent.catalogue import recipients
from consent.disclosure import figures as register_figures
from consent.disclosure import products
from consent.ledger import stores
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, of_nobody
from portal.access.relations import WholeConsortium
from portal.desks.disclosure.forms import ProductForm
from portal.desks.disclosure.listings import disclosed_to
from portal.frame.transaction import db

bp = Blueprint("overviews", __name__)


@bp.get("/figures")
@allow(Role.DISCLOSURE_OFFICER, on=WholeConsortium, reads=of_nobody(Reading.REGISTER))
def figures() -> ResponseReturnValue:
    """Requests by body and month, the share that consent let go, the time to an answer."""
    return render_template(
        "disclosure/figures.html", figures=register_figures.figures(db), directory=recipients.directory(db)
    )


@bp.get("/products")
@allow(Role.DISCLOSURE_OFFICER, on=WholeConsortium, reads=of_nobody(Reading.REGISTER))
def product() -> ResponseReturnValue:
    """Which source blocks a product, and what would remain."""
    known = [(store.id, store.name) for store in stores.listed(db)]
    form = ProductForm(known, disclosed_to(), request.args if request.args else None)
    found = None
    if request.args and form.validate():
        try:
            found = products.product(db, form.store.data, form.item.data, form.recipient.data)
        except products.UnknownItem:
            form.item.errors = [_("This store has no such item")]
    return render_template("disclosure/product.html", form=form, found=found), 422 if form.errors else 200
