"""The error of running a bundle on this machine."""

from model.errors import ThawError


class LocalError(ThawError):
    """Something is missing, or a program failed."""
