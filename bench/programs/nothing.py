"""No model at all: what the platform's runtime client costs by itself."""

from typing import Any


def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer an HTTP API event."""
    return {"statusCode": 200, "headers": {}, "body": "{}"}
