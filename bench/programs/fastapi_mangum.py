"""What people put into a container first: a FastAPI service, made to answer API Gateway by Mangum."""

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
def predict(given: Row | list[Row]) -> dict[str, Any]:  # type: ignore[valid-type]
    """Predict one row, or a list of them."""
    rows = given if isinstance(given, list) else [given]
    answer = loaded.predict(pd.DataFrame([row.model_dump() for row in rows]))
    return {"predictions": answer.tolist() if hasattr(answer, "tolist") else answer.to_dict(orient="records")}


handler = Mangum(app, lifespan="off")
