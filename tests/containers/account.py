"""A stand-in for an AWS account, for `sam deploy`: `account.py PORT REGISTRY` runs moto's server with extensions.

moto's CloudFormation does not support SAM, so templates are translated first. It also lacks aliases, CodeDeploy and
HTTP APIs, so these resources and references to them are removed. Images go to a registry on this machine.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from moto.cloudformation.models import CloudFormationBackend
from moto.cloudformation.parsing import get_model_map
from moto.core.responses import ActionResult
from moto.ecr.responses import ECRResponse
from moto.server import main

ROOT = Path(__file__).resolve().parents[2]


def remove_unsupported(template: dict[str, Any]) -> dict[str, Any]:
    """Return a template without the resources that moto does not support, and without references to them."""
    resources = template["Resources"]
    made = get_model_map()
    left_out = {name for name, resource in resources.items() if resource["Type"] not in made}
    while more := {name for name in resources.keys() - left_out if refers(resources[name], left_out)}:
        left_out |= more
    kept = {name: resource for name, resource in resources.items() if name not in left_out}
    outputs = {name: one for name, one in template.get("Outputs", {}).items() if not refers(one, left_out)}
    return template | {"Resources": unconditional(kept), "Outputs": outputs}


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
    return json.dumps(remove_unsupported(json.loads(done.stdout)))


create = CloudFormationBackend.create_change_set


def create_change_set(self: CloudFormationBackend, *names: Any, **options: Any) -> Any:
    """Create a change set of the translated template."""
    return create(self, *names, **options | {"template": translate(options["template"], options["parameters"])})


def get_authorization_token(_: ECRResponse) -> ActionResult:
    """Return a token for the registry on this machine, which does not check it."""
    token = {"authorizationToken": "QVdTOng=", "expiresAt": 2e9, "proxyEndpoint": f"http://{sys.argv[2]}"}
    return ActionResult({"authorizationData": [token]})


CloudFormationBackend.create_change_set = create_change_set  # type: ignore[method-assign]
ECRResponse.get_authorization_token = get_authorization_token  # type: ignore[assignment, method-assign]
main(["--port", sys.argv[1]])
