"""The square that an authenticator app reads its secret from."""

import pyotp
import segno

# What the app shows on a lock screen says nothing of what this is.
_ISSUER = "Desk"


def totp_address(secret: str, name: str = _ISSUER) -> str:
    """The otpauth address of a secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=_ISSUER)


def totp_picture(secret: str) -> str:
    """The same as a picture in a data address, which the pages' policy allows."""
    return str(segno.make(totp_address(secret), error="m").svg_data_uri(scale=4, border=2))
