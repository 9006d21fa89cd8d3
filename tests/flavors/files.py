"""`python files.py NAME`: write a file or folder of a network as its library does, and an example of its inputs.

Runs in an environment with the packages that the row of `FILES` names, in the current directory.
"""

import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from flavors.recipes import language


class File(NamedTuple):
    """How a file is written.

    Attributes:
        write: writes it.
        name: the file or folder.
        packages: what that needs, as requirements.
        flavor: what it becomes.
        example: rows of inputs.
    """

    write: Callable[[str], None]
    name: str
    packages: tuple[str, ...]
    flavor: str
    example: Any


def program(path: str) -> None:
    """A program of `torch.export` with any number of rows."""
    import torch

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv1d(2, 3, 2), torch.nn.Flatten(), torch.nn.Linear(9, 2)).eval()
    free = {0: torch.export.Dim.AUTO}
    torch.export.save(torch.export.export(model, (torch.zeros(3, 2, 4),), dynamic_shapes=(free,)), path)


def script(path: str) -> None:
    """A TorchScript module."""
    import torch

    torch.manual_seed(0)
    torch.jit.script(torch.nn.Linear(2, 3)).save(path)


def _keras() -> Any:
    import keras

    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])


def keras_file(path: str) -> None:
    """A model of Keras, in its own format or in HDF5."""
    _keras().save(path)


def exported(path: str) -> None:
    """A SavedModel that Keras exported."""
    _keras().export(path)


def _folder(path: str, kind: str, limit: int) -> None:
    tokenizer = language._words()  # noqa: SLF001 - of the recipes
    tokenizer.model_max_length = limit
    language._network(kind, tokenizer).save_pretrained(path)  # noqa: SLF001 - of the recipes
    tokenizer.save_pretrained(path)


def classifier(path: str) -> None:
    """A folder of transformers for text classification."""
    _folder(path, "DistilBertForSequenceClassification", 100)


def questions(path: str) -> None:
    """A folder of transformers for question answering."""
    _folder(path, "BertForQuestionAnswering", 40)


def sentences(path: str) -> None:
    """A folder of sentence-transformers."""
    from sentence_transformers import SentenceTransformer, models

    _folder("network", "MPNetModel", 64)
    words = models.Transformer("network", max_seq_length=64)
    SentenceTransformer(modules=[words, models.Pooling(words.get_word_embedding_dimension())]).save(path)


_ROWS = [[1.0, -2.0], [0.5, 4.0]]
_TEXTS = ["the cat sat on the mat", "a bad dog"]
_ASKED = [{"question": "who sat", "context": "The cat sat on the mat, and the dog sat beside it."}]

FILES = {
    "torch-program": File(program, "m.pt2", ("torch",), "pytorch", [[[0.0, 1, 2, 3], [4, 5, 6, 7]]] * 2),
    "torch-script": File(script, "m.pt", ("torch",), "pytorch", _ROWS),
    "keras-file": File(keras_file, "m.keras", ("tensorflow-cpu",), "tensorflow", _ROWS),
    "keras-h5": File(keras_file, "m.h5", ("tensorflow-cpu",), "tensorflow", _ROWS),
    "saved-model": File(exported, "exported", ("tensorflow-cpu",), "tensorflow", _ROWS),
    "classifier-folder": File(classifier, "folder", ("torch", "transformers"), "transformers", _TEXTS),
    "questions-folder": File(questions, "folder", ("torch", "transformers<5"), "transformers", _ASKED),
    "sentences-folder": File(
        sentences, "folder", ("torch", "transformers", "sentence-transformers"), "sentence_transformers", _TEXTS
    ),
}


def main(name: str) -> None:
    """Write the file, and `example.json`."""
    warnings.simplefilter("ignore")
    FILES[name].write(FILES[name].name)
    Path("example.json").write_text(json.dumps(FILES[name].example))


if __name__ == "__main__":
    main(*sys.argv[1:])
