"""Who asks, as far as every page has to know it."""

from flask_login import current_user


def is_staff() -> bool:
    """Whether a member of staff is signed in."""
    return bool(current_user and current_user.is_authenticated and current_user.account.subject_id is None)
