"""Install a model's own packages, where `build` looks for them: `python -m model.image.install MODEL PYTHON`.

An image build runs this in a layer of its own, which stays cached when the model or the handler changes. PYTHON is a
version or a path, as for `python -m model build --python`.
"""

import sys
from pathlib import Path

import yaml

from model.environment import model_environment, model_interpreter
from model.environment.conda import saved_python
from model.environment.requirements import model_requirements
from model.errors import ModelError


def main(model: str, python: str) -> str | None:
    """Install; return an error message, or None."""
    folder = Path(model)
    file = folder / "MLmodel"  # checked by `model.image.needs`, which copies nothing for a remote model
    if not file.exists():
        return None
    described = yaml.safe_load(file.read_text(encoding="utf-8"))
    saved = saved_python(folder, described["flavors"]["python_function"])
    try:
        needs = model_requirements(folder, described, saved)
        model_environment(needs, model_interpreter(python, saved), saved=saved)
    except ModelError as error:
        return f"error: {error}"
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
