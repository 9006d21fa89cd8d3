"""The fake-news service that one writes first: FastAPI in front of `mlflow.pyfunc`."""

import os
from typing import Any

import mlflow.pyfunc
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = mlflow.pyfunc.load_model(os.environ.get("MODEL", "model"))


class Article(BaseModel):
    """What is asked about."""

    text: str


@app.get("/")
def hello() -> dict[str, str]:
    """Whether it runs."""
    return {"message": "Hello Model"}


@app.get("/add/{a}/{b}")
def add(a: int, b: int) -> dict[str, int]:
    """Whether it computes."""
    return {"total": a + b}


@app.post("/predict")
def predict(article: Article) -> dict[str, Any]:
    """Whether an article is fake news."""
    answer = model.predict(pd.DataFrame([article.model_dump()]))
    return {"FakeNewsTrueFalse": answer.tolist()[0]}
