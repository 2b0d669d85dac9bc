"""How a message leaves: by a mail server, or by the command that an operator has set for text messages and calls."""

import json
import shlex
import smtplib
import ssl
import subprocess  # nosec B404
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import unquote, urlsplit

from portal.outbox.messages import Channel, Failure
from portal.outbox.texts import Text
from vault import clock

_COMMAND_PATIENCE = 60.0


class NotSent(Exception):
    """An attempt came to nothing; `why` says how."""

    def __init__(self, why: Failure) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes out: to whom, the words, and the id by which a receiver knows a repetition."""

    id: str
    to: str
    text: Text


class Carrier(Protocol):
    """One way out."""

    def carry(self, letter: Letter, handing_over: Callable[[], None]) -> None:
        """Send a letter; `handing_over` is called before anything that a receiver could act on.

        Raises:
            NotSent: it was not accepted.
        """


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server: `smtp://`, `smtps://` or `smtp+starttls://`, with `user:password@` where it asks for them."""

    address: str
    sender: str
    patience: float = 20.0

    def carry(self, letter: Letter, handing_over: Callable[[], None]) -> None:
        """Send a letter by SMTP; one that is silent for longer than `patience` seconds is left."""
        try:
            with self._connected() as server:
                self._announce(server, letter.to)
                handing_over()
                self._deliver(server, letter)
        except NotSent:
            raise
        except smtplib.SMTPResponseException as error:
            raise NotSent(Failure.NOT_NOW) from error
        except (OSError, smtplib.SMTPException) as error:
            # The library tells of silence as of a connection that was closed.
            is_silence = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
            raise NotSent(Failure.STALLED if is_silence else Failure.UNREACHABLE) from error
        except ValueError as error:
            # An address that would be more than one line of the protocol.
            raise NotSent(Failure.REFUSED) from error

    def _connected(self) -> smtplib.SMTP:
        parts = urlsplit(self.address)
        if parts.scheme == "smtps":
            secure = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                str(parts.hostname), parts.port or 465, timeout=self.patience, context=secure
            )
        else:
            server = smtplib.SMTP(str(parts.hostname), parts.port or 25, timeout=self.patience)
            if parts.scheme == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server

    def _announce(self, server: smtplib.SMTP, to: str) -> None:
        server.ehlo_or_helo_if_needed()
        _demand(server.mail(self.sender))
        code, _ = server.rcpt(to)
        # Greylisting and full mailboxes pass; an address that the server does not take stays as it is.
        if 500 <= code < 600:
            raise NotSent(Failure.REFUSED)
        if code not in (250, 251):
            raise NotSent(Failure.NOT_NOW)

    def _deliver(self, server: smtplib.SMTP, letter: Letter) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, letter.to, letter.text.subject
        message["Date"] = format_datetime(clock.now())
        message["Message-ID"] = f"<{letter.id}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text.body)
        _demand(server.data(message.as_bytes(policy=message.policy.clone(linesep="\r\n"))))


@dataclass(frozen=True, slots=True)
class Command:
    """An operator's command for text messages or calls: it gets JSON on its input, and ends with 0 once accepted."""

    line: str
    channel: Channel

    def carry(self, letter: Letter, handing_over: Callable[[], None]) -> None:
        """Run the command, without a shell and for a minute at most, and nothing of the message in its arguments."""
        said = {"id": letter.id, "channel": self.channel, "to": letter.to, "text": letter.text.body}
        handing_over()
        try:
            run = subprocess.run(  # noqa: S603 - the operator's own  # nosec B603
                shlex.split(self.line), input=json.dumps(said).encode(), timeout=_COMMAND_PATIENCE, capture_output=True
            )
        except subprocess.TimeoutExpired as error:
            raise NotSent(Failure.STALLED) from error
        except (OSError, ValueError) as error:
            raise NotSent(Failure.COMMAND_FAILED) from error
        if run.returncode:
            raise NotSent(Failure.COMMAND_FAILED)


def _demand(answer: tuple[int, bytes]) -> None:
    code, said = answer
    if code != 250:
        raise smtplib.SMTPResponseException(code, said)
