"""Keras models and TensorFlow modules, tiny and random."""

from typing import Any

from flavors.recipes import Recipe


def _layers() -> Any:
    """Return Keras's layers; weights made from now on are the same each time."""
    import keras

    keras.utils.set_random_seed(0)
    return keras.layers


def _normal(*shape: int) -> Any:
    import numpy as np

    return np.random.default_rng(0).normal(size=shape).astype("float32")


def _save(model: Any, folder: str, inputs: Any, **options: Any) -> None:
    """Save a model with a signature made from its answers to some inputs, three of which are the example."""
    import mlflow
    from mlflow.models import infer_signature

    predicted = model.predict(inputs, verbose=0)
    signature = options.pop("signature", None) or infer_signature(inputs, predicted)
    example = {name: rows[:3] for name, rows in inputs.items()} if isinstance(inputs, dict) else inputs[:3]
    # mlflow.keras.save_model writes an example before it makes the directory, which fails.
    mlflow.tensorflow.save_model(model, folder, signature=signature, input_example=example, **options)


def keras(folder: str) -> None:
    """A trained network of two layers, with batch normalisation and dropout."""
    import keras

    layers = _layers()
    hidden = [layers.Dense(8, activation="relu"), layers.BatchNormalization(), layers.Dropout(0.3)]
    model = keras.Sequential([keras.Input((4,)), *hidden, layers.Dense(1)])
    model.compile(loss="mse")
    rows = _normal(100, 4)
    model.fit(rows, rows[:, :1] * 2 - rows[:, 1:2], epochs=2, verbose=0)
    _save(model, folder, rows)


def hdf5(folder: str) -> None:
    """Two layers in Keras's older file format."""
    import keras

    layers = _layers()
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="tanh"), layers.Dense(2)])
    _save(model, folder, _normal(10, 4), keras_model_kwargs={"save_format": "h5"})


def images(folder: str) -> None:
    """A small convolutional network over images."""
    import keras

    layers = _layers()
    first = [layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D()]
    last = [layers.SeparableConv2D(16, 3), layers.GlobalAveragePooling2D(), layers.Dense(5, activation="softmax")]
    _save(keras.Sequential([keras.Input((16, 16, 3)), *first, *last]), folder, _normal(4, 16, 16, 3))


def sequences(folder: str) -> None:
    """An LSTM and a bidirectional GRU over sequences of any length."""
    import keras
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    layers = _layers()
    cells = [layers.LSTM(16, return_sequences=True), layers.Bidirectional(layers.GRU(8))]
    model = keras.Sequential([keras.Input((None, 5)), *cells, layers.Dense(3)])
    inputs = Schema([TensorSpec(np.dtype("float32"), (-1, -1, 5))])
    _save(model, folder, _normal(4, 7, 5), signature=ModelSignature(inputs))


def wide_and_deep(folder: str) -> None:
    """Two named inputs, numbers and categories, and two named outputs."""
    import keras
    import numpy as np

    layers = _layers()
    wide, deep = keras.Input((6,), name="wide"), keras.Input((3,), name="deep", dtype="int64")
    embedded = layers.Flatten()(layers.Embedding(20, 4)(deep))
    joined = layers.concatenate([wide, layers.Dense(16, activation="gelu")(embedded)])
    outputs = {"click": layers.Dense(1, activation="sigmoid")(joined), "kind": layers.Dense(3)(joined)}
    places = np.random.default_rng(0).integers(0, 8, (10, 3))
    _save(keras.Model({"wide": wide, "deep": deep}, outputs), folder, {"wide": _normal(10, 6), "deep": places})


def operators(folder: str) -> None:
    """The inverse of the error function, for which ONNX has no operator."""
    import keras

    layers = _layers()
    rows = keras.Input((4,))
    inverse = keras.ops.erfinv(keras.ops.tanh(layers.Dense(3)(rows)))
    _save(keras.Model(rows, inverse), folder, _normal(10, 4))


def module(folder: str) -> None:
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

    rows = _normal(100, 4)
    model = Linear()
    signature = infer_signature(rows, model(rows).numpy())
    mlflow.tensorflow.save_model(model, folder, signature=signature, input_example=rows[:3])


_TENSORFLOW = ("tensorflow-cpu",)

RECIPES = {
    "keras": Recipe(keras, _TENSORFLOW, backend="native"),
    "keras-h5": Recipe(hdf5, _TENSORFLOW, backend="native"),
    "keras-images": Recipe(images, _TENSORFLOW, backend="native"),
    "keras-sequences": Recipe(sequences, _TENSORFLOW, backend="native"),
    "keras-wide-and-deep": Recipe(wide_and_deep, _TENSORFLOW, backend="native"),
    "keras-operators": Recipe(operators, _TENSORFLOW, backend="pyfunc", reason="tf2onnx cannot export it"),
    "tensorflow": Recipe(module, _TENSORFLOW, backend="native"),
}
