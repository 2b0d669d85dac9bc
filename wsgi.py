"""The portal for any WSGI server: an installation made by `zhoda init`, with settings from the environment."""

from portal.app import create_app
from portal.demonstration import is_demonstration
from portal.settings import BadSetting, Settings

app = create_app(Settings.from_environment())
if is_demonstration(app.extensions["database"]):
    # Nobody here knows from where the server can be reached.
    raise BadSetting("a demonstration is served by `zhoda serve --demo` alone: set DATABASE_URL or DATA_DIR to another")
