"""Where services of AWS answer."""

import os

from handler.errors import SettingError


def region() -> str:
    """The region this runs in.

    Raises:
        SettingError: nobody says.
    """
    found = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not found:
        raise SettingError("no region of AWS is set: set AWS_REGION")
    return found


def endpoint(service: str, host: str) -> str:
    """A service's address, without a slash at its end.

    Args:
        service: its name in the variable AWS_ENDPOINT_URL_<SERVICE>.
        host: the first part of the name of its host.
    """
    own = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL")
    return own.rstrip("/") if own else f"https://{host}.{region()}.amazonaws.com{'.cn' * region().startswith('cn-')}"
