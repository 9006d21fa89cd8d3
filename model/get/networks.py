"""What a file or folder of a neural network says of itself, read without its library: kind, versions, unsafe parts.

Nothing is un-pickled here, and nothing is loaded by the library before this has looked at it.
"""

import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from model.errors import ModelError
from model.get.protobuf import tensorflow_version
from model.pickles import types_besides_tensors

LOOK = ["h5py", "numpy"]
"""What reads the version of Keras in an HDF5 file, which only then says how it is opened."""

_CODE = re.compile(r'"class_name": "(Lambda|__lambda__)"')
"""Classes of Keras whose configuration is Python's bytecode."""

_TASKS = (
    ("ForSequenceClassification", "text-classification"),
    ("ForTokenClassification", "token-classification"),
    ("ForQuestionAnswering", "question-answering"),
    ("ForMaskedLM", "fill-mask"),
    ("Model", "feature-extraction"),
)
"""How the names of architectures end, and the task of each."""

_TOKENIZERS = (
    *("merges.txt", "sentencepiece.bpe.model", "spiece.model", "tokenizer.json", "tokenizer.model", "vocab.txt"),
)
_PICKLED = ("*.bin", "*.pt", "*.pth", "*.pkl")
_WITH_QUESTIONS = 5
"""The first version of transformers without a pipeline for questions."""

_PYTHONS = (((2, 5), "3.8"), ((2, 12), "3.9"), ((2, 16), "3.11"))
"""Versions of TensorFlow before which another Python is needed."""


class Network(NamedTuple):
    """How a network is opened.

    Attributes:
        kind: as `SaveRequest` has it.
        packages: requirements besides MLflow and pandas.
        written: the day on which it was written, as far as that is known.
        python: the Python to open it under; empty for any.
        task: the task of a pipeline.
    """

    kind: str
    packages: list[str]
    written: datetime
    python: str = ""
    task: str = ""


def describe_file(file: Path, trusted: tuple[str, ...]) -> Network:
    """Return how a file of PyTorch or Keras is opened.

    Raises:
        ModelError: it holds no network, or types or code that would run unasked.
    """
    suffix = file.suffix.lower()
    if suffix == ".keras":
        return _keras(file)
    if suffix in (".h5", ".hdf5"):
        return Network("keras", LOOK, _modified(file))
    try:
        names = zipfile.ZipFile(file).namelist() if zipfile.is_zipfile(file) else []
        if any(name.endswith("/constants.pkl") for name in names) and any("/code/" in name for name in names):
            return Network("torch-script", ["torch"], _modified(file))
        if any(name.endswith(_PROGRAM) for name in names):
            _refuse_types(file, trusted)
            return Network("torch-program", ["torch"], _modified(file))
        types = types_besides_tensors(file)
    except zipfile.BadZipFile as error:
        raise ModelError(f"{file} is damaged: {error}") from None
    if suffix == ".pt2":
        raise ModelError(f"{file} is not a program of torch.export")
    if types:
        raise ModelError(
            f"{file} is a pickle of {types[0]}, which needs that class, and can run any code: where the class is, save "
            "the network with torch.export.save as a .pt2 file, or with mlflow.pytorch.save_model"
        )
    raise ModelError(
        f"{file} holds weights without the class of their network: load them into it, and save it with "
        "torch.export.save as a .pt2 file, or with mlflow.pytorch.save_model"
    )


_PROGRAM = ("/models/model.json", "/archive_format", "serialized_exported_program.json")
"""Files in programs of `torch.export`, old and new."""


def describe_folder(folder: Path, task: str, trusted: tuple[str, ...]) -> Network:
    """Return how a folder of TensorFlow or transformers is opened.

    Args:
        folder: the folder.
        task: the pipeline's; empty to take it from the architecture.
        trusted: types that pickles of weights may hold.

    Raises:
        ModelError: it is none of these, or lacks a part; or it holds types or code that would run unasked.
    """
    if (folder / "saved_model.pb").is_file():
        return _saved_model(folder)
    if (folder / "modules.json").is_file():
        return _sentences(folder, trusted)
    if (folder / "config.json").is_file():
        return _pipeline(folder, task, trusted)
    raise ModelError(
        f"{folder} is not a model: it has neither MLmodel (MLflow), saved_model.pb (TensorFlow), config.json "
        "(transformers) nor modules.json (sentence-transformers)"
    )


def keras_network(version: str, written: datetime) -> Network:
    """Return how a file that a version of Keras wrote is opened: Keras 2 came with TensorFlow of the same number."""
    numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
    if numbers >= (3,):
        return Network("keras", ["tensorflow-cpu", f"keras=={version}", "h5py"], written)
    packages = [f"tensorflow-cpu=={numbers[0]}.{numbers[1]}.*", "h5py"]
    python = next((python for bound, python in _PYTHONS if numbers < bound), "3.11")
    return Network("keras", packages, written, python)


