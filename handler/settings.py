"""The `THAW_*` environment variables, read once; an unknown name or value is an error."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from handler.errors import SettingError


class Settings(msgspec.Struct, frozen=True):
    """What can be set from outside.

    Attributes:
        bundle: the folder to serve; by default `bundle/` beside `handler/`, else `build/bundle`. Or `s3://...`.
        log_input: whether logs may hold what callers sent and what a model said of it.
        cors_origins: origins whose pages may read answers; `*` stands for all.
        metrics: the namespace of metrics in CloudWatch; none without one.
        capture: the share of predictions whose input and output are logged, from 0 to 1.
        results: where results of queued messages go: a queue's URL, or `s3://bucket/prefix`.
        dead_letters: the URL of the queue for messages that cannot be scored.
        token: what an endpoint knows us by that the model lives behind, or the ARN of a secret that is it.
    """

    bundle: Path | str
    log_input: bool = False
    cors_origins: tuple[str, ...] = ()
    metrics: str = ""
    capture: float = 0.0
    results: str = ""
    dead_letters: str = ""
    token: str = ""


def _folder(_name: str, value: str) -> Path | str:
    if value:
        return value if value.startswith("s3://") else Path(value)
    root = Path(__file__).resolve().parent.parent
    beside = root / "bundle"
    return beside if beside.exists() else root / "build" / "bundle"


def _switch(name: str, value: str) -> bool:
    if value not in {"true", "false"}:
        raise SettingError(f"{name} is {value!r}; it can be true or false")
    return value == "true"


def _origins(name: str, value: str) -> tuple[str, ...]:
    origins = tuple(origin.strip() for origin in value.split(",") if origin.strip())
    for origin in origins:
        if origin != "*" and not _is_origin(origin):
            raise SettingError(f"{name} has {origin!r}; an origin is written like https://example.com, without a path")
    return origins


def _is_origin(text: str) -> bool:
    scheme, separator, host = text.partition("://")
    return bool(separator and scheme.isalpha() and host and not set(host) & set("/?# ")) and text == text.lower()


def _namespace(name: str, value: str) -> str:
    if value and not re.fullmatch(r"(?!AWS/)[\w./#:-]{1,255}", value, re.ASCII):
        raise SettingError(f"{name} is {value!r}; a namespace is written like Thaw or team/thaw, and is none of AWS's")
    return value


def _share(name: str, value: str) -> float:
    if not re.fullmatch(r"0|1|0?\.\d+|1\.0+", value, re.ASCII):
        raise SettingError(f"{name} is {value!r}; a share is a number from 0 to 1")
    return float(value)


def _queue(name: str, value: str) -> str:
    if value and not value.startswith(("https://", "http://")):
        raise SettingError(f"{name} is {value!r}; it can be the URL of a queue")
    return value


def _results(name: str, value: str) -> str:
    if value.startswith("s3://") and value.strip("/") != "s3:":
        return value
    if value and not value.startswith(("https://", "http://")):
        raise SettingError(f"{name} is {value!r}; it can be the URL of a queue, or s3://bucket/prefix")
    return value


class Setting(NamedTuple):
    """A row of the table: the field it sets, what reads it, its value where it is not set, what it is in words."""

    field: str
    read: Callable[[str, str], Any]
    default: str
    what: str


SETTINGS = {
    "THAW_BUNDLE": Setting("bundle", _folder, "", "a folder, or s3://bucket/prefix"),
    "THAW_CAPTURE": Setting("capture", _share, "0", "a share from 0 to 1"),
    "THAW_CORS_ORIGINS": Setting("cors_origins", _origins, "", "origins of pages"),
    "THAW_DEAD_LETTERS": Setting("dead_letters", _queue, "", "a queue's URL"),
    "THAW_LOG_INPUT": Setting("log_input", _switch, "false", "true or false"),
    "THAW_METRICS": Setting("metrics", _namespace, "", "a namespace in CloudWatch"),
    "THAW_RESULTS": Setting("results", _results, "", "a queue's URL, or s3://bucket/prefix"),
    "THAW_TOKEN": Setting("token", lambda _name, value: value, "", "a token, or a secret's ARN"),
}


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises:
        SettingError: a `THAW_*` name is not one of those above, or a value is not one of those allowed.
    """
    unknown = [name for name in environment if name.startswith("THAW_") and name not in SETTINGS]
    if unknown:
        there_are = ", ".join(f"{name} ({setting.what})" for name, setting in SETTINGS.items())
        raise SettingError(f"{min(unknown)} is not a setting; there are {there_are}")
    return read(environment)


def read(environment: Mapping[str, str]) -> Settings:
    """The same, whatever else there is: for what was started with settings that were read before.

    Raises:
        SettingError: a value is not one of those allowed.
    """
    return Settings(
        **{
            setting.field: setting.read(name, environment.get(name, setting.default))
            for name, setting in SETTINGS.items()
        }
    )
