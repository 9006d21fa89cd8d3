"""Probabilities by `pyfunc_predict_fn`, of a gradient-boosted classifier over dense one-hot columns."""

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

frame, labels = data.customers(300)
frame = frame.fillna({"region": "missing", "income": 0.0})
try:
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
except TypeError:  # before scikit-learn 1.2
    encoder = OneHotEncoder(handle_unknown="ignore", sparse=False)
columns = make_column_transformer((encoder, ["plan", "region"]), remainder="passthrough")
boosted = GradientBoostingClassifier(n_estimators=15, max_depth=3, random_state=6)
model = make_pipeline(columns, boosted).fit(frame, labels)
mlflow.sklearn.save_model(
    model,
    piece.MODEL,
    signature=infer_signature(frame, model.predict_proba(frame)),
    input_example=frame[:2],
    pyfunc_predict_fn="predict_proba",
)
piece.ask(
    data.customers(30, seed=1)[0].fillna({"region": "missing", "income": 0.0}),
    {"income": 1e30, "tenure": -1e30},
    {"age": 2**31 - 1, "tenure": -0.0},
    {"plan": "never seen", "region": ""},
)
