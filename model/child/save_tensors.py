"""Save files of neural networks as MLflow models: they say themselves which tensors they take.

Programs of PyTorch and SavedModels are kept as they are; Keras writes its own files again.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from .saving import ROWS, Problem, answered, length, pinned, read_example

if TYPE_CHECKING:
    from .contract import SaveRequest

_WANTED = ("h5py", "keras", "mlflow-skinny", "numpy", "pandas", "scipy", "tensorflow", "tensorflow-cpu", "torch")
_TABLE = 2  # dimensions
_DEFAULT = "serving_default"
_CODE = {"Lambda", "__lambda__"}
"""Classes of Keras whose configuration is Python's bytecode."""


class Spec(NamedTuple):
    """A tensor that a network takes: its name, its dtype as numpy calls it, and its shape; -1 for any length."""

    name: str | None
    dtype: str
    shape: list[int]


def torch_program(request: SaveRequest) -> None:
    """Save a program of `torch.export`.

    Raises:
        Problem: it takes more than one tensor, or rows in batches of a fixed size.
    """
    import torch

    program = torch.export.load(request["file"])
    made = {node.name: node.meta.get("val") for node in program.graph.nodes if node.op == "placeholder"}
    taken = [made[name] for name in program.graph_signature.user_inputs if isinstance(name, str)]
    if len(taken) != 1 or not hasattr(taken[0], "shape"):
        raise Problem(f"it takes {len(taken)} values, and MLflow hands a PyTorch module one tensor")
    shape = [length if isinstance(length, int) else -1 for length in taken[0].shape]
    if not shape or shape[0] > 1:
        count = shape[0] if shape else "no"
        raise Problem(f"it takes exactly {count} rows: export it with torch.export.Dim.AUTO for them")
    spec = Spec(None, str(taken[0].dtype).partition(".")[2], shape)
    flavor = {"model_data": "data/model", "pytorch_version": str(torch.__version__), "code": None}
    rows = 1 if shape[0] == 1 else ROWS

    def save(folder: Path, **described: Any) -> None:
        _save_files(request["file"], "model/model.pt2", folder, ("pytorch", flavor), **described)

    _save_twice(save, request, [spec], rows)


def torch_script(request: SaveRequest) -> None:
    """Save a TorchScript module, which does not say what it takes: a table of the example is one of float32."""
    import mlflow
    import numpy as np
    import torch

    module = torch.jit.load(request["file"]).eval()
    example = read_example(request["example"])
    array = example.to_numpy("float32") if hasattr(example, "columns") else np.array(example)
    dtype = "float32" if array.dtype.kind == "f" else str(array.dtype)

    def save(folder: Path, **described: Any) -> None:
        requirements = {"pip_requirements": pinned(_WANTED)}
        named = {} if _is_old(mlflow) else {"serialization_format": "pickle"}
        mlflow.pytorch.save_model(module, str(folder), **requirements, **named, **described)

    _save_twice(save, request, [Spec(None, dtype, [-1, *array.shape[1:]])])


def keras_model(request: SaveRequest) -> None:
    """Save a model of Keras, in the version that wrote it.

    Raises:
        Problem: another version wrote it, its layers hold code, or it does not say what it takes.
    """
    if request["file"].endswith((".h5", ".hdf5")):
        _look_into_h5(request["file"], request.get("writer"))
    import mlflow
    import tensorflow as tf

    model = tf.keras.models.load_model(request["file"], compile=False)
    if not getattr(model, "inputs", None):
        raise Problem("its model was never built, so that it does not say what it takes: call it once before saving")
    several = len(model.inputs) > 1
    names = getattr(model, "input_names", None) or [one.name for one in model.inputs]
    specs = [
        Spec(name if several else None, tf.as_dtype(one.dtype).name, [-1 if n is None else n for n in one.shape])
        for name, one in zip(names, model.inputs)
    ]

    def save(folder: Path, **described: Any) -> None:
        mlflow.tensorflow.save_model(model, str(folder), pip_requirements=pinned(_WANTED), **described)

    _save_twice(save, request, specs)


def saved_model(request: SaveRequest) -> None:
    """Save a SavedModel with its default signature, whose tensors have names.

    Raises:
        Problem: it has no such signature.
    """
    import tensorflow as tf

    loaded = tf.saved_model.load(request["file"])
    if _DEFAULT not in loaded.signatures:
        named = ", ".join(loaded.signatures) or "none"
        raise Problem(f"it has no signature {_DEFAULT}, only {named}: export it with one")
    _, taken = loaded.signatures[_DEFAULT].structured_input_signature
    specs = [
        Spec(name, spec.dtype.name, [-1 if length is None else length for length in spec.shape.as_list()])
        for name, spec in taken.items()
    ]
    flavor = {
        "saved_model_dir": "data/model",
        "meta_graph_tags": ["serve"],
        "signature_def_key": _DEFAULT,
        "model_type": "tf1-estimator",
        "code": None,
    }

    def save(folder: Path, **described: Any) -> None:
        _save_files(request["file"], "model", folder, ("tensorflow", flavor), **described)

    _save_twice(save, request, specs)


SAVERS: dict[str, Callable[[SaveRequest], None]] = {
    "keras": keras_model,
    "saved-model": saved_model,
    "torch-program": torch_program,
    "torch-script": torch_script,
}


def _is_old(mlflow: Any) -> bool:
    """Return whether this MLflow saves modules of PyTorch as pickles alone."""
    import inspect

    return "serialization_format" not in inspect.signature(mlflow.pytorch.save_model).parameters


