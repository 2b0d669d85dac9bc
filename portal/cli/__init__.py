"""`zhoda`, the one command: a module a command group, each imported only when it is asked for."""

import sys
import traceback
from importlib import import_module
from typing import Any, NoReturn

import click

_COMMANDS = {
    "init": "installing:init",
    "migrate": "installing:migrate",
    "serve": "serving:serve",
    "scheduler": "serving:scheduler",
    "demo": "demonstration:demo",
    "import": "importing:import_",
    "verify": "verifying:verify",
    "rights": "rights:rights",
    "measures": "measures:measures",
    "figures": "figures:figures",
    "services": "services:services",
    "user": "users:user",
    "store": "stores:store",
    "key": "keys:key",
    "permissions": "permissions:permissions",
    "columns": "columns:columns",
    "policy": "policy:policy",
}
STOPPED = 130


class Commands(click.Group):
    """The commands by name. What goes wrong is one plain line on stderr and status 2, never a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which an operator meets them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"portal.cli.{module}"), attribute)
        return command

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run a command and end the process with its status."""
        try:
            status = super().main(*args, **extra | {"standalone_mode": False})
        except (click.Abort, KeyboardInterrupt):
            _end("stopped", STOPPED)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
            sys.exit(error.exit_code)
        except click.ClickException as error:
            _end(error.format_message(), 2)
        except Exception as error:
            _end(_in_a_line(error), 2)
        sys.exit(status if isinstance(status, int) else 0)


def _end(message: str, status: int) -> NoReturn:
    click.echo(f"zhoda: {' '.join(message.split())}", err=True)
    sys.exit(status)


def _in_a_line(error: Exception) -> str:
    """What went wrong, without the values a database error quotes: they may be about people."""
    from sqlalchemy.exc import DBAPIError

    if isinstance(error, DBAPIError):
        return f"the database cannot be used: {str(error.orig).splitlines()[0]}"
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"an error that was not foreseen: {type(error).__name__} in {place.filename}, line {place.lineno}"


@click.group(cls=Commands)
def main() -> None:
    """Consent portal: set up, serve, import, verify."""
