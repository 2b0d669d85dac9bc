"""A real mail server on this machine, in whatever mood a test gives it."""

import asyncio
import socket
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum, auto
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mood(Enum):
    """How the server answers."""

    WELL = auto()
    NOT_NOW = auto()
    REFUSES = auto()
    FULL = auto()
    BREAKS_OFF = auto()
    STALLS = auto()
    TAKES_AND_BREAKS_OFF = auto()


class ServerOfMoods:
    """A running server: `accepted` is what it took, with every repetition. A context manager."""

    def __init__(self) -> None:
        self.mood = Mood.WELL
        self.accepted: list[EmailMessage] = []
        with socket.create_server(("127.0.0.1", 0)) as found:
            self._port = found.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self._port)

    def __enter__(self) -> "ServerOfMoods":
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def address(self) -> str:
        """Where it is, as a setting."""
        return f"smtp://127.0.0.1:{self._port}"

    @property
    def ids(self) -> list[str]:
        """The id of each message that was accepted."""
        return [mail["Message-ID"] for mail in self.accepted]

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient, or not."""
        if self.mood is Mood.NOT_NOW:
            return "450 later"
        if self.mood is Mood.REFUSES:
            return "550 nobody"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message, or not."""
        if self.mood is Mood.FULL:
            return "452 full"
        if self.mood is Mood.STALLS:
            await asyncio.sleep(3)
            return "451 at last"
        if self.mood is not Mood.BREAKS_OFF:
            mail = message_from_bytes(cast(bytes, envelope.content), policy=policy.default)
            self.accepted.append(cast(EmailMessage, mail))
        if self.mood is not Mood.WELL:
            transport: Any = server.transport
            transport.abort()
        return "250 OK"
