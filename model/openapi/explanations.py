"""Describe explanations: how requests ask for them, and how responses hold them."""

from typing import Any

from handler.bundle import Manifest
from handler.schema import elements
from handler.schema.params import EXPLAIN
from model.openapi.json_schema import Schema
from model.openapi.parts import reference

_WISH = "Whether to explain each prediction: the response then has `explanations` beside `predictions`."


def parameters(manifest: Manifest) -> list[dict[str, Any]]:
    """Return the query parameter that asks for explanations; models that have them have no params of their own."""
    if manifest.unexplained:
        return []
    return [{"name": EXPLAIN, "in": "query", "schema": {"type": "boolean"}, "description": _WISH}]


def schemas(manifest: Manifest) -> dict[str, Schema]:
    """Return the schemas of explanations; none for a model without them."""
    if manifest.unexplained:
        return {}
    number = {"type": ["number", "null"]}
    table = elements(manifest.signature.inputs or [{"type": ""}]) is not None
    parts = {"type": "array", "items": number} if table else number
    properties: dict[str, Schema] = {
        "output": {"description": "The class or the output that is explained."},
        "expected_value": number | {"description": "The mean over the training rows; a linear model's intercept."},
        "contributions": {
            "type": "object",
            "description": "What each input column adds to the expected value. Together they are the margin: the "
            "log-odds of a logistic or boosted classifier, a number before its link function.",
            "additionalProperties": parts,
        },
        "terms": {
            "type": "object",
            "description": "For columns of text: the terms that add or take away most.",
            "additionalProperties": {"type": "object", "additionalProperties": number},
        },
    }
    of_row = {"type": "array", "items": reference("Explanation")}
    return {
        "Explanation": {
            "description": "How one margin of a row comes about.",
            "type": "object",
            "properties": properties,
            "required": ["output", "expected_value", "contributions"],
        },
        "Explained": {
            "description": "Predictions with their explanations, one list of explanations for each row.",
            "type": "object",
            "properties": {
                "predictions": {"oneOf": [reference("Answer"), reference("Answers")]},
                "explanations": {"type": "array", "items": {"oneOf": [reference("Explanation"), of_row]}},
            },
            "required": ["predictions", "explanations"],
        },
    }
