"""A model as Azure's AutoML writes it: the freeze of an environment whose packages do not agree with each other."""

import platform

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, OneHotEncoder

frame, labels = data.customers(300)
frame = frame.fillna({"region": "missing"})
columns = ColumnTransformer(
    [
        ("numbers", Pipeline([("mean", SimpleImputer()), ("scale", MaxAbsScaler())]), ["age", "income", "tenure"]),
        ("categories", OneHotEncoder(handle_unknown="ignore"), ["plan", "region"]),
    ]
)
trees = ExtraTreesClassifier(n_estimators=10, max_depth=6, random_state=3)
model = Pipeline([("datatransformer", columns), ("model", trees)]).fit(frame, labels)
freeze = ["{}=={}".format(*pin) for pin in piece.versions().items()]
environment = {
    "name": "project_environment",
    "channels": ["anaconda", "conda-forge", "pytorch"],
    "dependencies": ["python=" + platform.python_version(), {"pip": freeze}],
}
mlflow.sklearn.save_model(
    model,
    piece.MODEL,
    conda_env=environment,
    signature=infer_signature(frame, model.predict(frame)),
    input_example=frame[:2],
)
piece.ask(
    data.customers(30, seed=1)[0].fillna({"region": "missing"}),
    {"income": None},
    {"income": 1e30, "tenure": -1e30},
    {"plan": "never seen", "region": ""},
)
