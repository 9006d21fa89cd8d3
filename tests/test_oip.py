"""The Open Inference Protocol, tested with its published description and a client generated from it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from inference import Ask, column, tensor
from open_inference.openapi.client import OpenInferenceClient
from open_inference.openapi.core.api_error import ApiError
from open_inference.openapi.types import InferenceRequest, RequestInput, RequestOutput
from serving import serving
from zoo.case import Case

from handler import __version__
from handler.core import Core
from handler.message import Request
from handler.settings import Settings
from model import mlmodel
from model.build import candidates
from model.build.candidates import Candidate

TYPES: dict[str, tuple[str, list[Any]]] = {
    "boolean": ("BOOL", [True, False]),
    "integer": ("INT32", [1, -2]),
    "long": ("INT64", [2**62, -1]),
    "float": ("FP32", [0.5, -1.5]),
    "double": ("FP64", [0.1, 1e300]),
    "string": ("BYTES", ["a", "ü 日本"]),
    "binary": ("BYTES", ["AA==", ""]),
    "datetime": ("BYTES", ["2026-01-31", "2026-01-31T12:00:00"]),
}


@pytest.fixture(scope="module")
def client(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenInferenceClient]:
    """Yield a client generated from the protocol's description, for the repository's model under uvicorn."""
    with serving(bundle, tmp_path_factory.mktemp("oip") / "log") as service, httpx.Client() as connection:
        yield OpenInferenceClient(base_url=f"http://127.0.0.1:{service.port}", httpx_client=connection)


def test_a_generated_client_can_call_everything(client: OpenInferenceClient, bundle: Path) -> None:
    """The client accepts health, metadata, readiness and predictions, with and without a version."""
    info = json.loads((bundle / "manifest.json").read_text())["model"]
    text = RequestInput(name="text", shape=[2], datatype="BYTES", data=["Aliens!!!", "The council met."])
    request = InferenceRequest(id="42", inputs=[text], outputs=[RequestOutput(name="FakeNewsTrueFalse")])
    client.check_server_liveness()
    client.check_server_readiness()
    client.check_model_readiness(info["name"])
    client.check_model_version_readiness(info["name"], info["version"])

    server = client.read_server_metadata()
    assert ("thaw", __version__) == (server.name, server.version)
    assert info["name"] == client.read_model_metadata(info["name"]).name
    for answer in (
        client.model_infer(info["name"], request=request),
        client.model_version_infer(info["name"], info["version"], request=request),
    ):
        assert ("42", info["name"], info["version"]) == (answer.id, answer.model_name, answer.model_version)
        [output] = answer.outputs
        assert ("FakeNewsTrueFalse", "BOOL", [2]) == (output.name, output.datatype, output.shape)


def test_a_client_gets_its_errors(client: OpenInferenceClient, bundle: Path) -> None:
    """The client gets 404 for an unknown model or version, and 400 with the reason for an invalid request."""
    name = json.loads((bundle / "manifest.json").read_text())["model"]["name"]
    unknown: list[Callable[[], Any]] = [
        lambda: client.read_model_metadata("other"),
        lambda: client.read_model_version_metadata(name, "0"),
    ]
    for wrong in unknown:
        with pytest.raises(ApiError) as missing:
            wrong()
        assert 404 == missing.value.status_code
    lacking = InferenceRequest(inputs=[RequestInput(name="text", shape=[1], datatype="BYTES", data=[1])])
    with pytest.raises(ApiError) as caught:
        client.model_infer(name, request=lacking)
    assert 400 == caught.value.status_code
    assert "expected a string" in str(caught.value.body)


@pytest.mark.parametrize("kind", TYPES)
def test_every_column_type_has_a_datatype(ask_of: Callable[..., Ask], kind: str) -> None:
    """Metadata has each type's datatype, and its values are accepted in shape (rows) or (rows, 1)."""
    datatype, values = TYPES[kind]
    ask = ask_of(column(kind))

    status, found = ask(
        method="GET", path="/v2/models/" + ask(method="GET", path="/v2/models/none")[1]["error"].split("'")[1]
    )
    assert (200, [{"name": "x", "datatype": datatype, "shape": [-1]}]) == (status, found["inputs"])
    for shape, data in (([2], values), ([2, 1], values), ([2, 1], [[value] for value in values])):
        assert 200 == ask({"inputs": [tensor("x", shape, datatype, data)]})[0]


