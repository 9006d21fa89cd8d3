"""The pipeline of most tutorials: imputing, scaling, one-hot encoding, logistic regression; text labels."""

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

frame, labels = data.customers(400)
frame = frame.fillna({"region": "missing"})
numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
categories = make_pipeline(
    SimpleImputer(strategy="constant", fill_value="missing"), OneHotEncoder(handle_unknown="ignore")
)
columns = ColumnTransformer(
    [("numbers", numbers, ["age", "income", "tenure"]), ("categories", categories, ["plan", "region"])]
)
model = make_pipeline(columns, LogisticRegression(max_iter=500)).fit(frame, labels)
mlflow.sklearn.save_model(
    model,
    piece.MODEL,
    signature=infer_signature(frame, model.predict(frame)),
    input_example=frame[:2],
    **piece.known(mlflow.sklearn.save_model, skops_trusted_types=["numpy.dtype"]),
)
piece.ask(
    data.customers(30, seed=1)[0].fillna({"region": "missing"}),
    {"income": None},
    {"income": 1e300, "tenure": -1e300},
    {"income": 0.0, "tenure": -0.0, "age": -(2**31)},
    {"plan": "never seen", "region": ""},
)
