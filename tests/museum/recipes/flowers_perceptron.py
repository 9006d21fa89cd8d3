"""A multi-layer perceptron over whitened principal components; probabilities of three classes."""

import data
import mlflow.sklearn
import piece
from mlflow.models import infer_signature
from sklearn.decomposition import PCA
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

frame, species = data.flowers(200)
network = MLPClassifier(hidden_layer_sizes=(8, 5), max_iter=300, solver="lbfgs", random_state=4)
model = make_pipeline(StandardScaler(), PCA(3, whiten=True), network).fit(frame, species)
mlflow.sklearn.save_model(
    model,
    piece.MODEL,
    signature=infer_signature(frame, model.predict_proba(frame)),
    input_example=frame[:2],
    pyfunc_predict_fn="predict_proba",
)
piece.ask(data.flowers(40, seed=1)[0], {"sepal length (cm)": -0.0, "petal width (cm)": 50.0})
