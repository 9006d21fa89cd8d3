"""Copy what decides a model's packages: `python -m model.image.needs MODEL FOLDER --python VERSION`.

An image build runs this first. It stops at once where VERSION is not the Python that the model was saved on.
"""

import argparse
import shutil
import sys
from pathlib import Path

import yaml

from model.environment.pythons import minor
from model.environment.requirement_lines import referred_files
from model.environment.requirements import NUMPY_2, model_requirements
from model.errors import ModelError
from model.mlmodel import read
from model.pickles import need_numpy_2

_FILES = ("requirements.txt", "conda.yaml", "python_env.yaml")
_KEYS = ("mlflow_version", "flavors")


def main(arguments: list[str]) -> str | None:
    """Copy the files; return an error message, or None."""
    parser = argparse.ArgumentParser(prog="python -m model.image.needs", description=__doc__)
    parser.add_argument("model", type=Path, help="the MLflow model's folder")
    parser.add_argument("folder", type=Path, help="the folder to write")
    parser.add_argument("--python", required=True, help="the Python that the image asks the model under")
    parser.add_argument("--backend", default="auto", help="the backend that is built")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True)
    if options.backend == "remote":
        return None
    try:
        copy_needs(options.model, options.folder, options.python)
    except ModelError as error:
        return f"error: {error}"
    return None


def copy_needs(source: Path, folder: Path, python: str) -> None:
    """Copy requirements with the files that they name, and of MLmodel the versions and the day it was saved.

    Whether numpy 2 wrote the pickles, which are not copied, is noted in MLmodel.

    Raises:
        ModelError: the model cannot be read, or was saved on another Python.
    """
    model = read(source)
    if model.python and minor(model.python) != minor(python):
        own = ".".join(map(str, minor(model.python)))
        raise ModelError(
            f"the model was saved on Python {model.python} and MODEL_PYTHON is {python}: build with "
            f"--build-arg MODEL_PYTHON={own}, with `make image`, or with it in template.yaml"
        )
    needs = model_requirements(model.folder, model.described, model.python)
    files = [source / name for name in _FILES if (source / name).is_file()]
    for path in {*files, *(referred_files(needs.file) if needs.file else [])}:
        target = folder / path.resolve().relative_to(source.resolve())
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    described = {name: model.described[name] for name in _KEYS if name in model.described}
    if needs.created:
        described["utc_time_created"] = f"{needs.created:%Y-%m-%d} 00:00:00"
    if need_numpy_2(model.folder):
        described[NUMPY_2] = True
    (folder / "MLmodel").write_text(yaml.safe_dump(described))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
