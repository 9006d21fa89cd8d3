"""The evaluator of trees in C checks its tables, is memory-safe, and lets other threads run."""

import os
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from array import array
from pathlib import Path
from typing import Any

import pytest
from compiled import fuzz_catboost, fuzz_dense, fuzz_explained, fuzz_trees

from handler.backends.compiled import trees, trees_in_python
from handler.errors import BundleError
from model.errors import ModelError
from model.image import kernel

SANITIZE = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]

compiled = pytest.mark.skipif(trees.kernel is None, reason="trees are not compiled: make setup, with a C compiler")
by_gcc = pytest.mark.skipif(not shutil.which("gcc"), reason="there is no gcc")


def nodes(*listed: tuple[Any, int, int]) -> Any:
    """Nodes of thresholds, of leaves' places in the place of those, right children and columns."""
    data = b""
    for threshold, right, column in listed:
        first = array("d", [threshold]).tobytes() if right else (fuzz_trees.LEAF + threshold).to_bytes(8, "little")
        data += first + array("i", [right, column]).tobytes()
    return memoryview(data).cast("d")


GOOD = trees.Trees(
    starts=array("q", [0, 3]),
    outputs=array("i", [0]),
    nodes=nodes((0.5, 2, 0), (0, 0, 0), (1, 0, 0)),
    values=memoryview(array("d", [10.0, 20.0])),
    columns=1,
    width=1,
    views=[[0, trees_in_python.CATEGORIES]],
    sets=memoryview(array("i", [1, 2])),
    float32=False,
)

DAMAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "a tree that ends before it starts": ("starts", {"starts": array("q", [3, 0])}),
    "a tree beyond the nodes": ("starts", {"starts": array("q", [0, 4])}),
    "a tree before the nodes": ("starts", {"starts": array("q", [-1, 3])}),
    "a tree too many": ("starts", {"starts": array("q", [0, 3, 3])}),
    "a column before the first": ("outputs", {"outputs": array("i", [-1])}),
    "half a node": ("nodes", {"nodes": memoryview(bytes(56)).cast("d")}),
    "a right child outside its tree": ("node 0 of tree 0", {"nodes": nodes((0.5, 3, 0), (0, 0, 0), (1, 0, 0))}),
    "a right child that is the left one": ("node 0 of tree 0", {"nodes": nodes((0.5, 1, 0), (0, 0, 0), (1, 0, 0))}),
    "a right child behind": ("node 0 of tree 0", {"nodes": nodes((0.5, -1, 0), (0, 0, 0), (1, 0, 0))}),
    "a tree without leaves": ("node 2 of tree 0", {"nodes": nodes((0.5, 2, 0), (0, 0, 0), (0.5, 2, 0))}),
    "a node of a column too far": ("node 0 of tree 0", {"nodes": nodes((0.5, 2, 2), (0, 0, 0), (1, 0, 0))}),
    "a node of a negative column": ("node 0 of tree 0", {"nodes": nodes((0.5, 2, -1), (0, 0, 0), (1, 0, 0))}),
    "a node of no set": ("node 0 of tree 0", {"nodes": nodes((1.0, 2, 1), (0, 0, 0), (1, 0, 0))}),
    "a node of half a set": ("node 0 of tree 0", {"nodes": nodes((0.5, 2, 1), (0, 0, 0), (1, 0, 0))}),
    "a node of a set too far": ("node 0 of tree 0", {"nodes": nodes((2.0, 2, 1), (0, 0, 0), (1, 0, 0))}),
    "a leaf of a value too far": ("node 2 of tree 0", {"nodes": nodes((0.5, 2, 0), (0, 0, 0), (2, 0, 0))}),
    "a leaf with a column": ("node 2 of tree 0", {"nodes": nodes((0.5, 2, 0), (0, 0, 0), (1, 0, 1))}),
    "a leaf that is no NaN": ("node 0 of tree 0", {"nodes": memoryview(bytes(48)).cast("d")}),
    "values of half a leaf": ("values", {"width": 4}),
    "leaves of nothing": ("values", {"width": 0}),
    "rows of nothing": ("columns", {"columns": 0}),
    "rows of too much": ("columns", {"columns": 2**31}),
    "a view of a column too far": ("views", {"views": [[1, 1]]}),
    "a view of a negative column": ("views", {"views": [[-1, 1]]}),
    "a set that does not end": ("sets", {"sets": memoryview(array("i", [2, 2]))}),
    "a set of nothing": ("sets", {"sets": memoryview(array("i", [0, 2]))}),
    "a column that is too large a number": ("", {"outputs": [2**40]}),
    "columns and views that are too many together": ("columns", {"columns": 2**63 - 1, "views": [[0, 1]] * 2}),
    "a set of a negative number of words": ("sets", {"sets": memoryview(array("i", [-1, 2]))}),
    "a view without flags": ("views", {"views": [[0], [0]]}),
    "values of another type": ("values", {"float32": True}),
    "nodes of another type": ("nodes", {"nodes": memoryview(array("f", [0.5] * 24))}),
}


