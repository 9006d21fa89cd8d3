"""Support vectors trained on an array, so that the signature is a tensor without a name."""

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

frame, species = data.flowers(150)
values, numbers = frame.values, species.astype("category").cat.codes.values.astype(int)
model = make_pipeline(StandardScaler(), SVC(C=2.0, gamma=0.3)).fit(values, numbers)
mlflow.sklearn.save_model(model, piece.MODEL, signature=infer_signature(values, model.predict(values)))
piece.ask_values(data.flowers(40, seed=1)[0].values)
