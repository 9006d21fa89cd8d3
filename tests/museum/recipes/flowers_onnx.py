"""ONNX: a classifier's label over a tensor."""

import data
import mlflow.onnx
import numpy as np
import piece
from mlflow.models.signature import infer_signature
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression

frame, species = data.flowers(200)
values = frame.values.astype(np.float32)
model = LogisticRegression(max_iter=500).fit(values, species.astype("category").cat.codes.values.astype(int))
converted = to_onnx(model, values[:1], options={"zipmap": False}, target_opset=15)
names = [output.name for output in converted.graph.output]
del converted.graph.output[names.index("probabilities")]
mlflow.onnx.save_model(converted, piece.MODEL, signature=infer_signature(values, model.predict(values)))
piece.ask_values(data.flowers(30, seed=1)[0].values)
