"""Endpoint URLs of AWS services."""

import os

from handler.errors import SettingError


def current_region() -> str:
    """Return the region that this process runs in.

    Raises:
        SettingError: neither AWS_REGION nor AWS_DEFAULT_REGION is set.
    """
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise SettingError("no AWS region is set: set AWS_REGION")
    return region


def endpoint(service: str, host: str, region: str = "") -> str:
    """Return a service's endpoint URL, without a trailing slash.

    Args:
        service: its name in the variable AWS_ENDPOINT_URL_<SERVICE>, which overrides the URL.
        host: the first part of its host name.
        region: by default the current one.
    """
    override = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL")
    if override:
        return override.rstrip("/")
    region = region or current_region()
    return f"https://{host}.{region}.amazonaws.com{'.cn' * region.startswith('cn-')}"
