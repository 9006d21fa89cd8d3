"""What stops a command: one sentence for the person who called it."""


class LocalError(Exception):
    """What was wrong, and what to do."""
