"""The page of a reference store: what may and may not be shown, to whom and for what, as its replica decides."""

from typing import Any

from flask import Flask, Response, abort, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import Babel, get_locale
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader

from consent.client import LocalDecision, Replica
from consent.ledger.scopes import LANGUAGES
from consent.rules import Outcome
from portal.installation import TEMPLATES, TRANSLATIONS
from portal.reference_store.holdings import Holdings
from portal.words.consent import elapsed_since


def create_app(replica: Replica, holdings: Holdings) -> Flask:
    """The store's own site; it asks its replica anew for each line it shows and each file it gives."""
    app = Flask("portal", static_folder="static")
    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(str(TEMPLATES)),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    app.jinja_options = {**app.jinja_options, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.globals.update(get_locale=get_locale, elapsed_since=elapsed_since)
    Babel(app, default_locale="be", default_translation_directories=str(TRANSLATIONS), locale_selector=_language)

    @app.get("/")
    def shown() -> ResponseReturnValue:
        """Every item, and whether it may be shown to the chosen recipient for the chosen purpose."""
        status, catalogue = replica.status, replica.catalogue()
        pairs = _pairs(catalogue)
        chosen = request.args.get("for", "")
        if chosen not in pairs:
            chosen = next(iter(pairs), "")
        scope, _, recipient = chosen.partition(" ")
        decided = [(name, replica.may(name, scope, recipient)) for name in holdings.names()] if pairs else []
        return render_template(
            "reference_store/shown.html",
            status=status,
            pairs=pairs,
            chosen=chosen,
            decided=decided,
            given={name for name, decision in decided if _as_it_is(decision) and holdings.path_of(name)},
        )

    @app.get("/files/<path:item>")
    def give(item: str) -> ResponseReturnValue:
        """The file itself, where it may go as it is."""
        scope, _, recipient = request.args.get("for", "").partition(" ")
        path = holdings.path_of(item)
        if f"{scope} {recipient}" not in _pairs(replica.catalogue()) or path is None:
            abort(404)
        if not _as_it_is(replica.may(item, scope, recipient)):
            abort(403)
        return send_file(path, as_attachment=True, max_age=0)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response

    return app


def _language() -> str:
    chosen = request.args.get("language", "")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "be"


def _as_it_is(decision: LocalDecision) -> bool:
    # A store that holds the originals alone can meet no demand to take names out.
    return decision.outcome is Outcome.PERMIT and decision.identity is None


def _pairs(catalogue: Any) -> dict[str, str]:
    """By "SCOPE RECIPIENT", the words for each purpose and recipient that fit together."""
    language = str(get_locale() or "be")
    return {
        f"{scope['key']} {recipient['key']}": f"{scope['title'][language]} → {recipient['name'][language]}"
        for scope in catalogue.get("scopes", ())
        for recipient in catalogue.get("recipients", ())
        if recipient["class"] in scope["classes"]
    }
