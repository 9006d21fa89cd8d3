"""A handler as in MLflow's documentation: `mlflow.pyfunc.load_model`, then `predict` on a DataFrame."""

import json
import os
import time
from typing import Any

import mlflow.pyfunc
from mlflow.utils.proto_json_utils import dataframe_from_parsed_json, parse_tf_serving_input

model = mlflow.pyfunc.load_model(os.environ["MODEL"])
schema = model.metadata.get_input_schema()


def to_model_input(rows: list[dict[str, Any]]) -> Any:
    """Return rows as MLflow's scoring server decodes them."""
    if schema and not schema.has_input_names() and not schema.is_tensor_spec():
        return [row["input"] for row in rows]
    if schema is None or not schema.is_tensor_spec():
        return dataframe_from_parsed_json(rows, pandas_orient="records", schema=schema)
    instances = rows if schema.has_input_names() else [row["input"] for row in rows]
    return parse_tf_serving_input({"instances": instances}, schema=schema)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Respond to an HTTP API event; the header `predict-ms` contains the model's time."""
    body = json.loads(event["body"])
    rows = to_model_input(body if isinstance(body, list) else [body])
    started = time.perf_counter()
    output = model.predict(rows)
    milliseconds = (time.perf_counter() - started) * 1000
    if hasattr(output, "to_dict"):
        output = output.to_dict(orient="records")
    return {
        "statusCode": 200,
        "headers": {"predict-ms": str(milliseconds)},
        "body": json.dumps(output.tolist() if hasattr(output, "tolist") else output),
    }
