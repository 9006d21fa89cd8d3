"""The error that ends a command with one sentence for its user."""


class LocalError(Exception):
    """The message says what is wrong, and what to do."""
