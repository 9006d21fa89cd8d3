"""Child: writes a flavor's model in the form its native backend loads fastest. Runs in the model's own environment.

Request: model (MLflow's folder), flavor, bundle (folder to write into). Result: the labels of a
classifier, and the top-level modules that its objects come from.
"""

import io
import json
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any


def main(asked: str, given: str) -> None:
    """Answer the request in the file `asked` in the file `given`."""
    warnings.simplefilter("ignore")
    request = json.loads(Path(asked).read_text())
    try:
        result = EXPORTERS[request["flavor"]](request["model"], Path(request["bundle"]))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a model may raise anything
        traceback.print_exc()
        result = {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"}
    Path(given).write_text(json.dumps(result))


def sklearn(model: str, bundle: Path) -> dict[str, Any]:
    """`model.pkl`: pickle's newest protocol, whatever the model was saved in (MLflow's own format loads in seconds)."""
    import pickle

    import mlflow.sklearn

    estimator = mlflow.sklearn.load_model(model)
    try:
        pickled = pickle.dumps(estimator, protocol=5)
    except Exception:  # noqa: BLE001 - a model may raise anything
        import cloudpickle

        pickled = cloudpickle.dumps(estimator, protocol=5)
    (bundle / "model.pkl").write_bytes(pickled)
    modules: set[str] = set()

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            modules.add(module.split(".", maxsplit=1)[0])
            return super().find_class(module, name)

    Unpickler(io.BytesIO(pickled)).load()
    classes: Any = getattr(estimator, "classes_", None)
    return {"classes": classes.tolist() if getattr(classes, "ndim", 0) == 1 else None, "modules": sorted(modules)}


EXPORTERS = {"sklearn": sklearn}

if __name__ == "__main__":
    main(*sys.argv[1:])
