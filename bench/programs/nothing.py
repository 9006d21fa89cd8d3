"""An empty handler: the cost of the runtime client alone."""

from typing import Any


def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Return an empty response to an HTTP API event."""
    return {"statusCode": 200, "headers": {}, "body": "{}"}
