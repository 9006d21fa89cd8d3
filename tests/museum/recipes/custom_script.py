"""Models from code: the model is a script in its folder, and nothing is pickled."""

from pathlib import Path

import data
import mlflow.pyfunc
import piece
from mlflow.models import infer_signature

SCRIPT = '''"""A model as a script."""

import mlflow
import pandas as pd


class Comfort(mlflow.pyfunc.PythonModel):
    """Says whether people feel well."""

    def load_context(self, context):
        """Set the limits in degrees."""
        self.limits = (18.0, 65.0)

    def predict(self, context, model_input: pd.DataFrame, params=None):
        """Return a Series of truth values."""
        low, high = self.limits
        return model_input["temperature"].between(low, high) & (model_input["humidity"] < 70)


mlflow.models.set_model(Comfort())
'''

frame, _ = data.sensors(60)
Path("comfort.py").write_text(SCRIPT)
mlflow.pyfunc.save_model(
    piece.MODEL,
    python_model="comfort.py",
    signature=infer_signature(frame, frame["humidity"] < 70),
    input_example=frame[:2],
)
piece.ask(data.sensors(30, seed=1)[0], {"temperature": None}, {"humidity": 1e300}, {"temperature": -0.0})
