"""The `THAW_*` environment variables, read once at start; an unknown name or an invalid value is an error."""

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from handler.errors import SettingError
from handler.files import AnyPath


def _own_bundle() -> str:
    root = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    beside = os.path.join(root, "bundle")
    return beside if os.path.exists(beside) else os.path.join(root, "build", "bundle")


class Settings(msgspec.Struct, frozen=True):
    """The settings of a service.

    Attributes:
        bundle: folder or S3 URI of the bundle; by default `bundle/` beside `handler/`, else `build/bundle`.
        base_path: what precedes every route in a path, such as `/ml`; empty for nothing.
        log_input: whether logs may contain requests and a model's own error messages.
        cors_origins: origins whose pages may read responses; `*` allows all.
        metrics: CloudWatch namespace of the metrics; empty for no metrics.
        capture: share of predictions whose input and output are logged, from 0 to 1.
        results: where results of queue messages go: a queue's URL or `s3://bucket/prefix`.
        large_results: `s3://bucket/prefix` for results that are too large for a message of the results queue.
        dead_letters: URL of the queue for messages that cannot be scored.
        token: bearer token for the model's endpoint, or the ARN of the secret that holds it.
        timeout: seconds that the web service may take for a request.
    """

    bundle: AnyPath = msgspec.field(default_factory=_own_bundle)
    base_path: str = ""
    log_input: bool = False
    cors_origins: tuple[str, ...] = ()
    metrics: str = ""
    capture: float = 0.0
    results: str = ""
    large_results: str = ""
    dead_letters: str = ""
    token: str = ""
    timeout: float = 29.0


def _bundle(_name: str, value: str) -> str:
    return value or _own_bundle()


def _base_path(name: str, value: str) -> str:
    if value.strip("/") and not re.fullmatch(r"(/[\w.~%@:+-]+)+/?", value, re.ASCII):
        raise SettingError(f"{name} is {value!r}; expected a path such as /ml")
    return value.rstrip("/")


def _switch(name: str, value: str) -> bool:
    if value not in {"true", "false"}:
        raise SettingError(f"{name} is {value!r}; expected true or false")
    return value == "true"


def _origins(name: str, value: str) -> tuple[str, ...]:
    origins = tuple(origin.strip() for origin in value.split(",") if origin.strip())
    for origin in origins:
        if origin != "*" and not _is_origin(origin):
            raise SettingError(f"{name} contains {origin!r}; expected an origin such as https://example.com, no path")
    return origins


def _is_origin(text: str) -> bool:
    scheme, separator, host = text.partition("://")
    return bool(separator and scheme.isalpha() and host and not set(host) & set("/?# ")) and text == text.lower()


def _namespace(name: str, value: str) -> str:
    if value and not re.fullmatch(r"(?!AWS/)[\w./#:-]{1,255}", value, re.ASCII):
        raise SettingError(f"{name} is {value!r}; expected a namespace such as Thaw or team/thaw, not under AWS/")
    return value


def _share(name: str, value: str) -> float:
    if not re.fullmatch(r"0|1|0?\.\d+|1\.0+", value, re.ASCII):
        raise SettingError(f"{name} is {value!r}; expected a number from 0 to 1")
    return float(value)


def _queue(name: str, value: str) -> str:
    if value and not value.startswith(("https://", "http://")):
        raise SettingError(f"{name} is {value!r}; expected a queue's URL")
    return value


def _s3_uri(name: str, value: str) -> str:
    if value and not _is_s3_uri(value):
        raise SettingError(f"{name} is {value!r}; expected s3://bucket/prefix")
    return value


def _results(name: str, value: str) -> str:
    if value and not _is_s3_uri(value) and not value.startswith(("https://", "http://")):
        raise SettingError(f"{name} is {value!r}; expected a queue's URL or s3://bucket/prefix")
    return value


def _is_s3_uri(value: str) -> bool:
    return value.startswith("s3://") and value.strip("/") != "s3:"


def _text(_name: str, value: str) -> str:
    return value


def _seconds(name: str, value: str) -> float:
    if not re.fullmatch(r"\d{1,4}(\.\d+)?", value, re.ASCII) or not float(value):
        raise SettingError(f"{name} is {value!r}; expected a number of seconds above 0")
    return float(value)


class Setting(NamedTuple):
    """A row of SETTINGS: the field of Settings, its parser, and the values that the variable takes."""

    field: str
    parse: Callable[[str, str], Any]
    values: str


SETTINGS = {
    "THAW_BASE_PATH": Setting("base_path", _base_path, "a path such as /ml"),
    "THAW_BUNDLE": Setting("bundle", _bundle, "a folder or s3://bucket/prefix"),
    "THAW_CAPTURE": Setting("capture", _share, "a share from 0 to 1"),
    "THAW_CORS_ORIGINS": Setting("cors_origins", _origins, "origins, separated by commas"),
    "THAW_DEAD_LETTERS": Setting("dead_letters", _queue, "a queue's URL"),
    "THAW_LARGE_RESULTS": Setting("large_results", _s3_uri, "s3://bucket/prefix"),
    "THAW_LOG_INPUT": Setting("log_input", _switch, "true or false"),
    "THAW_METRICS": Setting("metrics", _namespace, "a CloudWatch namespace"),
    "THAW_RESULTS": Setting("results", _results, "a queue's URL or s3://bucket/prefix"),
    "THAW_TIMEOUT": Setting("timeout", _seconds, "seconds"),
    "THAW_TOKEN": Setting("token", _text, "a token or a secret's ARN"),
}


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Parse all settings; an unknown `THAW_*` name is an error.

    Raises:
        SettingError: a name is unknown or a value is invalid.
    """
    unknown = [name for name in environment if name.startswith("THAW_") and name not in SETTINGS]
    if unknown:
        known = ", ".join(f"{name} ({setting.values})" for name, setting in SETTINGS.items())
        raise SettingError(f"{min(unknown)} is not a setting; the settings are {known}")
    return parse(environment)


def parse(environment: Mapping[str, str]) -> Settings:
    """Parse all settings and ignore unknown names, for child processes of a process that has checked them.

    Raises:
        SettingError: a value is invalid.
    """
    return Settings(
        **{
            setting.field: setting.parse(name, environment[name])
            for name, setting in SETTINGS.items()
            if name in environment
        }
    )
