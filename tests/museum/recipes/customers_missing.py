"""Optional texts: missing ones are a category of their own, most frequent categories are encoded; labels are text."""

import data
import mlflow.sklearn
import piece
from mlflow.models import infer_signature
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder
from sklearn.svm import LinearSVC

frame, labels = data.customers(400)
numbers = make_pipeline(SimpleImputer(strategy="median"), KBinsDiscretizer(5, strategy="uniform"))
categories = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20)
columns = make_column_transformer(
    (numbers, make_column_selector(dtype_include="number")), (categories, ["plan", "region"])
)
model = make_pipeline(columns, CalibratedClassifierCV(LinearSVC(dual=False), cv=3)).fit(frame, labels)
mlflow.sklearn.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:2]
)
piece.ask(
    data.customers(30, seed=1)[0],
    {"income": None, "region": None},
    {"income": 1e300, "tenure": -1e300},
    {"plan": "never seen", "region": ""},
)
