"""Turn rows into what a loaded MLflow model takes, by the functions that its own scoring server reads requests with.

From MLflow 2.0 on that is `dataframe_from_parsed_json`; 1.x goes through text, in which numbers lose digits.
"""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import datetime
from typing import Any, Callable, List

Reader = Callable[[List[Any]], Any]


def input_reader(model: Any) -> Reader:
    """Return the function that reads rows for a loaded pyfunc model: as tensors, values of one column, or a table."""
    schema = input_schema(model)
    inputs = schema.inputs if schema else []
    if schema is not None and is_tensor_schema(schema):
        from mlflow.utils.proto_json_utils import parse_tf_serving_input

        unnamed = len(inputs) == 1 and inputs[0].name is None
        return lambda rows: parse_tf_serving_input(
            {"instances": [row["input"] if unnamed else row for row in rows]}, schema=schema
        )
    if len(inputs) == 1 and inputs[0].name is None:
        return lambda rows: [row["input"] for row in rows]
    return table_reader(schema)


def table_reader(schema: Any) -> Reader:
    """Return the function that reads rows into a DataFrame.

    MLflow's scoring server casts a missing boolean to False or True. The handler keeps it as None, as `predict` does
    with a DataFrame, and so does this function.
    """
    columns = schema.inputs if schema else []
    # A name can be a number, which is text in JSON; dates in several forms are too much for pandas.
    labels = [index if column.name is None else column.name for index, column in enumerate(columns)]
    names = {str(label): label for label in labels}
    moments = {str(column.name) for column in columns if getattr(column.type, "name", None) == "datetime"}
    to_frame = frame_maker(schema)

    def field(name: str, value: Any) -> tuple[Any, Any]:
        if name in moments and value is not None:
            value = datetime.fromisoformat(value)
        return names.get(name, name), value

    flags = {str(column.name) for column in columns if is_optional_boolean(column)}

    def read(rows: list[Any]) -> Any:
        frame = to_frame([dict(field(*item) for item in row.items()) for row in rows])
        for name in flags & set(frame):
            values = [row.get(name) for row in rows]
            if None in values:
                frame[name] = frame[name].astype(object).where([value is not None for value in values], None)
        return frame

    return read


def is_optional_boolean(column: Any) -> bool:
    """Return whether a column of a schema is an optional boolean; MLflow before 2.10 calls it `optional`."""
    required = getattr(column, "required", not getattr(column, "optional", False))
    return getattr(column.type, "name", None) == "boolean" and not required


def frame_maker(schema: Any) -> Reader:
    """Return the function from records to a DataFrame with the dtypes of a schema: MLflow's own from 2.0 on."""
    from mlflow.utils import proto_json_utils

    if hasattr(proto_json_utils, "dataframe_from_parsed_json"):
        return lambda rows: proto_json_utils.dataframe_from_parsed_json(rows, pandas_orient="records", schema=schema)
    columns = schema.inputs if schema else []
    return lambda rows: typed_frame(rows, columns)


def typed_frame(rows: list[Any], columns: list[Any]) -> Any:
    """Return a DataFrame as MLflow 1.x reads one, but with all digits of its numbers: it reads fifteen."""
    import pandas as pd

    frame = pd.DataFrame(rows)
    for column in columns:
        if column.name not in frame:
            continue
        values = frame[column.name]
        if column.type.name == "binary":
            frame[column.name] = values.map(base64.b64decode, na_action="ignore")
            continue
        with suppress(OverflowError, TypeError, ValueError):  # MLflow refuses it, or takes it as it is
            frame[column.name] = values.astype(column.type.to_pandas())
    return frame


def input_schema(model: Any) -> Any:
    """Return the input schema of a loaded model's signature, None without one."""
    ask = getattr(getattr(model, "metadata", None), "get_input_schema", None)
    return ask() if ask else None


def is_tensor_schema(schema: Any) -> bool:
    """Return whether a schema describes tensors, which MLflow has since 1.14."""
    ask = getattr(schema, "is_tensor_spec", None) or getattr(schema, "_is_tensor_spec", None)
    return bool(ask and ask())
