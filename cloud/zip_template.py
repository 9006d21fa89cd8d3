"""Make the template of a function in a zip from template.yaml, whose function is in a container image."""

import json
from pathlib import Path
from typing import Any

import yaml

from model.process import ROOT

TEMPLATE = ROOT / "template.yaml"
CHECK = ROOT / "deploy" / "check" / "check.py"

_OF_IMAGES = ("PackageType", "ImageUri", "ImageConfig")
_ONLY_FOR_IMAGES = ("PredictFn",)  # parameters


class _Loader(yaml.SafeLoader):
    """Reads the short forms of CloudFormation's functions as the long ones."""


def _read_function(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    """Return `{"Fn::Sub": ...}` for `!Sub ...` (AWS CloudFormation User Guide, "Intrinsic function reference")."""
    value: Any
    match node:
        case yaml.ScalarNode():
            value = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            value = loader.construct_mapping(node, deep=True)
        case _:
            raise TypeError(node)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    return {f"Fn::{suffix}": value.split(".", 1) if suffix == "GetAtt" and isinstance(value, str) else value}


_Loader.add_multi_constructor("!", _read_function)


def read(file: Path = TEMPLATE) -> dict[str, Any]:
    """Return a template with the long forms of CloudFormation's functions."""
    template: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader
    return template


def parameters() -> dict[str, Any]:
    """Return the section `Parameters` of the template that `make` returns."""
    return _without_images(read()["Parameters"])


def _without_images(declared: dict[str, Any]) -> dict[str, Any]:
    """Return a section `Parameters` without those that only images have."""
    return {name: one for name, one in declared.items() if name not in _ONLY_FOR_IMAGES}


def make(code: str, python: str) -> str:
    """Return the template as JSON.

    Args:
        code: `s3://bucket/key` or the path of the zip.
        python: the runtime's version, such as `3.13`.
    """
    template = read()
    template["Parameters"] = _without_images(template["Parameters"])
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    for group in groups:
        group["Parameters"] = [name for name in group["Parameters"] if name not in _ONLY_FOR_IMAGES]
    template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"] = [
        one for one in groups if one["Parameters"]
    ]
    template["Description"] = template["Description"].replace("from a container image", "from a zip")
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if properties.get("PackageType") == "Image":
            kept = {name: value for name, value in properties.items() if name not in _OF_IMAGES}
            resource["Properties"] = {
                "CodeUri": code,
                "Handler": "handler.app.handler",
                "Runtime": f"python{python}",
            } | kept
            resource.pop("Metadata", None)
    check = template["Resources"]["Check"]
    del check["Metadata"], check["Properties"]["CodeUri"]
    check["Properties"] |= {"InlineCode": CHECK.read_text(encoding="utf-8"), "Handler": "index.handler"}
    return json.dumps(template, indent=1)
