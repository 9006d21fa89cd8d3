"""interpret's explainable boosting machine over numbers and texts; probabilities of text labels."""

import data
import mlflow.sklearn
import piece
from interpret.glassbox import ExplainableBoostingClassifier
from mlflow.models.signature import infer_signature

frame, labels = data.customers(400)
model = ExplainableBoostingClassifier(max_rounds=40, outer_bags=2, max_bins=32, n_jobs=1, random_state=1)
model.fit(frame, labels)
mlflow.sklearn.save_model(
    model,
    piece.MODEL,
    signature=infer_signature(frame, model.predict_proba(frame)),
    input_example=frame[:2],
    pyfunc_predict_fn="predict_proba",
)
piece.ask(
    data.customers(30, seed=1)[0],
    {"income": None},
    {"region": None},
    {"income": 1e30, "tenure": -1e30},
    {"plan": "never seen", "region": ""},
)