evaluators = pytest.mark.parametrize(
    "evaluator", [pytest.param(trees.compiled, marks=compiled, id="C"), pytest.param(trees.interpreted, id="Python")]
)


@evaluators
def test_tables_that_fit_are_taken(evaluator: Any) -> None:
    """The tables that the damaged ones are made of are sound."""
    assert [[11.0, 22.0]] == evaluator(GOOD)([[0.5], [0.6]], [[1.0, 2.0]])


@evaluators
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_tables_are_refused_at_start(damage: str, evaluator: Any) -> None:
    """The error names the table, or the node, whichever evaluator loads the tables."""
    named, changes = DAMAGES[damage]
    with pytest.raises(BundleError, match=f"tables of trees are damaged: .*{named}"):
        evaluator(GOOD._replace(**changes))


@compiled
def test_refused_tables_are_let_go_of() -> None:
    """An array can grow again once the tables that it was part of were refused."""
    starts = array("q", [0, 4])
    with pytest.raises(ValueError, match="starts"):
        trees.kernel.load(*GOOD._replace(starts=starts, outputs=array("i", [0]), views=array("i", [0, 0])))
    starts.append(0)


@by_gcc
def test_tables_without_a_capsule_are_let_go_of(tmp_path: Path) -> None:
    """Where Python cannot keep the tables, their memory is free again."""
    failing = "void *__wrap_PyCapsule_New(void *, const char *, void *);\n"
    failing += "void *__wrap_PyCapsule_New(void *a, const char *b, void *c) { (void)a, (void)b, (void)c; return 0; }\n"
    (tmp_path / "failing.h").write_text(failing)
    options = ["-include", str(tmp_path / "failing.h"), "-Wl,--wrap=PyCapsule_New"]
    kernel.build(tmp_path / "_trees.so", ["gcc"], options)
    starts = array("q", [0, 3])
    with pytest.raises(SystemError):
        fuzz_trees.library(tmp_path / "_trees.so").load(*GOOD._replace(starts=starts, views=array("i", [0, 4])))
    starts.append(0)


@by_gcc
def test_other_processors_are_refused(tmp_path: Path) -> None:
    """The code does not compile for a machine that reads numbers from their other end."""
    big_endian = ["-Wno-builtin-macro-redefined", "-U__BYTE_ORDER__", "-D__BYTE_ORDER__=__ORDER_BIG_ENDIAN__"]
    with pytest.raises(ModelError, match="tables are little-endian"):
        kernel.build(tmp_path / "_trees.so", ["gcc"], big_endian)


@compiled
@pytest.mark.parametrize(
    ("rows", "started"), [([[0.5, 1.0]], [[0.0]]), ([[]], [[0.0]]), ([[0.5]], [[]]), ([[0.5]], []), ([["a"]], [[0.0]])]
)
def test_rows_that_do_not_fit_are_refused(rows: Any, started: Any) -> None:
    """Rows and columns of another length, or of other things than numbers, are errors."""
    with pytest.raises((TypeError, ValueError)):
        trees.compiled(GOOD)(rows, started)


