"""Child: writes a flavor's model in the form a backend loads. Runs in the model's own environment.

Request: model (MLflow's folder), flavor, backend, bundle (folder to write into), predict_fn and the signature's
inputs. Result: the labels of a classifier, and the top-level modules that the bundle cannot do
without, and `hints` (see `model.rows`; null where they are not known).
"""

import io
import json
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

Hints = dict[str, dict[str, list[Any]]]
Written = tuple[list[str], Hints | None]


def main(asked: str, given: str) -> None:
    """Answer the request in the file `asked` in the file `given`."""
    warnings.simplefilter("ignore")
    request = json.loads(Path(asked).read_text())
    try:
        estimator = LOADERS[request["flavor"]](request["model"])
        modules, hints = WRITERS[request["backend"]](estimator, Path(request["bundle"]), request)
        classes: Any = getattr(estimator, "classes_", None)
        named = classes.tolist() if getattr(classes, "ndim", 0) == 1 else None
        result = {"classes": named, "modules": modules, "hints": hints}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a model may raise anything
        traceback.print_exc()
        result = {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"}
    Path(given).write_text(json.dumps(result))


def sklearn(model: str) -> Any:
    """A fitted estimator."""
    import mlflow.sklearn

    return mlflow.sklearn.load_model(model)


def lightgbm(model: str) -> Any:
    """A Booster, or an estimator of LightGBM's scikit-learn interface."""
    import mlflow.lightgbm

    return mlflow.lightgbm.load_model(model)


def xgboost(model: str) -> Any:
    """A Booster, or an estimator of XGBoost's scikit-learn interface."""
    import mlflow.xgboost

    return mlflow.xgboost.load_model(model)


def native(estimator: Any, bundle: Path, _request: dict[str, Any]) -> Written:
    """`model.pkl`: pickle's newest protocol, whatever the model was saved in (MLflow's own format loads in seconds)."""
    import pickle

    try:
        pickled = pickle.dumps(estimator, protocol=5)
    except Exception:  # noqa: BLE001 - functions of a notebook: only cloudpickle takes them along
        import cloudpickle

        pickled = cloudpickle.dumps(estimator, protocol=5)
    (bundle / "model.pkl").write_bytes(pickled)
    modules: set[str] = set()

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            modules.add(module.split(".", maxsplit=1)[0])
            return super().find_class(module, name)

    Unpickler(io.BytesIO(pickled)).load()
    return sorted(modules), None


def compiled(estimator: Any, bundle: Path, request: dict[str, Any]) -> Written:
    """`graph.json` and `arrays.bin`: operations and the numbers they need."""
    from exporters import Origin, Rows, Tables, answered, export

    types = tuple(spec["type"] for spec in request["inputs"])
    tables = Tables()
    rows = Rows(len(types), "columns", types, tuple(Origin(spec["name"]) for spec in request["inputs"]))
    exported = export(estimator, request["predict_fn"], rows, tables)
    graph = {"tables": tables.described, "root": answered(exported)}
    (bundle / "graph.json").write_text(json.dumps(graph, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    (bundle / "arrays.bin").write_bytes(tables.data)
    return [], tables.hints


LOADERS = {"lightgbm": lightgbm, "sklearn": sklearn, "xgboost": xgboost}
WRITERS = {"native": native, "compiled": compiled}

if __name__ == "__main__":
    main(*sys.argv[1:])