def test_tensors_are_nested_or_flat(ask_of: Callable[..., Ask]) -> None:
    """Flat data in row-major order and nested data get the same output."""
    spec = {"type": "tensor", "name": "x", "tensor-spec": {"dtype": "float32", "shape": [-1, 2, 2]}}
    ask = ask_of(spec)
    flat = ask({"inputs": [tensor("x", [1, 2, 2], "FP32", [1, 2, 3, 4])]})

    assert 200 == flat[0]
    assert flat[1] == ask({"inputs": [tensor("x", [1, 2, 2], "FP32", [[[1, 2], [3, 4]]])]})[1]


@pytest.mark.parametrize(
    ("dtype", "datatype", "values"),
    [
        ("bool", "BOOL", [True, False]),
        *((f"int{bits}", f"INT{bits}", [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]) for bits in (8, 16, 32, 64)),
        *((f"uint{bits}", f"UINT{bits}", [0, 2**bits - 1]) for bits in (8, 16, 32, 64)),
        ("float16", "FP16", [0.5, -65504.0]),
        ("float32", "FP32", [0.5, 2.0**100]),
        ("float64", "FP64", [0.1, 1e300]),
        ("str", "BYTES", ["a", "ü"]),
    ],
)
def test_every_tensor_type_has_a_datatype(
    ask_of: Callable[..., Ask], dtype: str, datatype: str, values: list[Any]
) -> None:
    """A datatype's smallest and largest values reach the model unchanged; values beyond them are refused."""
    ask = ask_of({"type": "tensor", "name": "x", "tensor-spec": {"dtype": dtype, "shape": [-1]}})
    status, answer = ask({"inputs": [tensor("x", [2], datatype, values)]})

    assert 200 == status
    assert [repr((value,)) for value in values] == answer["outputs"][0]["data"]
    if "INT" in datatype:
        assert 400 == ask({"inputs": [tensor("x", [1], datatype, [values[1] + 1])]})[0]


def test_types_without_a_datatype_are_json_in_bytes(ask_of: Callable[..., Ask]) -> None:
    """An object is sent as JSON text, and an error names the wrong part."""
    ask = ask_of({**column("object"), "properties": {"n": {"type": "string", "required": True}}})

    _, answer = ask({"inputs": [tensor("x", [1], "BYTES", ['{"n": "a"}'])]})
    assert ["{'x': {'n': 'a'}}"] == answer["outputs"][0]["data"]
    for text, said in (("{", "expected the text of a JSON value, at $.inputs[0].data[0]"), ('{"n": 1}', "data[0].n")):
        status, problem = ask({"inputs": [tensor("x", [1], "BYTES", [text])]})
        assert (400, True) == (status, said in problem["error"])


def test_a_response_has_the_callers_id_or_the_requests(ask_of: Callable[..., Ask]) -> None:
    """A response has the caller's id, or else the request's id."""
    ask, inputs = ask_of(column("double")), [tensor("x", [1], "FP64", [1])]
    assert ["mine", "an-id"] == [ask({"inputs": inputs, **more})[1]["id"] for more in ({"id": "mine"}, {})]