@compiled
@pytest.mark.parametrize("fuzz", [fuzz_catboost, fuzz_dense, fuzz_explained, fuzz_trees])
def test_evaluators_agree(fuzz: Any) -> None:
    """Generated tables, sound and damaged, give the same bits in C and in Python."""
    tried, taken = fuzz.run(3.0)
    assert tried > taken > 0


@by_gcc
@pytest.mark.parametrize(
    "options", [["-DWALKS=0"], ["-DPORTABLE", "-DSHARE=1"]], ids=["tables at once", "any processor, threads"]
)
@pytest.mark.parametrize("fuzz", [fuzz_catboost, fuzz_dense, fuzz_explained, fuzz_trees])
def test_sanitizers_find_nothing(fuzz: Any, options: list[str], tmp_path: Path) -> None:
    """AddressSanitizer and UndefinedBehaviorSanitizer watch damaged tables and odd rows."""
    kernel.build(tmp_path / "_trees.so", ["gcc"], SANITIZE + options)
    named = [shutil.which("gcc") or "", "-print-file-name=libasan.so"]
    found = subprocess.run(named, capture_output=True, text=True, check=True)
    watched = {
        "OMP_NUM_THREADS": "3",
        "LD_PRELOAD": found.stdout.strip(),
        "ASAN_OPTIONS": "detect_leaks=0",
        "PYTHONMALLOC": "malloc",
    }
    seconds = os.environ.get("THAW_FUZZ_SECONDS", "5")
    command = [sys.executable, fuzz.__file__, seconds, str(tmp_path / "_trees.so")]
    done = subprocess.run(command, env=os.environ | watched, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    print(done.stdout)


@by_gcc
def test_declarations_are_pythons_own(tmp_path: Path) -> None:
    """Where Python's headers are, a compiler compares our declarations with them."""
    include = sysconfig.get_path("include")
    if not (Path(include) / "Python.h").exists():
        pytest.skip("Python's headers are not here")
    limited = ["-I", include, "-DPy_LIMITED_API=0x030b0000", "-include", "Python.h"]
    kernel.build(tmp_path / "_trees.so", ["gcc"], limited)


@compiled
def test_other_threads_run_meanwhile() -> None:
    """A long call lets go of the interpreter."""
    depth, count = 500, 200
    chain = [(-1.0, 2, 0) if place % 2 == 0 else (0, 0, 0) for place in range(2 * depth)]
    tables = GOOD._replace(
        starts=array("q", range(0, (2 * depth + 1) * count + 1, 2 * depth + 1)),
        outputs=array("i", [0] * count),
        nodes=memoryview(bytes(nodes(*chain, (0, 0, 0)).cast("B")) * count).cast("d"),
    )
    add = trees.compiled(tables)
    rows, started = [(1.0,)] * 1000, [[0.0] * 1000]
    thread = threading.Thread(target=lambda: add(rows, started))
    thread.start()
    turns = 0
    while thread.is_alive():
        time.sleep(0.001)
        turns += 1
    assert turns > 5


def test_compiles_with_what_is_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a compiler, the error says so in one line."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(kernel, "find_spec", lambda _: None)
    with pytest.raises(ModelError, match="no C compiler found"):
        kernel.build(tmp_path / "_trees.so")
    assert not list(tmp_path.iterdir())


@by_gcc
def test_warnings_are_errors(tmp_path: Path) -> None:
    """A compiler's warning is an error of one line."""
    with pytest.raises(ModelError, match=r"gcc cannot compile _trees\.c: ") as refused:
        kernel.build(tmp_path / "_trees.so", ["gcc"], ["-Wpadded", "-Wc++-compat", "-Wtraditional"])
    assert "\n" not in str(refused.value)
