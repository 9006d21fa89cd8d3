"""The `THAW_*` environment variables, read once; an unknown name or value is an error."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from handler.errors import SettingError

_NAMES = "THAW_BUNDLE (a folder), THAW_CORS_ORIGINS (origins of pages) and THAW_LOG_INPUT (true or false)"
_SWITCH = {"true": True, "false": False}


class Settings(msgspec.Struct, frozen=True):
    """What can be set from outside.

    Attributes:
        bundle: THAW_BUNDLE, the folder to serve; by default `bundle/` beside `handler/`, else `build/bundle`.
        log_input: THAW_LOG_INPUT, whether logs may hold what callers sent and what a model said of it.
        cors_origins: THAW_CORS_ORIGINS, origins whose pages may read answers, separated by commas, or `*` for all.
    """

    bundle: Path
    log_input: bool = False
    cors_origins: tuple[str, ...] = ()


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises:
        SettingError: a `THAW_*` name is not one of those above, or a value is not one of those allowed.
    """
    given = {name: value for name, value in environment.items() if name.startswith("THAW_")}
    bundle = given.pop("THAW_BUNDLE", "")
    log_input = given.pop("THAW_LOG_INPUT", "false")
    origins = tuple(origin.strip() for origin in given.pop("THAW_CORS_ORIGINS", "").split(",") if origin.strip())
    if given:
        raise SettingError(f"{min(given)} is not a setting; there are {_NAMES}")
    if log_input not in _SWITCH:
        raise SettingError(f"THAW_LOG_INPUT is {log_input!r}; it can be true or false")
    for origin in origins:
        if origin != "*" and not _origin(origin):
            raise SettingError(
                f"THAW_CORS_ORIGINS has {origin!r}; an origin is written like https://example.com, without a path"
            )
    return Settings(Path(bundle) if bundle else _default_bundle(), _SWITCH[log_input], origins)


def _origin(text: str) -> bool:
    scheme, separator, host = text.partition("://")
    return bool(separator and scheme.isalpha() and host and not set(host) & set("/?# ")) and text == text.lower()


def _default_bundle() -> Path:
    root = Path(__file__).resolve().parent.parent
    beside = root / "bundle"
    return beside if beside.exists() else root / "build" / "bundle"
