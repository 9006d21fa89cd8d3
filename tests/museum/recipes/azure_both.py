"""An environment of conda whose libraries are conda's packages: MLflow writes pip's alone into requirements.txt."""

import platform

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.ensemble import GradientBoostingRegressor

frame, prices = data.houses(200)
frame = frame[["area", "rooms"]].fillna(0)
model = GradientBoostingRegressor(n_estimators=10, random_state=0).fit(frame, prices)
libraries = piece.versions("numpy", "pandas", "scikit-learn")
environment = {
    "name": "project_environment",
    "channels": ["conda-forge"],
    "dependencies": [
        "python=" + platform.python_version(),
        "_libgcc_mutex=0.1=conda_forge",
        "ca-certificates=2022.12.7",
        "libgfortran5=12.2.0",
        "tzdata=2022g",
        *("{}={}".format(*pin) for pin in libraries.items()),
        {"pip": ["mlflow=={mlflow}".format(**piece.versions("mlflow"))]},
    ],
}
mlflow.sklearn.save_model(
    model, piece.MODEL, conda_env=environment, signature=infer_signature(frame, model.predict(frame))
)
piece.ask(data.houses(30, seed=1)[0][["area", "rooms"]].fillna(0), {"area": 1e30}, {"area": -0.0, "rooms": -(2**53)})
