"""`model.pkl`: pickle's newest protocol, whatever the model was saved in (MLflow's own format loads in seconds)."""

import io
import pickle
from pathlib import Path
from typing import Any

from writers import Written


def write(estimator: Any, bundle: Path, _request: dict[str, Any]) -> Written:
    """Pickle an estimator, and un-pickle it to see which modules that takes."""
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
    return Written(sorted(modules), {})


WRITERS = {"pickle": write}
