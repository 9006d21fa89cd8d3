"""`python answer.py`: asks MLflow for the model's answers, in the environment that it was saved in.

Reads `model/` and `rows.json` in the current folder and writes `answered.json`. Runs on Python 3.7 and newer, and with
every MLflow from 1.8, so it shares nothing with what it helps to test.
"""

import importlib
import json
import math
import platform
import sys
from pathlib import Path
from typing import Any, Dict, List

import mlflow.pyfunc
import numpy as np
import pandas as pd

DTYPES = {"boolean": "bool", "integer": "int32", "long": "int64", "float": "float32", "double": "float64"}
"""pandas' dtypes of MLflow's column types."""


def main() -> None:
    """Answer all rows together."""
    rows = json.loads(Path("rows.json").read_text(encoding="utf-8"))
    model = mlflow.pyfunc.load_model("model")
    # MLflow 1.8 has no signatures, and gives the bare estimator.
    schema = model.metadata.get_input_schema() if hasattr(model, "metadata") else None
    answers = listed(model.predict(given(rows, schema)))
    if len(answers) != len(rows):
        sys.exit(f"error: {len(answers)} answers to {len(rows)} rows")
    answered = {"rows": rows, "answers": answers, "python": platform.python_version(), "installed": installed()}
    Path("answered.json").write_text(json.dumps(answered, ensure_ascii=False), encoding="utf-8")


def given(rows: List[Dict[str, Any]], schema: Any) -> Any:
    """Return the rows as the signature asks for them: a tensor, or a DataFrame of its dtypes."""
    if schema is None:
        return pd.DataFrame(rows)
    if hasattr(schema, "is_tensor_spec") and schema.is_tensor_spec():
        spec = schema.inputs[0]
        return np.array([row["input"] if spec.name is None else row[spec.name] for row in rows], dtype=spec.type)
    return pd.DataFrame({spec.name: column([row.get(spec.name) for row in rows], spec.type) for spec in schema.inputs})


def column(values: List[Any], type_: Any) -> Any:
    """Return one column; missing numbers are NaN, and other missing values None, as MLflow's server has them."""
    name = getattr(type_, "name", "")
    if name == "datetime":
        return pd.Series([pd.NaT if value is None else pd.Timestamp(value) for value in values])
    if name in DTYPES and (name in ("float", "double") or None not in values):
        return pd.Series(values, dtype=DTYPES[name])
    return pd.Series(values, dtype=object)


def listed(output: Any) -> List[Any]:
    """Return a prediction as a list with a value for each row: a number, text, a list, or a dict of columns."""
    if isinstance(output, dict):
        output = pd.DataFrame(output)
    if isinstance(output, pd.DataFrame):
        output = output.astype(object).to_dict(orient="records")
    return [plain(value) for value in (output.toarray() if hasattr(output, "toarray") else output)]


def plain(value: Any) -> Any:
    """Return a value as JSON has it; NaN, infinities and NaT are null."""
    if isinstance(value, dict):
        return {key: plain(field) for key, field in value.items()}
    if hasattr(value, "isoformat"):
        return None if value is pd.NaT else value.isoformat()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def installed() -> Dict[str, str]:
    """Return the versions of all installed packages by their names."""
    try:
        metadata = importlib.import_module("importlib.metadata")
    except ImportError:  # Python 3.7
        metadata = importlib.import_module("importlib_metadata")
    return {found.metadata["Name"].lower().replace("_", "-"): found.version for found in metadata.distributions()}


if __name__ == "__main__":
    main()
