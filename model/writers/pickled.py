"""Write `model.pkl` with a new pickle protocol, whichever the model was saved with."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

from writers import Written

_PROTOCOL = min(5, pickle.HIGHEST_PROTOCOL)  # Python 3.7 has 4


def write(estimator: Any, bundle: Path, _request: dict[str, Any]) -> Written:
    """Pickle an estimator, and unpickle it to find the modules that it needs."""
    try:
        pickled = pickle.dumps(estimator, protocol=_PROTOCOL)
    except Exception:  # functions of a notebook: only cloudpickle takes them along
        import cloudpickle

        pickled = cloudpickle.dumps(estimator, protocol=_PROTOCOL)
    (bundle / "model.pkl").write_bytes(pickled)
    modules: set[str] = set()

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            modules.add(module.split(".", maxsplit=1)[0])
            return super().find_class(module, name)

    Unpickler(io.BytesIO(pickled)).load()
    return Written(sorted(modules), {})


WRITERS = {"pickle": write}
