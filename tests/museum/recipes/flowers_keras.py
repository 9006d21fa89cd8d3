"""TensorFlow: a small Keras network over a tensor of four float32 numbers."""

import data
import mlflow.tensorflow
import numpy as np
import piece
import tensorflow as tf
from mlflow.models import infer_signature

tf.keras.utils.set_random_seed(1)
tf.config.threading.set_intra_op_parallelism_threads(1)
frame, species = data.flowers(200)
values = frame.to_numpy(dtype="float32")
numbers = species.astype("category").cat.codes.to_numpy()
layers = [tf.keras.layers.Input((4,)), tf.keras.layers.Dense(8, activation="relu")]
model = tf.keras.Sequential([*layers, tf.keras.layers.Dense(3, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(values, numbers, epochs=5, batch_size=32, verbose=0, shuffle=False)
mlflow.tensorflow.save_model(
    model, piece.MODEL, signature=infer_signature(values, model.predict(values, verbose=0)), input_example=values[:2]
)
piece.ask_values(np.vstack([data.flowers(30, seed=1)[0].to_numpy(), [[0, -0.0, 1e6, -1e6]]]))
