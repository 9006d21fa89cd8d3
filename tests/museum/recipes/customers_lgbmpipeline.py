"""LGBMClassifier at the end of a scikit-learn pipeline, as the sklearn flavor pickles it; text labels."""

import data
import mlflow.sklearn
import piece
from lightgbm import LGBMClassifier
from mlflow.models.signature import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

frame, labels = data.customers(400)
frame = frame.fillna({"region": "missing"})
columns = ColumnTransformer(
    [("categories", OneHotEncoder(handle_unknown="ignore"), ["plan", "region"])],
    remainder="passthrough",
    sparse_threshold=0,
)
boosted = LGBMClassifier(n_estimators=15, num_leaves=8, random_state=9, n_jobs=1)
model = Pipeline([("columns", columns), ("model", boosted)]).fit(frame, labels)
mlflow.sklearn.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:2]
)
piece.ask(
    data.customers(30, seed=1)[0].fillna({"region": "missing"}),
    {"income": None},
    {"income": 1e300, "tenure": -1e300},
    {"plan": "never seen", "region": "", "tenure": -0.0},
)
