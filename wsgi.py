"""The portal for any WSGI server: an installation made by `zhoda init`, with settings from the environment."""

from portal.app import create_app
from portal.settings import Settings

app = create_app(Settings.from_environment())
