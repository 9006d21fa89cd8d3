"""The error of a command: one line for the person who ran it."""


class ModelError(Exception):
    """Says what is wrong, where, and what to do."""


class Unreachable(ModelError):
    """The package index does not respond."""
