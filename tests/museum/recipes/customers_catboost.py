"""CatBoost with text categories and missing numbers; it answers with text labels."""

import catboost
import data
import mlflow.catboost
import piece
from mlflow.models.signature import infer_signature

frame, labels = data.customers(300)
frame = frame.fillna({"region": "missing"})
model = catboost.CatBoostClassifier(
    iterations=20,
    depth=4,
    random_seed=1,
    thread_count=1,
    cat_features=["plan", "region"],
    verbose=False,
    allow_writing_files=False,
)
model.fit(frame, labels)
mlflow.catboost.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:2]
)
piece.ask(
    data.customers(30, seed=1)[0].fillna({"region": "missing"}),
    {"income": None},
    {"income": 1e30, "tenure": -1e30},
    {"plan": "never seen", "region": "", "tenure": -0.0},
)
