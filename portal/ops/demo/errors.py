"""Why the demo refuses to touch something."""


class NotTheDemos(Exception):
    """That database holds something that the demo did not put there."""
