"""Staff accounts: adding one, giving it another role, closing it, and the paper that sets up its way in."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent.people import organisations
from portal import letters, lists
from portal.access import accounts, notices, renewals
from portal.access.accounts import Account, Role
from portal.access.permissions import allow
from portal.access.readings import Reading, leads_on, nothing, of_nobody
from portal.access.relations import Relation, WholeConsortium, about
from portal.casework import staff_accounts
from portal.desks.administration.forms import ACCOUNT_OF_NOBODY_ELSE, AccountForm, RoleForm, SamePersonForm
from portal.desks.administration.listings import ACCOUNTS, staff_accounts_listed
from portal.frame import hosts
from portal.frame.transaction import db
from vault import audit, staff
from vault.policy import in_force, law

bp = Blueprint("accounts", __name__, url_prefix="/accounts")


@dataclass(frozen=True, slots=True)
class StaffAccount(Relation):
    """a staff account"""

    organisation = "every"
    account: accounts.Account

    @classmethod
    def find(cls, arguments: Mapping[str, Any]) -> Self | None:
        """The account of the address, if it is of staff."""
        account = accounts.by_id(db, arguments["account_id"])
        return None if account is None else cls(account)


@dataclass(frozen=True, slots=True)
class AnothersAccount(StaffAccount):
    """a staff account that is not their own"""

    @classmethod
    def find(cls, arguments: Mapping[str, Any]) -> Self | None:
        """The account of the address, if somebody else has it."""
        account = accounts.by_id(db, arguments["account_id"])
        is_own = account is not None and staff.same_person(db, account.id, current_user.account.id)
        return None if account is None or is_own else cls(account)


def _account() -> accounts.Account:
    return about(StaffAccount).account


def _note(act: str, account: accounts.Account) -> None:
    audit.record(db, current_user.account.as_actor(), act, target=account.id)


@bp.get("/")
@allow(Role.ADMINISTRATOR, on=WholeConsortium, reads=of_nobody(Reading.ACCOUNTS))
def listed() -> ResponseReturnValue:
    """Every staff account with its role and partner."""
    return lists.find(ACCOUNTS, staff_accounts_listed).page("administration/accounts.html")


@bp.get("/list.csv")
@allow(Role.ADMINISTRATOR, on=WholeConsortium, reads=of_nobody(Reading.ACCOUNTS_FILE), step_up=True)
def file() -> ResponseReturnValue:
    """The same accounts as a file."""
    return lists.find_all(ACCOUNTS, staff_accounts_listed).file()


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR, on=WholeConsortium, reads=of_nobody(Reading.ACCOUNTS), step_up=True)
def add() -> ResponseReturnValue:
    """Add an account. Nobody knows its passphrase: the paper lets its owner choose one."""
    form = AccountForm(organisations.listed(db), _named(accounts.listed(db)))
    if form.validate_on_submit():
        sign_in = (form.sign_in.data or "").strip()
        if accounts.find(db, sign_in) is None:
            added = accounts.create(
                db,
                Role(form.role.data),
                form.organisation.data,
                sign_in,
                secrets.token_urlsafe(32),
                language=form.language.data,
            )
            if form.same_person.data != ACCOUNT_OF_NOBODY_ELSE:
                staff.join(db, added.id, form.same_person.data)
            _note("account.create", added)
            flash(_("The account is made. Print its paper and hand it over."))
            return redirect(url_for(".show", account_id=added.id))
        form.sign_in.errors = [_("There is an account with this e-mail already")]
    return render_template("administration/account_new.html", form=form), 422 if form.errors else 200


@bp.get("/<account_id>")
@allow(Role.ADMINISTRATOR, on=StaffAccount, reads=of_nobody(Reading.ACCOUNT))
def show(account_id: str) -> ResponseReturnValue:  # noqa: ARG001 - part of the address
    """One account, and what can be done with it."""
    return _page()


def _page(form: RoleForm | None = None, join_form: SamePersonForm | None = None) -> str:
    return render_template(
        "administration/account.html",
        account=_account(),
        sign_in=accounts.sign_in_name(db, _account()),
        organisation=db.get_one(organisations.Organisation, _account().organisation),
        is_own=staff.same_person(db, _account().id, current_user.account.id),
        others=_named(_others_of_the_person(_account())),
        join_form=join_form or SamePersonForm(_named(_somebody_elses(_account())), formdata=None),
        paper=renewals.latest(db, _account().id),
        form=form or RoleForm(formdata=None, role=_account().role),
        refused=form or join_form,
    )


@bp.post("/<account_id>/role")
@allow(Role.ADMINISTRATOR, on=AnothersAccount, reads=of_nobody(Reading.ACCOUNT), step_up=True)
def change_role(account_id: str) -> ResponseReturnValue:
    """Another role; every session of the account ends with the old one."""
    form = RoleForm(role=_account().role)
    if not form.validate():
        return _page(form), 422
    staff_accounts.change_role(db, _account(), Role(form.role.data), current_user.account.as_actor())
    flash(_("The role is changed. They have to sign in anew."))
    return redirect(url_for(".show", account_id=account_id))


@bp.post("/<account_id>/same-person")
@allow(Role.ADMINISTRATOR, on=AnothersAccount, reads=of_nobody(Reading.ACCOUNT), step_up=True)
def join_person(account_id: str) -> ResponseReturnValue:
    """Say that another account is the same person's: where two people are needed, both count as one."""
    form = SamePersonForm(_named(_somebody_elses(_account())))
    if not form.validate():
        return _page(join_form=form), 422
    staff.join(db, account_id, form.same_person.data)
    _note("account.join_person", _account())
    flash(_("Both accounts count as one person from now on."))
    return redirect(url_for(".show", account_id=account_id))


