"""A range of MLflow versions that import pkg_resources, which setuptools has lost since; setuptools is not named."""

import data
import mlflow.sklearn
import piece
import sklearn
from mlflow.models.signature import infer_signature
from sklearn.linear_model import ElasticNet
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer

frame, prices = data.houses(200)
frame = frame[["area", "rooms"]]
model = make_pipeline(PowerTransformer(), ElasticNet(alpha=0.5)).fit(frame, prices)
mlflow.sklearn.save_model(
    model,
    piece.MODEL,
    signature=infer_signature(frame, model.predict(frame)),
    input_example=frame[:2],
    pip_requirements=["mlflow>=2.3,<2.16", "scikit-learn==" + sklearn.__version__, "numpy<2"],
)
piece.ask(data.houses(30, seed=1)[0][["area", "rooms"]], {"area": -0.0}, {"rooms": -(2**31)}, {"area": 1e100})
