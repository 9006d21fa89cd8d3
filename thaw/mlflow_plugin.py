"""The deployment target `lambda` of MLflow: `mlflow deployments create -t lambda --name NAME -m MODEL`.

It runs in the process of a person's own MLflow, so that it imports MLflow alone and calls the command `thaw`
(MLflow documentation, "Deployment plugins"; `mlflow.deployments.BaseDeploymentClient`).
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

from mlflow.deployments import BaseDeploymentClient, PredictionsResponse
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST

FLAVOR = "python_function"

OPTIONS = {
    "backend": "--backend",
    "bucket": "--bucket",
    "model_name": "--model-name",
    "predict_fn": "--predict-fn",
    "runtime_python": "--runtime-python",
}
"""Keys of a configuration that are options of `thaw deploy`; all others are parameters of the template."""

SWITCHES = {"quantize": {"true": "--quantize", "false": "--no-quantize"}}
"""Keys that are options without a value, by what is given: a boolean, or its name where it comes from `-C`."""

PARAMETERS = {"memory": "MemorySize"}
"""Short names of parameters. Others are the template's: `MemorySize`, or `memory_size`."""

_ENDPOINTS = "the target lambda has no endpoints: each deployment has a URL of its own"


class LambdaDeploymentClient(BaseDeploymentClient):  # type: ignore[misc]
    """Deploys models to AWS Lambda, in the account and the region of the environment."""

    def create_deployment(
        self,
        name: str,
        model_uri: str,
        flavor: str | None = None,
        config: Mapping[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> dict[str, Any]:
        """Build, prove and deploy a model; return the deployment's `name`, `flavor` and `url`.

        Args:
            name: of the deployment, a CloudFormation stack.
            model_uri: a directory, or a URI such as `models:/name@alias`.
            flavor: `python_function`, if given.
            config: options and parameters by name.
            endpoint: not supported.

        Raises:
            MlflowException: an argument is wrong, the deployment exists, or `thaw deploy` fails.
        """
        if any(one["name"] == name for one in self.list_deployments()):
            raise MlflowException(
                f"the deployment {name} exists: update it, or delete it first", INVALID_PARAMETER_VALUE
            )
        return self.update_deployment(name, model_uri, flavor, config, endpoint)

    def update_deployment(
        self,
        name: str,
        model_uri: str | None = None,
        flavor: str | None = None,
        config: Mapping[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> dict[str, Any]:
        """Deploy another model or other parameters; as `create_deployment`."""
        _refuse_endpoint(endpoint)
        if flavor not in (None, FLAVOR):
            raise MlflowException(f"the flavor {flavor} cannot be deployed: use {FLAVOR}", INVALID_PARAMETER_VALUE)
        if model_uri is None:
            raise MlflowException("name the model to deploy, with -m or model_uri", INVALID_PARAMETER_VALUE)
        answer = json.loads(_thaw("deploy", model_uri, "--name", name, "--json", *arguments(config or {})))
        return {"name": name, "flavor": FLAVOR, "url": answer["url"]}

    def delete_deployment(
        self,
        name: str,
        config: Mapping[str, Any] | None = None,  # noqa: ARG002
        endpoint: str | None = None,
    ) -> None:
        """Delete a deployment and its uploads; nothing happens if there is none."""
        _refuse_endpoint(endpoint)
        if any(one["name"] == name for one in self.list_deployments()):
            _thaw("delete", "--name", name, "--yes")

    def list_deployments(self, endpoint: str | None = None) -> list[dict[str, Any]]:
        """Return the region's deployments, each with `name`, `model`, `release`, `status` and `url`."""
        _refuse_endpoint(endpoint)
        found: list[dict[str, Any]] = json.loads(_thaw("list", "--json"))
        return found

    def get_deployment(self, name: str, endpoint: str | None = None) -> dict[str, Any]:
        """Return one of `list_deployments`.

        Raises:
            MlflowException: there is none of that name.
        """
        for one in self.list_deployments(endpoint):
            if one["name"] == name:
                return one
        raise MlflowException(f"there is no deployment {name} in this region", RESOURCE_DOES_NOT_EXIST)

    def predict(self, deployment_name: str | None = None, inputs: Any = None, endpoint: str | None = None) -> Any:
        """Return the predictions for a pandas.DataFrame, a numpy.ndarray, a list or a dict, as MLflow's server does.

        Raises:
            MlflowException: the deployment does not exist, or rejects the inputs.
        """
        return PredictionsResponse.from_json(_ask(deployment_name, inputs, endpoint))

    def explain(self, deployment_name: str | None = None, df: Any = None, endpoint: str | None = None) -> Any:
        """Return an explanation for each row of what `predict` takes, as a list: one object for each margin of a row.

        Raises:
            MlflowException: the deployment does not exist, rejects the inputs, or its model has no explanations.
        """
        return json.loads(_ask(deployment_name, df, endpoint, "--explain"))["explanations"]


def _ask(name: str | None, inputs: Any, endpoint: str | None, *options: str) -> str:
    """Return the response of a deployment to inputs, as `thaw predict` prints it."""
    _refuse_endpoint(endpoint)
    if name is None:
        raise MlflowException("name the deployment", INVALID_PARAMETER_VALUE)
    return _thaw("predict", "-", "--name", name, *options, body=json.dumps(_as_body(inputs), default=str))


def run_local(
    target: str,  # noqa: ARG001
    name: str,
    model_uri: str,
    flavor: str | None = None,  # noqa: ARG001
    config: Mapping[str, Any] | None = None,
) -> None:
    """Serve a model on this machine until Ctrl-C; `config` may have `port`."""
    port = str((config or {}).get("port", 8080))
    command = [*_COMMAND, "run", model_uri, "--model-name", name, "--port", port]
    if code := subprocess.run(command, check=False).returncode:
        raise MlflowException(f"thaw run failed with exit code {code}: see its last line")


def target_help() -> str:
    """Return what `mlflow deployments help -t lambda` prints."""
    return f"""
The target lambda deploys a model to AWS Lambda behind an HTTPS API, as a zip, in the account and the region of
the environment (AWS_PROFILE, AWS_DEFAULT_REGION).

    mlflow deployments create -t lambda --name fraud -m models:/fraud@champion -C memory=512 -C Access=Public
    mlflow deployments predict -t lambda --name fraud -I rows.json

-C takes {", ".join(OPTIONS)} and every parameter of the template, such as MemorySize or memory_size;
`thaw deploy --help` and the documentation list them. run-local takes -C port=8080.
"""


_COMMAND = (sys.executable, "-I", "-m", "thaw")  # -I: not from the working directory


def _thaw(*words: str, body: str = "") -> str:
    """Run a command; return what it printed to stdout. What it prints to stderr is shown as it comes.

    Raises:
        MlflowException: it failed; with its error.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as output:
        given.write(body.encode())
        given.seek(0)
        said = []
        with subprocess.Popen(
            [*_COMMAND, *words], stdin=given, stdout=output, stderr=subprocess.PIPE, text=True
        ) as running:
            for line in running.stderr or ():
                said.append(line.strip())
                print(line, end="", file=sys.stderr)
        if running.returncode:
            last = said[-1] if said else f"thaw {words[0]} failed with exit code {running.returncode}"
            raise MlflowException(last.removeprefix("error: "), INVALID_PARAMETER_VALUE)
        output.seek(0)
        return output.read().decode()


def arguments(config: Mapping[str, Any]) -> list[str]:
    """Return a configuration as arguments of `thaw deploy`, which checks their names and values."""
    options = [f"{OPTIONS[name]}={value}" for name, value in config.items() if name in OPTIONS]
    options += [_switch(name, value) for name, value in config.items() if name in SWITCHES]
    parameters = {name: value for name, value in config.items() if name not in OPTIONS.keys() | SWITCHES}
    return options + [f"{_parameter(name)}={value}" for name, value in parameters.items()]


def _switch(name: str, value: Any) -> str:
    said = str(value).lower()
    if said not in SWITCHES[name]:
        raise MlflowException(f"{name} is true or false, not {value}", INVALID_PARAMETER_VALUE)
    return SWITCHES[name][said]


def _parameter(name: str) -> str:
    """Return a parameter's name in the template."""
    if name in PARAMETERS:
        return PARAMETERS[name]
    return name if not re.fullmatch(r"[a-z0-9_]+", name) else "".join(part.capitalize() for part in name.split("_"))


def _as_body(inputs: Any) -> dict[str, Any]:
    """Return inputs as a body of MLflow's scoring protocol."""
    if hasattr(inputs, "to_dict"):
        split = inputs.to_dict(orient="split")
        return {"dataframe_split": {"columns": split["columns"], "data": split["data"]}}
    if isinstance(inputs, dict):
        return {"inputs": {name: _plain(value) for name, value in inputs.items()}}
    return {"inputs": _plain(inputs)}


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


def _refuse_endpoint(endpoint: str | None) -> None:
    if endpoint is not None:
        raise MlflowException(_ENDPOINTS, INVALID_PARAMETER_VALUE)
