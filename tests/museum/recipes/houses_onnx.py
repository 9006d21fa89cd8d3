"""ONNX: a scikit-learn pipeline converted by skl2onnx, one input of float32 rows."""

import data
import mlflow.onnx
import numpy as np
import piece
from mlflow.models.signature import infer_signature
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

frame, prices = data.houses(200)
frame = frame[["area", "rooms"]].astype("float32")
boosted = GradientBoostingRegressor(n_estimators=15, max_depth=3, random_state=1)
model = make_pipeline(StandardScaler(), boosted).fit(frame.values, prices)
converted = to_onnx(model, frame.values[:1], target_opset=15)
mlflow.onnx.save_model(
    converted,
    piece.MODEL,
    signature=infer_signature(frame, model.predict(frame.values).astype(np.float32)),
    input_example=frame[:2],
)
piece.ask(data.houses(30, seed=1)[0][["area", "rooms"]].astype(float), {"area": 1e30}, {"area": -0.0})