def _look_into_h5(file: str, writer: str | None) -> None:
    """Read what an HDF5 file says of itself, before Keras is asked to load it.

    Args:
        file: the file.
        writer: the version of Keras that is here.

    Raises:
        Problem: it holds weights alone, or code, or another version of Keras wrote it.
    """
    import h5py

    with h5py.File(file, "r") as content:
        described, version = content.attrs.get("model_config"), content.attrs.get("keras_version")
    if described is None:
        raise Problem("it holds weights without their network: save the whole model, with model.save")
    found = sorted(_classes(json.loads(described)) & _CODE)
    if found:
        raise Problem(f"its layer {found[0]} holds Python code, which would run unasked: use another layer instead")
    version = version.decode() if isinstance(version, bytes) else str(version or "")
    if version and version != writer:
        raise Problem(f"it was saved with Keras {version}", saved_with=version)


def _classes(config: Any) -> set[str]:
    """Return the names of all classes in a configuration of Keras."""
    if isinstance(config, dict):
        named = {config["class_name"]} if isinstance(config.get("class_name"), str) else set()
        return named.union(*map(_classes, config.values()))
    return set().union(*map(_classes, config)) if isinstance(config, list) else set()


def _save_files(source: str, place: str, folder: Path, flavor: tuple[str, dict[str, Any]], **described: Any) -> None:
    """Save a model of a flavor that keeps the files as they are.

    Args:
        source: a file, or a directory.
        place: where it goes, below a directory `model` at the most.
        folder: the model's directory.
        flavor: the flavor's name, and what MLmodel says of it.
        described: signature and example.
    """
    import mlflow
    from mlflow.models import Model

    name, options = flavor
    with tempfile.TemporaryDirectory() as work:
        target = Path(work, place)
        target.parent.mkdir(exist_ok=True)
        target.symlink_to(source)
        mlflow.pyfunc.save_model(
            str(folder),
            loader_module=f"mlflow.{name}",
            data_path=str(Path(work, "model")),
            pip_requirements=pinned(_WANTED),
            **described,
        )
    saved = Model.load(str(folder / "MLmodel"))
    saved.add_flavor(name, **options)
    if "saved_model_dir" in options:  # its loader starts from the model's directory
        del saved.flavors["python_function"]["data"]
    saved.save(str(folder / "MLmodel"))


def _save_twice(save: Callable[..., None], request: SaveRequest, specs: list[Spec], rows: int = ROWS) -> None:
    """Save a model, ask MLflow the example, and save it again with the signature that this gives.

    Raises:
        Problem: the example does not fit, or MLflow does not answer one value a row.
    """
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    folder = Path(request["folder"])
    arrays = {spec.name: array[:rows] for spec, array in zip(specs, example_arrays(request["example"], specs))}
    sample = next(iter(arrays.values())) if None in arrays else arrays
    inputs = Schema([TensorSpec(np.dtype(spec.dtype), (-1, *spec.shape[1:]), spec.name) for spec in specs])
    shutil.rmtree(folder, ignore_errors=True)
    save(folder, signature=ModelSignature(inputs))
    output = answered(folder, sample)
    count = len(next(iter(arrays.values())))
    if length(output) != count:
        raise Problem(f"it gives {length(output)} answers for {count} rows of the example")
    named = output if isinstance(output, dict) else {None: output}
    given = [(name, np.array(value)) for name, value in named.items()]
    outputs = Schema([TensorSpec(array.dtype, (-1, *array.shape[1:]), name) for name, array in given])
    shutil.rmtree(folder)
    save(folder, signature=ModelSignature(inputs, outputs), input_example=sample)


def example_arrays(path: str, specs: list[Spec]) -> list[Any]:
    """Return the example's tensors, one for each that the network takes.

    Raises:
        Problem: one is missing, or has another shape.
    """
    import numpy as np

    found = read_example(path)
    table = found if hasattr(found, "columns") else None
    if len(specs) > 1 or (isinstance(found, dict) and specs[0].name in found):
        missing = [spec.name for spec in specs if spec.name not in found]
        if missing:
            takes = ", ".join(str(spec.name) for spec in specs)
            raise Problem(f"the example lacks {missing[0]!r}; the network takes {takes}")
        given = [found[spec.name] for spec in specs]
    elif table is not None and len(specs[0].shape) > _TABLE:
        takes = _shape(specs[0].shape)
        raise Problem(f"it takes {takes}, which no CSV file holds: give a .npy or .json file as example")
    else:
        given = [table.to_numpy() if table is not None else found]
    try:
        arrays = [np.array(one).astype(spec.dtype) for one, spec in zip(given, specs)]
    except (TypeError, ValueError) as error:
        raise Problem(f"the example is not numbers: {error}") from None
    if table is not None:  # a column is a tensor of one value a row, in either form
        arrays = [array.reshape(-1, *spec.shape[1:]) if array.size == len(table) else array
                  for array, spec in zip(arrays, specs)]  # fmt: skip
    for spec, array in zip(specs, arrays):
        fits = len(spec.shape) == array.ndim and all(
            want in (-1, have) for want, have in zip(spec.shape[1:], array.shape[1:])
        )
        if not fits:
            what = f" for {spec.name}" if spec.name else ""
            raise Problem(f"it takes {_shape(spec.shape)}{what}, and the example is {_shape([-1, *array.shape[1:]])}")
    return arrays


def _shape(shape: list[int]) -> str:
    """Return a shape in words: rows, and the lengths of each."""
    return " x ".join(["rows", *("any" if length < 0 else str(length) for length in shape[1:])])
