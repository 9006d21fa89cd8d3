"""Nearest neighbors over scaled columns whose names hold spaces and brackets; text labels."""

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

frame, species = data.flowers(120)
model = make_pipeline(MinMaxScaler(), KNeighborsClassifier(n_neighbors=5, weights="distance")).fit(frame, species)
mlflow.sklearn.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:1]
)
piece.ask(data.flowers(30, seed=1)[0], {"sepal length (cm)": 1e6}, {"petal width (cm)": -0.0})
