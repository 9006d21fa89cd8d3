"""Files and folders of neural networks: what is refused before any library opens them, and what they need."""

import io
import json
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from model.errors import ModelError
from model.get import FetchedModel
from model.get.networks import describe_file, describe_folder, keras_network
from model.get.protobuf import tensorflow_version
from model.pickles import types_besides_tensors

DAY = datetime(2026, 1, 1, tzinfo=UTC)
CONFIG = {"architectures": ["BertForMaskedLM"], "transformers_version": "4.40.2"}


class Own:
    """A class whose code is not in the file."""


def pack(path: Path, **members: bytes) -> Path:
    """Write a zip archive; `__` in a name stands for a slash, and `_` before its ending for a dot."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_pkl", ".pkl").replace("_json", ".json"), content)
    return path


def keras(path: Path, layer: str = "Dense", version: str = "3.3.3") -> Path:
    """Write what says of a `.keras` file what it is."""
    about = {"keras_version": version, "date_saved": "2024-05-06@01:02:03"}
    config = {"class_name": "Sequential", "config": {"layers": [{"class_name": layer}]}}
    return pack(path, metadata_json=json.dumps(about).encode(), config_json=json.dumps(config).encode())


def folder(path: Path, config: dict[str, Any] | None, *names: str) -> Path:
    """Write a folder of transformers: its config, and files without content."""
    path.mkdir()
    if config is not None:
        (path / "config.json").write_text(json.dumps(config))
    for name in names:
        (path / name).touch()
    return path


def test_weights_without_a_class_are_refused(tmp_path: Path) -> None:
    """As `torch.save` writes a state dict; the remedy is named."""
    path = pack(tmp_path / "a.pth", archive__data_pkl=pickle.dumps(OrderedDict(), protocol=2))
    with pytest.raises(ModelError, match=r"holds weights without the class of their network: .*torch\.export\.save"):
        describe_file(path, ())


def test_a_pickled_module_is_refused_unopened(tmp_path: Path) -> None:
    """It needs its class, which is named, and can run any code."""
    path = pack(tmp_path / "a.pt", archive__data_pkl=pickle.dumps(Own(), protocol=2))
    with pytest.raises(ModelError, match=r"is a pickle of \S*Own, which needs that class"):
        describe_file(path, ())


def test_a_program_with_other_types_than_tensors_is_refused(tmp_path: Path) -> None:
    """PyTorch would un-pickle its sample inputs; `--trust` and the type's name allow it."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("archive/data.pkl", b"cos\nsystem\n(S'true'\ntR.")
    path = pack(tmp_path / "a.pt2", m__models__model_json=b"{}", m__sample_inputs=inner.getvalue())

    with pytest.raises(ModelError, match=r"holds pickles of os\.system, .*say --trust and their names"):
        describe_file(path, ())
    assert "torch-program" == describe_file(path, ("os.system",)).kind


@pytest.mark.parametrize(
    ("raw", "types"),
    [
        (pickle.dumps(OrderedDict(), protocol=2), []),
        (pickle.dumps(Own(), protocol=4), ["a type without a name"]),
        (pickle.dumps({}, protocol=2) + b"cos\nsystem\n.", ["os.system"]),
        (b"ctorch.storage\n_load_from_bytes\n.", ["torch.storage._load_from_bytes"]),
        (b"\x00\x01 numbers", []),
    ],
)
def test_types_in_pickles_are_found_without_making_them(raw: bytes, types: list[str], tmp_path: Path) -> None:
    """Also behind the first pickle of a file, and of a protocol that hides their names."""
    (tmp_path / "a.bin").write_bytes(raw)
    assert types == types_besides_tensors(tmp_path / "a.bin")


def test_a_file_that_is_no_program_is_refused(tmp_path: Path) -> None:
    """Whatever its name says."""
    (tmp_path / "a.pt2").write_bytes(b"text")
    with pytest.raises(ModelError, match=r"a\.pt2 is not a program of torch\.export"):
        describe_file(tmp_path / "a.pt2", ())


def test_a_keras_file_names_its_version_and_day(tmp_path: Path) -> None:
    """It is opened with those."""
    found = describe_file(keras(tmp_path / "a.keras"), ())

    assert "keras==3.3.3" in found.packages
    assert datetime(2024, 5, 6, tzinfo=UTC) == found.written


def test_keras_2_came_with_tensorflow() -> None:
    """Of the same number, under a Python that this had."""
    assert ["tensorflow-cpu==2.11.*", "h5py"] == keras_network("2.11.0", DAY).packages
    assert ["3.9", "3.11"] == [keras_network(version, DAY).python for version in ("2.11.0", "2.15.0")]


@pytest.mark.parametrize("layer", ["Lambda", "__lambda__"])
def test_a_keras_file_with_code_is_refused(layer: str, tmp_path: Path) -> None:
    """A Lambda layer is Python's bytecode."""
    with pytest.raises(ModelError, match=f"its layer {layer} holds Python code"):
        describe_file(keras(tmp_path / "a.keras", layer), ())


