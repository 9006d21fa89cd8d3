"""A discriminant analysis whose requirements hold no versions: a file of constraints beside them does."""

from pathlib import Path

import data
import mlflow.sklearn
import numpy as np
import piece
import scipy
import sklearn
from mlflow.models import infer_signature
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

frame, species = data.flowers(150)
model = make_pipeline(QuantileTransformer(n_quantiles=50), LinearDiscriminantAnalysis()).fit(frame, species)
versions = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}
Path("constraints.txt").write_text("".join("{}=={}\n".format(*pin) for pin in versions.items()))
mlflow.sklearn.save_model(
    model,
    piece.MODEL,
    signature=infer_signature(frame, model.predict(frame)),
    input_example=frame[:2],
    pip_requirements=["mlflow<3", "scikit-learn", "numpy", "scipy", "-c constraints.txt"],
)
piece.ask(data.flowers(40, seed=1)[0], {"sepal length (cm)": 1e9, "petal width (cm)": -0.0})
