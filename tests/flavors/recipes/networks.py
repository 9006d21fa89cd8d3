"""Neural networks: tensors in, tensors out."""

from typing import Any

from flavors.recipes import Recipe


def _tensors() -> tuple[Any, Any]:
    """Return 100 rows of four numbers, and a number for each."""
    import numpy as np

    rows = np.random.default_rng(0).normal(size=(100, 4)).astype("float32")
    return rows, rows[:, :1] * 2 - rows[:, 1:2]


def _torch(folder: str, **options: Any) -> None:
    import mlflow
    import torch
    from mlflow.models import infer_signature

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3)).eval()
    rows, _ = _tensors()
    predicted = model(torch.from_numpy(rows)).detach().numpy()
    signature = infer_signature(rows, predicted)
    mlflow.pytorch.save_model(model, folder, signature=signature, input_example=rows[:3], **options)


def torch_exported(folder: str) -> None:
    """A PyTorch module as MLflow 3 saves it: an exported graph."""
    _torch(folder, serialization_format="pt2")


def torch_pickled(folder: str) -> None:
    """A PyTorch module as a pickle."""
    _torch(folder, serialization_format="pickle")


def keras(folder: str) -> None:
    """A Keras network on TensorFlow."""
    import keras
    import mlflow
    from mlflow.models import infer_signature

    rows, numbers = _tensors()
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
    model.compile(loss="mse")
    model.fit(rows, numbers, epochs=2, verbose=0)
    signature = infer_signature(rows, model.predict(rows, verbose=0))
    # mlflow.keras.save_model writes an example before it makes the directory, which fails.
    mlflow.tensorflow.save_model(model, folder, signature=signature, input_example=rows[:3])


def tensorflow_module(folder: str) -> None:
    """A TensorFlow module with a serving function."""
    import mlflow
    import tensorflow as tf
    from mlflow.models import infer_signature

    class Linear(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weights = tf.Variable([[2.0], [-1.0], [0.0], [0.5]])

        @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, name="x")])
        def __call__(self, x: Any) -> Any:
            return tf.matmul(x, self.weights)

    rows, _ = _tensors()
    model = Linear()
    signature = infer_signature(rows, model(rows).numpy())
    mlflow.tensorflow.save_model(model, folder, signature=signature, input_example=rows[:3])


_TORCH, _TENSORFLOW = ("torch",), ("tensorflow-cpu",)

RECIPES = {
    "torch-pt2": Recipe(torch_exported, _TORCH),
    "torch-pickle": Recipe(torch_pickled, _TORCH),
    "keras": Recipe(keras, _TENSORFLOW),
    "tensorflow": Recipe(tensorflow_module, _TENSORFLOW),
}