def test_a_savedmodel_of_keras_2_is_opened_by_its_version(tmp_path: Path) -> None:
    """The file names TensorFlow's version deep inside; without Keras's own file, any version opens it."""
    version = b"2.12.1"
    inner = b"\x0a\x02ab" + b"\x2a" + bytes([len(version)]) + version  # MetaInfoDef: version of the graph, TensorFlow's
    meta = b"\x0a" + bytes([len(inner)]) + inner
    (tmp_path / "saved_model.pb").write_bytes(b"\x08\x01\x12" + bytes([len(meta)]) + meta)

    assert "2.12.1" == tensorflow_version((tmp_path / "saved_model.pb").read_bytes())
    assert "saved-model" == describe_folder(tmp_path, "", ()).kind
    (tmp_path / "keras_metadata.pb").touch()
    assert ["tensorflow-cpu==2.12.*", "h5py"] == describe_folder(tmp_path, "", ()).packages


@pytest.mark.parametrize("message", [b"", b"\xff", b"\x0b", b"\x12\x03abc"])
def test_a_savedmodel_that_does_not_name_a_version_is_read_all_the_same(message: bytes) -> None:
    """Damaged ones too."""
    assert "" == tensorflow_version(message)


@pytest.mark.parametrize(
    ("architecture", "task"),
    [
        ("BertForSequenceClassification", "text-classification"),
        ("BertForTokenClassification", "token-classification"),
        ("RobertaForMaskedLM", "fill-mask"),
        ("BertForQuestionAnswering", "question-answering"),
        ("MPNetModel", "feature-extraction"),
    ],
)
def test_the_architecture_names_the_task(architecture: str, task: str, tmp_path: Path) -> None:
    """Unless `--task` names another."""
    made = folder(tmp_path / "a", CONFIG | {"architectures": [architecture]}, "tokenizer.json", "a.safetensors")

    assert task == describe_folder(made, "", ()).task
    assert "zero-shot-classification" == describe_folder(made, "zero-shot-classification", ()).task
    assert "transformers==4.40.2" in describe_folder(made, "", ()).packages


def test_questions_are_answered_by_transformers_4(tmp_path: Path) -> None:
    """The newer versions have no pipeline for them."""
    config = {"architectures": ["BertForQuestionAnswering"], "transformers_version": "5.2.0"}
    made = folder(tmp_path / "a", config, "tokenizer.json", "a.safetensors")
    assert "transformers<5" in describe_folder(made, "", ()).packages


@pytest.mark.parametrize(
    ("config", "names", "message"),
    [
        (None, (), "is not a model: it has neither MLmodel .MLflow., saved_model.pb"),
        (CONFIG, ("model.safetensors",), "has no tokenizer: save it there, too"),
        (CONFIG, ("tokenizer.json",), "has no weights"),
        (CONFIG | {"auto_map": {}}, ("tokenizer.json",), "its architecture is code of its own"),
        (CONFIG | {"architectures": ["GPTForCausalLM"]}, ("tokenizer.json",), "names GPTForCausalLM: say .* --task"),
        (CONFIG | {"architectures": []}, ("tokenizer.json",), "names no architecture: say .* --task"),
    ],
)
def test_a_folder_that_lacks_a_part_is_refused(
    config: dict[str, Any] | None, names: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    """The part is named, and what to do."""
    with pytest.raises(ModelError, match=message):
        describe_folder(folder(tmp_path / "a", config, *names), "", ())


def test_pickled_weights_may_hold_nothing_but_tensors(tmp_path: Path) -> None:
    """Unless their types are trusted by name."""
    made = folder(tmp_path / "a", CONFIG, "tokenizer.json")
    (made / "pytorch_model.bin").write_bytes(b"cos\nsystem\n.")

    with pytest.raises(ModelError, match=r"pytorch_model\.bin holds pickles of os\.system"):
        describe_folder(made, "", ())
    assert "transformers" == describe_folder(made, "", ("os.system",)).kind


def test_a_sentence_transformer_with_code_of_its_own_is_refused(tmp_path: Path) -> None:
    """Its modules have to be of the library."""
    made = folder(tmp_path / "a", None)
    (made / "modules.json").write_text(json.dumps([{"type": "custom.Pooling"}]))
    with pytest.raises(ModelError, match=r"names custom\.Pooling, whose code is not part of sentence-transformers"):
        describe_folder(made, "", ())


def test_a_network_needs_an_example(tmp_path: Path, get_model: Callable[..., FetchedModel]) -> None:
    """Its file says which shapes it takes, and not how a row looks."""
    with pytest.raises(ModelError, match="does not describe its inputs: give --example"):
        get_model(keras(tmp_path / "a.keras"))
