"""Parameters of the template: what a person gives on the command line, checked before anything is built."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cloud.account import CloudError
from handler.bundle import read_unchecked_manifest


def parse(pairs: Sequence[str], declared: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return values by name from `NAME=VALUE`, checked as CloudFormation does (User Guide, "Parameters").

    Args:
        pairs: what the person gave.
        declared: the template's section `Parameters`.

    Raises:
        CloudError: a name is not declared, or a value is not allowed.
    """
    values: dict[str, str] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or name not in declared:
            close = get_close_matches(name, declared, 1) or sorted(declared)
            raise CloudError(
                f"{pair} is not a parameter of the stack: write NAME=VALUE with {' or '.join(close)} as NAME"
            )
        if reason := _refusal(value, declared[name]):
            raise CloudError(f"{name}={value} is not allowed: {reason}")
        values[name] = value
    return values


def _refusal(value: str, declared: Mapping[str, Any]) -> str | None:
    """Return why a declared parameter cannot have a value; None if it can."""
    if allowed := [str(one) for one in declared.get("AllowedValues", [])]:
        return None if value in allowed else f"it is one of {', '.join(allowed)}"
    if pattern := declared.get("AllowedPattern"):
        return None if re.fullmatch(pattern, value) else str(declared.get("ConstraintDescription", pattern))
    if declared["Type"] == "Number":
        low, high = (
            float(declared.get(name, default)) for name, default in (("MinValue", "-inf"), ("MaxValue", "inf"))
        )
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) or not low <= float(value) <= high:
            return f"it is a number from {low:.0f}" + (f" to {high:.0f}" if high < float("inf") else " on")
    return None


def with_snap_start(parameters: Sequence[str], bundle: Path) -> list[str]:
    """Return the parameters, with SnapStart if the bundle imports libraries when it starts.

    SnapStart stays off without a bundle, if a parameter says so, or if one asks for what does not go with it.
    """
    named = {parameter.partition("=")[0] for parameter in parameters}
    if named & {"SnapStart", "ProvisionedConcurrency", "EphemeralStorage"} or not (bundle / "manifest.json").is_file():
        return [*parameters]
    slow = read_unchecked_manifest(bundle).backend in ("native", "custom", "pyfunc")
    return [*parameters, *(["SnapStart=true"] if slow else [])]
