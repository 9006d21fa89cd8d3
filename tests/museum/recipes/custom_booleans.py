"""Optional truth values: a missing one is None, and stays what it is."""

import mlflow.pyfunc
import pandas as pd
import piece
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema


class Consent(mlflow.pyfunc.PythonModel):
    """Says what a person agreed to."""

    def predict(self, context, model_input, params=None):
        """Return a list of texts."""
        names = {True: "agreed", False: "refused"}
        return [f"{row.person}: {names.get(row.newsletter, 'not asked')}" for row in model_input.itertuples()]


inputs = Schema([ColSpec("string", "person"), ColSpec("boolean", "newsletter", required=False)])
signature = ModelSignature(inputs, Schema([ColSpec("string")]))
mlflow.pyfunc.save_model(piece.MODEL, python_model=Consent(), signature=signature)
people = ["Ann", "Bo", "Çelik", "Dee", "Émile", "Fu", "", "g"] * 3
answers = [True, False, None, True, None, None, False, True] * 3
piece.ask(pd.DataFrame({"person": people, "newsletter": pd.Series(answers, dtype=object)}))
