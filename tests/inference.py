"""Ask models of any signature in the Open Inference Protocol, for several test files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from handler.core import Core
from handler.message import Request
from handler.settings import Settings

Ask = Callable[..., tuple[int, Any]]
"""Sends a body with a method, a path and headers, of which the latter may be left out; returns status and JSON."""


def column(kind: str, name: str = "x") -> dict[str, Any]:
    """Return an entry of a signature's inputs."""
    return {"type": kind, "name": name, "required": True}


def tensor(name: str, shape: list[int], datatype: str, data: Any, **more: Any) -> dict[str, Any]:
    """Return an input tensor."""
    return {"name": name, "shape": shape, "datatype": datatype, "data": data, **more}


def serve(bundle: Path) -> Ask:
    """Serve a bundle in this process; underscores in header names stand for hyphens."""
    core = Core(Settings(bundle))
    infer = f"/v2/models/{core.predictor.manifest.model.name}/infer"

    def ask(body: Any = None, method: str = "POST", path: str | None = None, **headers: str) -> tuple[int, Any]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        response = core.answer(Request(method, path or infer, given, {}, raw, id="an-id"))
        return response.status, json.loads(response.body)

    return ask
