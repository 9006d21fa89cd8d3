"""Child process: time evaluators of trees on a model, in turn and on one thread, and compare their answers.

Request: `kind` (a name in `LIBRARIES`), `file` (the native model), `bundle` (the compiled one) and `rows`. Result: a
list of programs, the compiled backend first, then the training library. Each has its `name`; `ready`, the seconds to
load the model and to generate code; `one`, the median seconds of one row; `rate`, rows per second of processor time in
batches of all rows, the best of several; and `error`, the greatest difference from the training library's answer:
probabilities, and margins for CatBoost. A program that fails has a `reason` instead.

Making the input is not included, nor is the import of the libraries in `one` and `rate`.
"""

import json
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from peers.programs import LIBRARIES, PEERS, Program, Task, Unfit, thaw

_ROUNDS = 15
_ONES = 200
_REASON = 160


def main(request_file: str, result_file: str) -> None:
    """Read the request from one file and write the result to the other."""
    warnings.simplefilter("ignore")
    request = json.loads(Path(request_file).read_text())
    rows, kind = request["rows"], request["kind"]
    numbers = np.array([[np.nan if isinstance(value, str) else value for value in row.values()] for row in rows])
    with tempfile.TemporaryDirectory() as work:
        task = Task(kind, request["file"], Path(request["bundle"]), rows, numbers, Path(work))
        makers = {"thaw": thaw, kind: LIBRARIES[kind], **PEERS}
        Path(result_file).write_text(json.dumps(measure(task, makers)))


def measure(task: Task, makers: dict[str, Callable[[Task], Program]]) -> list[dict[str, Any]]:
    """Return the figures of each program; the second one's answers are the right ones."""
    peers = {name: _prepare(task, make) for name, make in makers.items()}
    programs = {name: peer.pop("program") for name, peer in peers.items() if "program" in peer}
    expected = peers[task.kind]["answer"]
    for name, figures in time_in_turn(programs, len(task.rows)).items():
        peers[name] |= figures | {"error": float(np.max(np.abs(peers[name].pop("answer") - expected)))}
    return [{"name": name, **peer} for name, peer in peers.items()]


def _prepare(task: Task, make: Callable[[Task], Program]) -> dict[str, Any]:
    """Return a program, its `answer`, and the seconds until it was `ready`; or the `reason` why it has none."""
    began = time.perf_counter()
    try:
        program = make(task)
        ready = time.perf_counter() - began
        answer = (program.answer or program.predict)(program.make(0, len(task.rows)))
        program.predict(program.make(0, 1))
        return {"program": program, "ready": ready, "answer": np.ravel(answer).astype(float)}
    except Unfit as error:
        return {"reason": str(error)}
    except Exception as error:  # noqa: BLE001 - they raise anything
        return {"reason": " ".join(f"{type(error).__name__}: {error}".split())[:_REASON]}


def time_in_turn(programs: dict[str, Program], count: int) -> dict[str, dict[str, float]]:
    """Return the median seconds of `one` row, and the `rate`: rows per second of processor time, the best batch's."""
    batches = {name: program.make(0, count) for name, program in programs.items()}
    ones = {name: [program.make(row, row + 1) for row in range(_ONES)] for name, program in programs.items()}
    batch = dict.fromkeys(programs, float("inf"))
    one: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(_ROUNDS):
        for name, program in programs.items():
            began = time.process_time()
            program.predict(batches[name])
            batch[name] = min(batch[name], time.process_time() - began)
            for row in ones[name]:
                start = time.perf_counter()
                program.predict(row)
                one[name].append(time.perf_counter() - start)
    return {name: {"one": statistics.median(one[name]), "rate": count / batch[name]} for name in programs}


if __name__ == "__main__":
    main(*sys.argv[1:])