def test_only_requested_outputs_are_returned(saved: Callable[[str], tuple[Case, Path]], tmp_path: Path) -> None:
    """Outputs come in the requested order; all of them if none is requested."""
    model = mlmodel.read(saved("named array")[1])
    core = Core(Settings(candidates.stage(model, Candidate("pyfunc", {}), None, tmp_path).folder))
    inputs = [tensor("text", [2], "BYTES", ["a", "b"]), tensor("weight", [2, 1], "FP64", [1, 2.5])]
    same, twice = (
        {"name": name, "datatype": "FP64", "shape": [2], "data": data}
        for name, data in (("same", [1.0, 2.5]), ("twice", [2.0, 5.0]))
    )
    for wanted, expected in ((["twice"], [twice]), (["twice", "same"], [twice, same]), (None, [same, twice])):
        outputs = {"outputs": [{"name": name} for name in wanted]} if wanted else {}
        raw = json.dumps({"inputs": inputs, **outputs}).encode()
        response = core.answer(Request("POST", f"/v2/models/{model.info.name}/infer", {}, {}, raw, id="an-id"))
        assert expected == json.loads(response.body)["outputs"]


def test_params_are_parameters(ask_of: Callable[..., Ask]) -> None:
    """The model's params are typed by the signature; parameters of the protocol's extensions are not params."""
    ask = ask_of(column("double"), params=[{"name": "n", "type": "long", "default": 1, "shape": None}])
    inputs = [tensor("x", [1], "FP64", [1.5])]

    assert 200 == ask({"inputs": inputs, "parameters": {"n": 3, "priority": 1}})[0]
    status, problem = ask({"inputs": inputs, "parameters": {"n": "three"}})
    assert (400, True) == (status, "expected an integer" in problem["error"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "the body is not valid JSON"),
        (b'{"inputs": [{"name": "\xe9"}]}', "the body is not valid UTF-8, at byte 22; send UTF-8"),
        ({"inputs": 1}, "not a valid inference request"),
        ({"inputs": [{"name": "x", "shape": [1], "datatype": "FP64"}]}, "`data` is missing, at $.inputs[0]"),
        (b'{"inputs": [{"name": "x", "shape": [1], "datatype": "FP64", "data": ' + b"[" * 100_000, "nested too deeply"),
        ({"inputs": []}, "there are no inputs"),
        ({"inputs": [tensor("y", [1], "FP64", [1])]}, "the required field `x` is missing"),
        ({"inputs": [tensor("x", [1], "FP65", [1])]}, "unknown datatype 'FP65', at $.inputs[0].datatype"),
        ({"inputs": [tensor("x", [2], "FP64", [1])]}, "data does not fill the shape [2], at $.inputs[0].data"),
        ({"inputs": [tensor("x", [10**18, 10**18], "FP64", [1])]}, "data does not fill the shape"),
        ({"inputs": [tensor("x", [10**12, 0], "FP64", [])]}, "expected a shape such as"),
        ({"inputs": [tensor("x", [1] * 33, "FP64", [1])]}, "expected a shape such as"),
        ({"inputs": [tensor("x", [2], "FP64", [1, "2"])]}, "expected a number, got a string, at $.inputs[0].data[1]"),
        ({"inputs": [tensor("x", [1], "FP64", [1])] * 2}, "is repeated"),
        (
            {"inputs": [tensor("x", [1], "FP64", [1], parameters={"binary_data_size": 8})]},
            "binary_data_size needs the header inference-header-content-length, at $.inputs[0]",
        ),
        ({"inputs": [tensor("x", [1], "FP64", [1])], "outputs": [{"name": "z"}]}, "no output 'z'"),
    ],
)
def test_an_invalid_request_is_a_400_that_says_where(ask_of: Callable[..., Ask], body: Any, said: str) -> None:
    """An invalid request gets a 400 that says where, in the protocol's format, whatever size its shape claims."""
    status, problem = ask_of(column("double"))(body)

    assert (400, ["error"]) == (status, list(problem))
    assert said in problem["error"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", None, 405),
        ("GET", "/v2/models/other/ready", 404),
        ("GET", "/v2/models/other/config", 404),
        ("POST", "/v2/repository/index", 404),
    ],
)
def test_other_errors_have_the_same_format(
    ask_of: Callable[..., Ask], method: str, path: str | None, status: int
) -> None:
    """A wrong method, an unknown model, and paths of other servers' extensions get errors in the same format."""
    found, problem = ask_of(column("double"))(b"", method, path)

    assert (status, ["error"]) == (found, list(problem))
