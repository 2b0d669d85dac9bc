"""The ways out that an installation's settings give."""

from portal.outbox.carriers import Carrier, Command, MailServer
from portal.outbox.messages import Channel
from portal.outbox.sending import Post
from portal.settings import Settings


def post_of(settings: Settings) -> Post:
    """The ways out that are set up, and the name at which staff sign in, where it has one of its own."""
    carriers: dict[Channel, Carrier] = {}
    if settings.mail_server:
        carriers[Channel.MAIL] = MailServer(settings.mail_server, settings.mail_from)
    if settings.notice_command:
        carriers |= {channel: Command(settings.notice_command, channel) for channel in (Channel.SMS, Channel.CALL)}
    host = settings.hosts.get("staff", "")
    return Post(carriers, f"https://{host}/" if host else "")
