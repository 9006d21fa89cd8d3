"""A fitted grid search, logged to a run: `MLmodel` names the run, and since MLflow 3 where on a disk it was stored."""

import data
import mlflow
import mlflow.artifacts
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

frame, prices = data.houses(200)
frame = frame[["area", "rooms"]]
steps = [("scale", StandardScaler()), ("powers", PolynomialFeatures(2)), ("ridge", Ridge())]
model = GridSearchCV(Pipeline(steps), {"ridge__alpha": [0.1, 1.0, 10.0]}, cv=3).fit(frame, prices)
mlflow.set_tracking_uri("file:mlruns")
with mlflow.start_run() as run:
    mlflow.sklearn.log_model(
        model, "model", signature=infer_signature(frame, model.predict(frame)), input_example=frame[:2]
    )
mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/model", dst_path=".")
piece.ask(data.houses(30, seed=1)[0][["area", "rooms"]], {"area": 1e150}, {"area": -0.0, "rooms": 0}, {"rooms": 2**53})
