"""A Gaussian process: scikit-learn's own code has to answer, since it has no exporter."""

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF

frame, species = data.flowers(60)
model = GaussianProcessClassifier(1.0 * RBF(1.0), random_state=0).fit(frame, species)
mlflow.sklearn.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:2]
)
piece.ask(data.flowers(40, seed=1)[0], {"sepal length (cm)": 1e6}, {"petal width (cm)": -0.0})
