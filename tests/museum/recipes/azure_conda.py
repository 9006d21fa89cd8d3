"""An Azure environment whose libraries are conda's packages, not pip's; no requirements.txt was kept."""

import platform

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

frame, prices = data.houses(200)
frame = frame[["area", "rooms"]]
model = make_pipeline(StandardScaler(), Ridge(alpha=2.0)).fit(frame, prices)
libraries = piece.versions("numpy", "pandas", "scikit-learn")
environment = {
    "name": "project_environment",
    "channels": ["anaconda", "conda-forge"],
    "dependencies": [
        "python=" + platform.python_version(),
        {"pip": ["mlflow=={mlflow}".format(**piece.versions("mlflow"))]},
        *("{}=={}".format(*pin) for pin in libraries.items()),
    ],
}
mlflow.sklearn.save_model(
    model, piece.MODEL, conda_env=environment, signature=infer_signature(frame, model.predict(frame))
)
piece.drop("requirements.txt", "python_env.yaml")
piece.ask(data.houses(30, seed=1)[0][["area", "rooms"]], {"area": 1e300}, {"area": -0.0, "rooms": -(2**53)})
