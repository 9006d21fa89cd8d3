"""The generated files of a project, from its settings and its model."""

import json
import re
from pathlib import Path
from typing import NamedTuple

from cloud import templates
from model.project import Project

FILES = Path(__file__).resolve().parent / "files"
PYTHON = "3.13"
"""Lambda's Python for a model whose bundle does not need another."""


class Described(NamedTuple):
    """What the files of a project depend on.

    Attributes:
        settings: the project's `thaw.toml`.
        model_python: the Python that the model was saved on, such as `3.11`; empty if its files are not here.
        nested: whether the project is in a directory of a repository, whose own workflow tests it.
    """

    settings: Project
    model_python: str
    nested: bool


def render(project: Described) -> dict[str, str]:
    """Return the generated files' texts by their paths in the project."""
    settings = project.settings
    kind = "image" if settings.package == "image" else "zip"
    python = settings.runtime_python or PYTHON
    values = {
        "name": settings.name,
        "model_python": project.model_python,
        "runtime_python": python,
        "workflow_row": "" if project.nested else "| `.github/workflows/` | tests every change and deploys `main` |",
        "model_row": "| `model/` | the MLflow model |" if project.model_python else "",
        **_WORDS[kind],
    }
    written = {
        _target(path.relative_to(FILES / folder)): _fill(path.read_text(encoding="utf-8"), values)
        for folder in ("all", kind)
        for path in sorted((FILES / folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    if project.nested:
        written = {name: text for name, text in written.items() if not name.startswith(".github/")}
    code = templates.image_of_sam() if kind == "image" else templates.zip_of_sam(python)
    return written | {"template.yaml": templates.make(code)}


_WORDS = {
    "image": {
        "sam": "The same with Docker and the SAM CLI: `sam build`, `sam local invoke -e events/http_v2.json` and "
        "`sam deploy`.",
        "package_row": "| `Dockerfile` | the container image |",
        "sam_build": "use_buildkit = true # the Dockerfile mounts caches",
        "sam_deploy": "resolve_image_repos = true # SAM makes a repository for the image,\n"
        "resolve_s3 = true # and a bucket for the template",
    },
    "zip": {
        "sam": "The same with the SAM CLI: `sam build`, `sam local invoke -e events/http_v2.json` and `sam deploy`.",
        "package_row": "| `Makefile` | what `sam build` runs |",
        "sam_build": "# The Makefile calls `thaw assemble`, so no build in a container is needed.",
        "sam_deploy": "resolve_s3 = true # SAM makes a bucket for the zip",
    },
}


def settings_text(settings: Project) -> str:
    """Return a new project's `thaw.toml`."""
    given = {
        "name": (settings.name, "of the deployment"),
        "model": (settings.model, "a directory, or a source of `thaw get` with its version"),
        "package": (settings.package, "zip or image"),
        "runtime-python": (settings.runtime_python, "Lambda's"),
        "model-name": (settings.model_name, "in URLs and descriptions"),
        "predict-fn": (settings.predict_fn, "instead of predict"),
        "quantize": (settings.quantize or None, "a network's weights, to 8 bits"),
    }
    lines = [f"{name} = {json.dumps(value)} # {about}" for name, (value, about) in given.items() if value is not None]
    return "\n".join(
        [
            "# What the commands of `thaw` use here where no option says otherwise.",
            *lines,
            "",
            "[parameters] # of the stack that `thaw deploy` makes; template.yaml lists them",
            '# Access = "Public"',
            "",
        ]
    )


def _target(path: Path) -> str:
    """Return where a file goes: `dot-` is in the place of a dot."""
    return "/".join(re.sub("^dot-", ".", part) for part in path.parts)


def _fill(text: str, values: dict[str, str]) -> str:
    r"""Replace `%%{name}`; a line with nothing but an empty value goes.

    Raises:
        KeyError: there is no such value.
    """
    lines = [(line, re.sub(r"%%\{(\w+)\}", lambda found: values[found[1]], line)) for line in text.splitlines()]
    return "".join(f"{filled}\n" for line, filled in lines if filled or not line)
