"""What stops a command: one sentence for the person who called it."""


class ModelError(Exception):
    """What was wrong, where, and what to do."""
