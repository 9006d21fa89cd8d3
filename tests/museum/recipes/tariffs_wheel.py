"""A PythonModel whose package is a private wheel in the model's folder, which the requirements name."""

import subprocess
import sys

import data
import mlflow.pyfunc
import piece

WHEEL = piece.wheel("tariffs", "1.0")
subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-index", WHEEL], check=True)

import tariffs.model  # noqa: E402 - it was installed just now
from mlflow.models.signature import infer_signature  # noqa: E402

frame = data.uses(60)
model = tariffs.model.Tariff(2.0)
mlflow.pyfunc.save_model(
    piece.MODEL,
    python_model=model,
    signature=infer_signature(frame, model.predict(None, frame)),
    input_example=frame[:2],
    pip_requirements=["mlflow==" + mlflow.__version__, "pandas", "code/" + WHEEL],
    **piece.code(mlflow.pyfunc.save_model, WHEEL),
)
piece.ask(data.uses(30, seed=1), {"energy": None}, {"energy": 1e300}, {"hour": -1, "energy": -0.0})
