"""What the domain says when it does not take what somebody sent."""


class Refused(Exception):
    """What was sent cannot be taken. The portal has words for each kind, and shows them at its field.

    It is raised for what a person wrote or chose, never for a fault of ours, and never together with a change.
    """

    # The form's field that it belongs to, as forms call it; empty where it belongs to all of it.
    field = ""
