"""Child: writes a model in the form a backend loads. Runs in the model's own environment.

Request: model (MLflow's folder), flavor, form (see `model/writers/`), bundle (folder to write into), predict_fn, the
signature's inputs, and the columns they are where the model can be compiled. Result: the labels of a classifier, more
options for the backend, the top-level modules that the bundle cannot do without, and `hints` (see `model.rows`; null
where they are not known).
"""

import json
import sys
import traceback
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any


def main(asked: str, given: str) -> None:
    """Answer the request in the file `asked` in the file `given`."""
    warnings.simplefilter("ignore")
    request = json.loads(Path(asked).read_text())
    try:
        from writers import writer

        model = loaded(request["flavor"], request["model"])
        written = writer(request["form"])(model, Path(request["bundle"]), request)
        classes: Any = getattr(model, "classes_", None)
        named = classes.tolist() if getattr(classes, "ndim", 0) == 1 else None
        result = {"classes": named, **written._asdict()}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a model may raise anything
        traceback.print_exc()
        result = {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"}
    Path(given).write_text(json.dumps(result))


def loaded(flavor: str, model: str) -> Any:
    """A fitted estimator or a booster as its flavor loads it; ONNX is served as it is, so its folder will do."""
    return Path(model) if flavor == "onnx" else import_module(f"mlflow.{flavor}").load_model(model)


if __name__ == "__main__":
    main(*sys.argv[1:])
