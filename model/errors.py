"""The errors of commands: one line for the person who ran it."""


class ThawError(Exception):
    """Says what is wrong, where, and what to do."""


class ModelError(ThawError):
    """A model, or a bundle of it, cannot be fetched, built, proved or scored."""


class Unreachable(ModelError):
    """The package index does not respond."""


class NotInstalled(ModelError):
    """Requirements do not install.

    Args:
        message: the line for the person.
        said: what uv says of the last way that was tried.
    """

    def __init__(self, message: str, said: str) -> None:
        super().__init__(message)
        self.said = " ".join(said.split())