def _keras(file: Path) -> Network:
    try:
        with zipfile.ZipFile(file) as archive:
            about = json.loads(archive.read("metadata.json"))
            config = archive.read("config.json").decode()
    except (KeyError, ValueError, zipfile.BadZipFile):
        raise ModelError(f"{file} is not a file of Keras: save it with model.save") from None
    _refuse_code(file, json.dumps(json.loads(config)))
    saved = re.match(r"\d{4}-\d\d-\d\d", str(about.get("date_saved")))
    written = datetime.fromisoformat(saved[0]).replace(tzinfo=UTC) if saved else _modified(file)
    return keras_network(str(about.get("keras_version")), written)


def _saved_model(folder: Path) -> Network:
    """Return how a SavedModel is opened; one that Keras 2 saved is opened by it."""
    written = _modified(folder / "saved_model.pb")
    metadata = folder / "keras_metadata.pb"
    version = tensorflow_version((folder / "saved_model.pb").read_bytes())
    if not metadata.is_file():
        return Network("saved-model", ["tensorflow-cpu"], written)
    _refuse_code(folder, metadata.read_bytes().decode("latin-1"))
    return keras_network(version or "2.15", written)


def _refuse_code(path: Path, config: str) -> None:
    if found := _CODE.search(config):
        raise ModelError(f"{path}: its layer {found[1]} holds Python code, which would run unasked: use another layer")


def _sentences(folder: Path, trusted: tuple[str, ...]) -> Network:
    for module in _json(folder / "modules.json"):
        if not str(module.get("type")).startswith("sentence_transformers."):
            raise ModelError(
                f"{folder}/modules.json names {module.get('type')}, whose code is not part of sentence-transformers"
            )
    for path in _weights(folder):
        _refuse_types(path, trusted)
    about = folder / "config_sentence_transformers.json"
    versions = _json(about).get("__version__", {}) if about.is_file() else {}
    pins = [f"{name}{_pin(versions.get(key))}" for name, key in _VERSIONS]
    return Network("sentence-transformers", ["torch", *pins], _modified(folder / "modules.json"))


_VERSIONS = (("sentence-transformers", "sentence_transformers"), ("transformers", "transformers"))


def _pipeline(folder: Path, task: str, trusted: tuple[str, ...]) -> Network:
    config = _json(folder / "config.json")
    if "auto_map" in config:
        raise ModelError(f"{folder}: its architecture is code of its own, which would run unasked: save it with MLflow")
    task = task or _task(folder, config.get("architectures") or [])
    if not any((folder / name).is_file() for name in _TOKENIZERS):
        raise ModelError(f"{folder} has no tokenizer: save it there, too, with tokenizer.save_pretrained")
    for path in (weights := list(_weights(folder))):
        _refuse_types(path, trusted)
    if not weights and not list(folder.glob("*.safetensors")):
        raise ModelError(f"{folder} has no weights: neither *.safetensors nor pytorch_model.bin")
    version = str(config.get("transformers_version") or "")
    if task == "question-answering" and (not version or int(version.partition(".")[0]) >= _WITH_QUESTIONS):
        pin = f"<{_WITH_QUESTIONS}"
    else:
        pin = _pin(version)
    tokenizers = ["sentencepiece"] if not (folder / "tokenizer.json").is_file() else []
    packages = ["torch", f"transformers{pin}", "scipy", *tokenizers]  # MLflow infers signatures with scipy
    return Network("transformers", packages, _modified(folder / "config.json"), task=task)


def _task(folder: Path, architectures: list[str]) -> str:
    """Return the task of an architecture.

    Raises:
        ModelError: there is none, or not one.
    """
    found = {next((task for end, task in _TASKS if name.endswith(end)), "") for name in architectures}
    if len(found) == 1 and "" not in found:
        return found.pop()
    named = ", ".join(architectures) or "no architecture"
    raise ModelError(f"{folder}/config.json names {named}: say what it is for, such as --task {_TASKS[0][1]}")


def _weights(folder: Path) -> Iterator[Path]:
    """Yield the files that PyTorch would un-pickle."""
    for pattern in _PICKLED:
        yield from sorted(folder.rglob(pattern))


def _refuse_types(path: Path, trusted: tuple[str, ...]) -> None:
    """Refuse a file whose pickles hold types that are neither tensors nor trusted.

    Raises:
        ModelError: names the types, or says that the file is damaged.
    """
    try:
        unknown = sorted(set(types_besides_tensors(path)) - set(trusted))
    except zipfile.BadZipFile as error:
        raise ModelError(f"{path} is damaged: {error}") from None
    if unknown:
        named = ", ".join(unknown)
        raise ModelError(
            f"{path} holds pickles of {named}, which can run any code; if you trust them, say --trust and their names"
        )


def _pin(version: Any) -> str:
    """Return what pins a version; nothing for one that was never released."""
    return f"=={version}" if re.fullmatch(r"\d+(\.\d+)+", str(version or "")) else ""


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise ModelError(f"{path} is damaged: it is not JSON") from None


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
