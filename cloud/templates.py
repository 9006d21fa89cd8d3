"""Make the templates of functions elsewhere from template.yaml, whose function is this repository's image."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import yaml

from model.process import ROOT

TEMPLATE = ROOT / "template.yaml"
CHECK = ROOT / "deploy" / "check" / "check.py"
HANDLER = "handler.app.handler"

_FUNCTIONS = ("Thaw", "Bulk")
_ONLY_HERE = "PredictFn"  # an argument of this repository's Dockerfile


class Code(NamedTuple):
    """Where a template's functions have their code, in YAML.

    Attributes:
        kind: what the function is, for the template's description.
        metadata: the attribute `Metadata`, by which SAM builds the function; empty if it is built already.
        properties: the properties that say where the code is.
    """

    kind: str
    metadata: str
    properties: str


def image_of_sam() -> Code:
    """Return the code of an image that `sam build` makes from the Dockerfile beside the template."""
    return Code(
        "a container image", "Dockerfile: Dockerfile\nDockerContext: .\nDockerTag: latest", "PackageType: Image"
    )


def image_at(address: str) -> Code:
    """Return the code of an image in a registry."""
    return Code("a container image", "", f"PackageType: Image\nImageUri: {address}")


def zip_of_sam(python: str) -> Code:
    """Return the code of a zip that `sam build` makes with the Makefile beside the template."""
    return Code("a zip", "BuildMethod: makefile", _zip_properties(".", python))


def zip_at(address: str, python: str) -> Code:
    """Return the code of a zip.

    Args:
        address: `s3://bucket/key`, or a path relative to the template.
        python: the runtime's version, such as `3.13`.
    """
    return Code("a zip", "", _zip_properties(address, python))


def _zip_properties(address: str, python: str) -> str:
    return f"CodeUri: {address}\nHandler: {HANDLER}\nRuntime: python{python}"


def make(code: Code) -> str:
    """Return the template of functions with that code, as YAML."""
    source = _indent(CHECK.read_text(encoding="utf-8").rstrip())
    entries = {
        ("Parameters", _ONLY_HERE): "",
        ("Resources", "Check", "Metadata"): "",
        ("Resources", "Check", "Properties", "CodeUri"): f"InlineCode: |\n{source}",
        ("Resources", "Check", "Properties", "Handler"): "Handler: index.handler",
    }
    for name in _FUNCTIONS:
        entries["Resources", name, "Properties", "PackageType"] = code.properties
        entries["Resources", name, "Metadata"] = code.metadata and f"Metadata:\n{_indent(code.metadata)}"
    text = _replace(TEMPLATE.read_text(encoding="utf-8"), entries)
    text = re.sub(rf"\n *- Label: .*\n *Parameters: \[{_ONLY_HERE}\]", "", text)
    return text.replace("from a container image", f"from {code.kind}")


def make_json(code: Code) -> str:
    """Return the same template as JSON, as CloudFormation takes it: it expands no anchors of YAML."""
    return json.dumps(parse(make(code)), indent=1)


def parameters() -> dict[str, Any]:
    """Return the section `Parameters` of the templates that `make` returns."""
    declared: dict[str, Any] = parse(TEMPLATE.read_text(encoding="utf-8"))["Parameters"]
    return {name: one for name, one in declared.items() if name != _ONLY_HERE}


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


def parse(text: str) -> dict[str, Any]:
    """Return a template with the long forms of CloudFormation's functions."""
    template: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    return template


def _replace(text: str, entries: Mapping[tuple[str, ...], str]) -> str:
    """Replace entries of YAML mappings, each by a block with its new key; all other lines stay as they are.

    Args:
        text: the document.
        entries: new blocks by the path of the entry; an empty block removes it.

    Raises:
        KeyError: the document lacks an entry.
    """
    document = yaml.compose(text, _Loader)
    marks = {path: _key(document, path).start_mark for path in entries}
    lines = text.splitlines(keepends=True)
    for path in sorted(entries, key=lambda path: -marks[path].line):  # the lines above keep their numbers
        first, column = marks[path].line, marks[path].column
        last = first + 1
        while last < len(lines) and re.match(rf" {{{column + 1},}}\S", lines[last]):
            last += 1
        lines[first:last] = [f"{line}\n" for line in _indent(entries[path], column).splitlines()]
    return "".join(lines)


def _key(node: Any, path: tuple[str, ...]) -> yaml.Node:
    """Return the node of an entry's key."""
    for name in path:
        found = {key.value: (key, value) for key, value in node.value}
        key, node = found[name]
    return key  # type: ignore[no-any-return]


def _indent(block: str, by: int = 2) -> str:
    return "\n".join(f"{' ' * by}{line}" if line else "" for line in block.splitlines())
