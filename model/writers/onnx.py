"""Copy ONNX files to `model/`, with the session options that MLflow sets."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from writers import Written

_MODES = {"SEQUENTIAL": 0, "PARALLEL": 1}
_OPTIONS = ("inter_op_num_threads", "intra_op_num_threads", "execution_mode", "graph_optimization_level")


def write(folder: Path, bundle: Path, _request: dict[str, Any]) -> Written:
    """Copy the model's file and the files of external tensors that it names."""
    import yaml

    flavor = yaml.safe_load((folder / "MLmodel").read_text(encoding="utf-8"))["flavors"]["onnx"]
    content = (folder / flavor["data"]).read_bytes()
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and (name == flavor["data"] or name.encode() in content):
            target = bundle / "model" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    given = flavor.get("onnx_session_options") or {}
    session = {name: given[name] for name in _OPTIONS if given.get(name)}
    if "execution_mode" in session:
        session["execution_mode"] = _MODES[session["execution_mode"].upper()]
    options = {"file": flavor["data"], "session": session, "session_config": given.get("extra_session_config") or {}}
    return Written(["numpy", "onnxruntime"], options)


WRITERS = {"onnx": write}
