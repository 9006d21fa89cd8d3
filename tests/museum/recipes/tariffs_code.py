"""A PythonModel whose package travels with it, by `code_paths`."""

import data
import mlflow.pyfunc
import piece
import tariffs
from mlflow.models.signature import infer_signature
from tariffs.model import Tariff

frame = data.uses(60)
model = Tariff(1.5)
mlflow.pyfunc.save_model(
    piece.MODEL,
    python_model=model,
    signature=infer_signature(frame, model.predict(None, frame)),
    input_example=frame[:2],
    **piece.code(mlflow.pyfunc.save_model, tariffs.__path__[0]),
)
piece.ask(data.uses(30, seed=1), {"energy": None}, {"energy": 1e300}, {"hour": -1, "energy": -0.0})
