"""`zhoda verify`: whether a ledger, or something the house has signed, is whole."""

from pathlib import Path

import click
from rich.console import Console

from consent.proving import anchors, installed, offline, verification
from portal.cli.opening import opened
from vault import audit_chain, clock
from vault.database import Database
from vault.notes import BadNote, Verifier

_UNKNOWN_KEY = 3


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", metavar="VERIFIER", help="The one key to believe, and whatever keys it vouches for.")
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The portal's statements of its keys, as GET /api/v1/log/keys gave them.",
)
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Instead of DATA_DIR.")
def verify(file: Path | None, key: str | None, keys: Path | None, data_dir: Path | None) -> None:
    """Check FILE offline (a receipt, certificate, page of a feed, catalogue or checkpoint), or the whole database.

    Of the database: every event, the log, the present state, every feed, every entry of the audit. Status 1 and a
    line for each fault found. Of FILE: status 1 where it is not what was signed, 3 where it holds together and
    no --key says whose signature may be believed.
    """
    if file is not None:
        _verify_file(file, key, keys)
        return
    with opened(data_dir) as database:
        _verify_database(database)


def _verify_file(file: Path, key: str | None, keys: Path | None) -> None:
    try:
        pinned = None if key is None else Verifier.parse(key)
        statements = [] if keys is None else list(offline.read(keys.read_text(encoding="utf-8"))["keys"])
        document = offline.read(file.read_text(encoding="utf-8"))
    except BadNote as error:
        raise click.ClickException(f"--key: {error}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise click.ClickException("the file is not JSON of a form that is documented") from error
    try:
        verified = offline.check(document, pinned, statements)
    except offline.NotWhole as error:
        click.echo(f"not whole: {error}")
        raise SystemExit(1) from error
    if pinned is None:
        click.echo(
            f"not held against a known key: whoever has the key {verified.verifier} may have made it; "
            "compare that with the one you know, and name that with --key"
        )
        raise SystemExit(_UNKNOWN_KEY)
    issued = "" if verified.issued is None else f", issued {clock.rfc3339(verified.issued)}"
    click.echo(f"whole: a {verified.kind}: {verified.shows}{issued}")
    click.echo(f"signed by {verified.verifier}")


def _verify_database(database: Database) -> None:
    with database.reading() as session, Console(stderr=True).status("Checking the ledger and the audit"):
        faults = [*verification.faults(session), *audit_chain.faults(session), *anchors.faults(session)]
        state = installed.state(session)
    for fault in faults:
        click.echo(fault)
    if faults:
        raise SystemExit(1)
    click.echo(
        f"whole: {state.events} events, {state.revision} revisions, {state.people} people, "
        f"{state.items} items, {state.stores} stores"
    )
