"""PyTorch modules: tensors in, tensors out."""

from typing import Any

from flavors.recipes import Recipe


def _tensors() -> Any:
    """Return 100 rows of four numbers."""
    import numpy as np

    return np.random.default_rng(0).normal(size=(100, 4)).astype("float32")


def _torch(folder: str, **options: Any) -> None:
    import mlflow
    import torch
    from mlflow.models import infer_signature

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3)).eval()
    rows = _tensors()
    predicted = model(torch.from_numpy(rows)).detach().numpy()
    signature = infer_signature(rows, predicted)
    mlflow.pytorch.save_model(model, folder, signature=signature, input_example=rows[:3], **options)


def torch_exported(folder: str) -> None:
    """A PyTorch module as MLflow 3 saves it: an exported graph."""
    _torch(folder, serialization_format="pt2")


def torch_pickled(folder: str) -> None:
    """A PyTorch module as a pickle."""
    _torch(folder, serialization_format="pickle")


def save(model: Any, folder: str, inputs: Any, **options: Any) -> None:
    """Save a module as a pickle, with a signature made from some of its inputs and its answers to them."""
    import mlflow
    import torch
    from mlflow.models import ModelSignature, infer_signature

    model = model.eval()
    rows = torch.from_numpy(inputs.to_numpy("float32") if hasattr(inputs, "columns") else inputs)
    predicted = model(rows).detach().numpy()
    signature = options.pop("signature", None)
    signature = ModelSignature(signature, None) if signature else infer_signature(inputs, predicted)
    mlflow.pytorch.save_model(
        model, folder, signature=signature, input_example=inputs[:3], serialization_format="pickle", **options
    )


def torch_table(folder: str) -> None:
    """Three layers with batch normalisation and dropout, over a table of several types."""
    import numpy as np
    import pandas as pd
    import torch

    torch.manual_seed(0)
    chance = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "age": chance.integers(18, 90, 50),
            "income": chance.normal(50, 20, 50),
            "score": chance.normal(size=50).astype("float32"),
            "member": chance.random(50) < 0.5,
        }
    )
    hidden = torch.nn.BatchNorm1d(16)
    model = torch.nn.Sequential(
        *(torch.nn.Linear(4, 16), hidden, torch.nn.ReLU(), torch.nn.Dropout(0.3)),
        *(torch.nn.Linear(16, 16), torch.nn.GELU(), torch.nn.Linear(16, 3), torch.nn.Softmax(1)),
    )
    model(torch.from_numpy(table.to_numpy("float32")))  # in training mode: the statistics of the normalisation
    save(model, folder, table)


def torch_images(folder: str) -> None:
    """A small convolutional network over images."""
    import numpy as np
    import torch

    torch.manual_seed(0)
    model = torch.nn.Sequential(
        *(torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.BatchNorm2d(8), torch.nn.ReLU(), torch.nn.MaxPool2d(2)),
        *(torch.nn.Conv2d(8, 16, 3), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()),
        *(torch.nn.Dropout(), torch.nn.Linear(16, 5)),
    )
    save(model, folder, np.random.default_rng(0).normal(size=(4, 3, 16, 16)).astype("float32"))


def torch_sequences(folder: str) -> None:
    """An LSTM over sequences of any length."""
    import numpy as np
    import torch
    from mlflow.types import Schema, TensorSpec

    class Last(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cells = torch.nn.LSTM(5, 16, num_layers=2, batch_first=True)
            self.head = torch.nn.Linear(16, 3)

        def forward(self, rows: Any) -> Any:
            return self.head(self.cells(rows)[0][:, -1])

    torch.manual_seed(0)
    rows = np.random.default_rng(0).normal(size=(4, 7, 5)).astype("float32")
    save(Last(), folder, rows, signature=Schema([TensorSpec(np.dtype("float32"), (-1, -1, 5))]))


def torch_script(folder: str) -> None:
    """A TorchScript module whose control flow depends on data, which is compiled and not traced."""
    import torch

    class Signed(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(4, 2)

        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            if bool(rows.sum() > 0):
                return self.layer(rows)
            return -self.layer(rows)

    torch.manual_seed(0)
    save(torch.jit.script(Signed()), folder, _tensors())


def torch_branches(folder: str) -> None:
    """A module whose control flow depends on data, which no graph holds."""
    import torch

    class Signed(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(4, 2)

        def forward(self, rows: Any) -> Any:
            return self.layer(rows) if rows.sum() > 0 else -self.layer(rows)

    torch.manual_seed(0)
    save(Signed(), folder, _tensors())


_TORCH = ("torch",)

RECIPES = {
    "torch-pt2": Recipe(torch_exported, _TORCH, backend="native"),
    "torch-pickle": Recipe(torch_pickled, _TORCH, backend="native"),
    "torch-table": Recipe(torch_table, _TORCH, backend="native"),
    "torch-images": Recipe(torch_images, _TORCH, backend="native"),
    "torch-sequences": Recipe(torch_sequences, _TORCH, backend="native"),
    "torch-script": Recipe(torch_script, _TORCH, backend="native"),
    "torch-branches": Recipe(torch_branches, _TORCH, backend="pyfunc", reason="its control flow depends on data"),
}
