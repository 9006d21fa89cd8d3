"""A FastAPI service behind API Gateway with Mangum, as in many tutorials."""

import os
from typing import Any

import mlflow.pyfunc
import pandas as pd
from fastapi import FastAPI
from mangum import Mangum
from pydantic import create_model

loaded = mlflow.pyfunc.load_model(os.environ["MODEL"])
names = loaded.metadata.get_input_schema().input_names()

app = FastAPI()
fields: Any = dict.fromkeys(names, (str | float | int | bool | None, ...))
Row = create_model("Row", **fields)


@app.post("/predict")  # type: ignore[untyped-decorator]
def predict(body: Row | list[Row]) -> dict[str, Any]:  # type: ignore[valid-type]
    """Predict one row or a list of rows."""
    rows = body if isinstance(body, list) else [body]
    output = loaded.predict(pd.DataFrame([row.model_dump() for row in rows]))
    return {"predictions": output.tolist() if hasattr(output, "tolist") else output.to_dict(orient="records")}


handler = Mangum(app, lifespan="off")
