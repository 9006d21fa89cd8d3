"""Unsupervised: scaling, principal components and k-means."""

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

frame, _ = data.sensors(300)
model = make_pipeline(StandardScaler(), PCA(n_components=2), KMeans(n_clusters=4, n_init=5, random_state=2)).fit(frame)
mlflow.sklearn.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:2]
)
piece.ask(data.sensors(40, seed=1)[0], {"temperature": 1e9}, {"vibration": -1e9, "humidity": -0.0})
