"""The fake-news service as in many tutorials: FastAPI in front of `mlflow.pyfunc`."""

import os
from typing import Any

import mlflow.pyfunc
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = mlflow.pyfunc.load_model(os.environ.get("MODEL", "model"))


class Article(BaseModel):
    """The request body."""

    text: str


@app.get("/")
def hello() -> dict[str, str]:
    """Return a greeting."""
    return {"message": "Hello Model"}


@app.get("/add/{a}/{b}")
def add(a: int, b: int) -> dict[str, int]:
    """Return a sum."""
    return {"total": a + b}


@app.post("/predict")
def predict(article: Article) -> dict[str, Any]:
    """Return whether an article is fake news."""
    output = model.predict(pd.DataFrame([article.model_dump()]))
    return {"FakeNewsTrueFalse": output.tolist()[0]}