@bp.post("/<account_id>/another-person")
@allow(Role.ADMINISTRATOR, on=AnothersAccount, reads=leads_on(), step_up=True)
def part_person(account_id: str) -> ResponseReturnValue:
    """Say that the account is nobody else's, where it was joined by mistake; its owner is told."""
    staff.part(db, account_id)
    notices.tell(db, account_id, notices.What.CREDENTIALS_CHANGED)
    _note("account.part_person", _account())
    flash(_("The account counts as a person of its own from now on."))
    return redirect(url_for(".show", account_id=account_id))


def _others_of_the_person(account: Account) -> list[Account]:
    same = staff.accounts_of(db, account.id) - {account.id}
    return [each for each in accounts.listed(db) if each.id in same]


def _somebody_elses(account: Account) -> list[Account]:
    same = staff.accounts_of(db, account.id)
    return [each for each in accounts.listed(db) if each.id not in same]


def _named(found: list[Account]) -> list[tuple[str, str]]:
    return [(each.id, accounts.sign_in_name(db, each)) for each in found]


@bp.post("/<account_id>/close")
@allow(Role.ADMINISTRATOR, on=AnothersAccount, reads=leads_on(), step_up=True)
def close(account_id: str) -> ResponseReturnValue:
    """Let nobody in by this account any more, from this moment."""
    staff_accounts.close(db, _account(), current_user.account.as_actor())
    flash(_("The account is closed."))
    return redirect(url_for(".show", account_id=account_id))


@bp.post("/<account_id>/open")
@allow(Role.ADMINISTRATOR, on=AnothersAccount, reads=leads_on(), step_up=True)
def reopen(account_id: str) -> ResponseReturnValue:
    """Open a closed account again."""
    staff_accounts.reopen(db, _account(), current_user.account.as_actor())
    flash(_("The account is open again."))
    return redirect(url_for(".show", account_id=account_id))


@bp.post("/<account_id>/paper")
@allow(
    Role.ADMINISTRATOR,
    on=AnothersAccount,
    reads=nothing("a paper with a one-use code; that it was made is audited as an act"),
    step_up=True,
)
def paper(account_id: str) -> ResponseReturnValue:
    """A paper on which its owner chooses a passphrase and sets up an app; the present ones work until then."""
    code = renewals.issue(db, _account(), current_user.account.id)
    notices.tell(db, account_id, notices.What.CREDENTIALS_CHANGED)
    _note("account.paper", _account())
    address = hosts.address("staff", "papers.renew", code=code)
    return letters.as_download(letters.invitation(address, in_force.value(db, law.RENEWAL).days))
