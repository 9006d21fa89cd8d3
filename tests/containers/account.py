"""A stand-in for an AWS account: `account.py PORT REGISTRY [URL]` runs moto's server with extensions.

moto's CloudFormation does not support SAM, so templates are translated first. It also lacks aliases, CodeDeploy and
HTTP APIs, so these resources and references to them are removed, and the output `Url` is URL where that is given.
Images go to a registry on this machine.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from moto.cloudformation.models import ChangeSet, CloudFormationBackend
from moto.cloudformation.parsing import get_model_map
from moto.core.responses import ActionResult
from moto.ecr.models import ECRBackend, Repository
from moto.ecr.responses import ECRResponse
from moto.server import main

ROOT = Path(__file__).resolve().parents[2]


def remove_unsupported(template: dict[str, Any], parameters: dict[str, str]) -> dict[str, Any]:
    """Return a template without the resources that moto does not support, and without references to them.

    When a stack is updated, moto also reads resources whose condition is false, so these are removed too.
    """
    values = {name: one.get("Default", "") for name, one in template["Parameters"].items()} | parameters
    resources = {
        name: resource
        for name, resource in template["Resources"].items()
        if "Condition" not in resource or holds({"Condition": resource["Condition"]}, template["Conditions"], values)
    }
    made = get_model_map()
    left_out = {name for name, resource in resources.items() if resource["Type"] not in made}
    left_out |= template["Resources"].keys() - resources.keys()
    while more := {name for name in resources.keys() - left_out if refers(resources[name], left_out)}:
        left_out |= more
    kept = {name: resource for name, resource in resources.items() if name not in left_out}
    outputs = {name: one for name, one in template.get("Outputs", {}).items() if not refers(one, left_out)}
    if len(sys.argv) > 3:
        outputs |= {name: {"Value": value} for name, value in {"Url": sys.argv[3], "Curl": "curl -d '{}' URL"}.items()}
    return template | {"Resources": unconditional(kept), "Outputs": outputs}


def holds(condition: Any, named: dict[str, Any], values: dict[str, str]) -> Any:  # noqa: PLR0911
    """Return the value of a condition, or of a part of one (User Guide, "Condition functions")."""

    def value(part: Any) -> Any:
        return holds(part, named, values)

    match condition:
        case {"Condition": name}:
            return value(named[name])
        case {"Ref": name}:
            return str(values[name])
        case {"Fn::Equals": [one, other]}:
            return str(value(one)) == str(value(other))
        case {"Fn::Not": [one]}:
            return not value(one)
        case {"Fn::And": parts}:
            return all(map(value, parts))
        case {"Fn::Or": parts}:
            return any(map(value, parts))
        case {"Fn::Join": [separator, parts]}:
            joined = value(parts)
            return joined if isinstance(joined, str) else separator.join(map(value, joined))
    return condition


def unconditional(part: Any) -> Any:
    """Return a part of a template without conditional list elements, which moto replaces by null."""
    if isinstance(part, dict):
        return {name: inner if name == "Fn::If" else unconditional(inner) for name, inner in part.items()}
    if isinstance(part, list):
        return [unconditional(inner) for inner in part if not (isinstance(inner, dict) and "Fn::If" in inner)]
    return part


def refers(part: Any, names: set[str]) -> bool:
    """Return whether a part of a template refers to one of the resources."""
    match part:
        case {"Ref": name}:
            return name in names
        case {"Fn::GetAtt": [name, *_]}:
            return name in names
        case {"Fn::Sub": text}:
            return any(f"${{{name}" in str(text) for name in names)
        case dict():
            return any(refers(inner, names) for inner in part.values())
        case list():
            return any(refers(inner, names) for inner in part)
    return False


def translate(template: str, parameters: dict[str, str]) -> str:
    """Return a template as SAM's macro expands it, without resources that moto does not support."""
    if "AWS::Serverless::" not in template:
        return template
    pairs = [f"{name}={value}" for name, value in parameters.items()]
    command: list[str | Path] = [ROOT / ".venv-sam" / "bin" / "python", ROOT / "tests" / "translate.py", "", *pairs]
    done = subprocess.run(command, input=template, capture_output=True, text=True, check=True)
    return json.dumps(remove_unsupported(json.loads(done.stdout), parameters))


create = CloudFormationBackend.create_change_set


def create_change_set(self: CloudFormationBackend, *names: Any, **options: Any) -> Any:
    """Create a change set of the translated template. moto keeps lists, and takes texts alone."""
    given = {
        name: ",".join(value) if isinstance(value, list) else value for name, value in options["parameters"].items()
    }
    return create(self, *names, **options | {"template": translate(options["template"], given), "parameters": given})


apply = ChangeSet.apply


def apply_change_set(self: ChangeSet) -> None:
    """Apply a change set, and give the stack its outputs and its description too."""
    apply(self)
    self.stack.template_dict = self.template_dict
    self.stack.output_map = self.stack._create_output_map()  # noqa: SLF001 - moto forgets it


def get_authorization_token(_: ECRResponse) -> ActionResult:
    """Return a token for the registry on this machine, which does not check it."""
    token = {"authorizationToken": "QVdTOng=", "expiresAt": 2e9, "proxyEndpoint": f"http://{sys.argv[2]}"}
    return ActionResult({"authorizationData": [token]})


create_repository = ECRBackend.create_repository


def create_repository_here(self: ECRBackend, *names: Any, **options: Any) -> Repository:
    """Create a repository whose address is that of the registry on this machine."""
    made = create_repository(self, *names, **options)
    made.uri = f"{sys.argv[2]}/{made.name}"
    return made


ECRBackend.create_repository = create_repository_here  # type: ignore[method-assign]
ChangeSet.apply = apply_change_set  # type: ignore[method-assign]
CloudFormationBackend.create_change_set = create_change_set  # type: ignore[method-assign]
ECRResponse.get_authorization_token = get_authorization_token  # type: ignore[assignment, method-assign]
main(["--port", sys.argv[1]])
