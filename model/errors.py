"""The errors of commands: one line for the person who ran it."""


class ThawError(Exception):
    """Says what is wrong, where, and what to do."""


class ModelError(ThawError):
    """A model, or a bundle of it, cannot be fetched, built, proved or scored."""


class Unreachable(ModelError):
    """The package index does not respond."""


class NotInstalled(ModelError):
    """Requirements do not install; `said` is what uv says of the last way that was tried."""

    said = ""
