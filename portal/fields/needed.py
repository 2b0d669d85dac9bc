"""A field that is needed in some cases and may be left empty in the others."""

from collections.abc import Callable
from typing import Any

from wtforms.validators import StopValidation


class NeededWhen:
    """Refuses an empty field where `condition` of its form holds, and lets it pass otherwise.

    It stands first, where `Optional` would hide every rule behind it.
    """

    def __init__(self, condition: Callable[[Any], bool], message: Any) -> None:
        self._condition = condition
        self._message = message

    def __call__(self, form: Any, field: Any) -> None:
        """End the chain at an empty field, with the message where it is needed.

        Raises:
            StopValidation: the field is empty.
        """
        if any(str(part).strip() for part in field.raw_data or ()):
            return
        field.errors[:] = []
        raise StopValidation(self._message) if self._condition(form) else StopValidation()
