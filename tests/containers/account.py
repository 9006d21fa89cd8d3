"""Serves as an account of AWS for `sam deploy`: `account.py PORT REGISTRY`, moto's server with what that lacks.

Its CloudFormation knows no SAM, so templates are translated before; no aliases, CodeDeploy and HTTP APIs, so they and
what refers to them are left out. Its ECR names no registry that takes an image, so images go to one on this machine.
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


def known(template: dict[str, Any]) -> dict[str, Any]:
    """A template without the resources that moto does not make, and without what refers to one of those."""
    resources = template["Resources"]
    made = get_model_map()
    left_out = {name for name, resource in resources.items() if resource["Type"] not in made}
    while more := {name for name in resources.keys() - left_out if refers(resources[name], left_out)}:
        left_out |= more
    kept = {name: resource for name, resource in resources.items() if name not in left_out}
    outputs = {name: one for name, one in template.get("Outputs", {}).items() if not refers(one, left_out)}
    return template | {"Resources": unconditional(kept), "Outputs": outputs}


def unconditional(part: Any) -> Any:
    """The same without elements of lists that only some parameters put there: moto leaves null in their places."""
    if isinstance(part, dict):
        return {name: inner if name == "Fn::If" else unconditional(inner) for name, inner in part.items()}
    if isinstance(part, list):
        return [unconditional(inner) for inner in part if not (isinstance(inner, dict) and "Fn::If" in inner)]
    return part


def refers(part: Any, names: set[str]) -> bool:
    """Whether a part of a template names a resource."""
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


def translated(template: str, parameters: dict[str, str]) -> str:
    """A template as CloudFormation gets it from the macro of SAM, as far as moto makes it."""
    if "AWS::Serverless::" not in template:
        return template
    given = [f"{name}={value}" for name, value in parameters.items()]
    command = [ROOT / ".venv-sam" / "bin" / "python", ROOT / "tests" / "translate.py", "", *given]
    done = subprocess.run(command, input=template, capture_output=True, text=True, check=True)
    return json.dumps(known(json.loads(done.stdout)))


create = CloudFormationBackend.create_change_set


def create_change_set(self: CloudFormationBackend, *names: Any, **given: Any) -> Any:
    """A change set of what SAM's macro gives."""
    return create(self, *names, **given | {"template": translated(given["template"], given["parameters"])})


def get_authorization_token(_: ECRResponse) -> ActionResult:
    """A token for the registry on this machine, which asks for none."""
    token = {"authorizationToken": "QVdTOng=", "expiresAt": 2e9, "proxyEndpoint": f"http://{sys.argv[2]}"}
    return ActionResult({"authorizationData": [token]})


CloudFormationBackend.create_change_set = create_change_set  # type: ignore[method-assign]
ECRResponse.get_authorization_token = get_authorization_token  # type: ignore[method-assign]
main(["--port", sys.argv[1]])
