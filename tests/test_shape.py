"""What the code may import, how long a file may be, and that every test says what it holds."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HANDLER = sorted((ROOT / "handler").rglob("*.py"))
FOLDERS = ("handler", "model", "local", "bench", "images", "cloud", "tests")
EVERY = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
TESTS = [path for path in EVERY if path.name.startswith("test_")]
SHARED = {"adapters": {"envelope"}, "protocols": set(), "backends": set()}

each_file = pytest.mark.parametrize("path", HANDLER, ids=lambda path: str(path.relative_to(ROOT)))


def imports(nodes: Iterator[ast.AST]) -> set[str]:
    """The modules that imports among these nodes name, in full."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


def tree(path: Path) -> ast.Module:
    """A file, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"))


@each_file
def test_the_handler_never_imports_what_makes_models(path: Path) -> None:
    """Nor anything else of this repository that is not in the image."""
    tops = {name.partition(".")[0] for name in imports(ast.walk(tree(path)))}
    assert not tops & {"model", "local", "bench", "images", "cloud", "tests"}


@each_file
def test_the_handler_starts_with_the_standard_library_and_msgspec(path: Path) -> None:
    """Everything else is imported where it is used."""
    tops = {name.partition(".")[0] for name in imports(iter(tree(path).body))}
    assert tops <= set(sys.stdlib_module_names) | {"handler", "msgspec"}


@pytest.mark.parametrize("package", SHARED)
def test_siblings_do_not_know_each_other(package: str) -> None:
    """An adapter, a protocol or a backend can be taken out without another noticing."""
    modules = {path.stem for path in (ROOT / "handler" / package).glob("*.py")} - {"__init__"} - SHARED[package]
    for path in (ROOT / "handler" / package).glob("*.py"):
        named = imports(ast.walk(tree(path)))
        others = tuple(f"handler.{other}" for other in SHARED if other != package)
        siblings = tuple(f"handler.{package}.{module}" for module in modules if path.stem != "__init__")
        assert not {name for name in named if name.startswith(others + siblings)}


def loaded(statement: str, **variables: str) -> set[str]:
    """Top-level modules, the standard library's aside, in a fresh interpreter that has run a statement."""
    show = "import sys; print(*{name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names))"
    command = [sys.executable, "-S", "-c", f"import sys; sys.path += {sys.path!r}; {statement}; {show}"]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert 0 == done.returncode, done.stderr
    return set(done.stdout.split()) - {"__main__"}


def test_without_a_model_nothing_heavy_is_loaded() -> None:
    """Adapters, protocols, the core, and the backends' own modules load msgspec alone."""
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in HANDLER]
    light = [name.removesuffix(".__init__") for name in names if name not in {"handler.app", "handler.web"}]
    # typing_extensions is taken by msgspec where it is installed.
    assert {"handler", "msgspec"} == loaded(f"import {', '.join(light)}") - {"typing_extensions"}


def test_with_a_compiled_model_nothing_heavy_is_loaded_either(bundle: Path) -> None:
    """The entry with the repository's bundle: msgspec alone, no numpy, pandas, scikit-learn, MLflow or boto3."""
    assert {"handler", "msgspec"} == loaded("import handler.app", THAW_BUNDLE=str(bundle)) - {"typing_extensions"}


@pytest.mark.parametrize("path", EVERY, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_short(path: Path) -> None:
    """Nobody has to read more than 300 lines to know one."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_says_what_it_holds(path: Path) -> None:
    """In one sentence: a docstring of one paragraph that ends with a full stop."""
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        if function.name.startswith("test_"):
            said = ast.get_docstring(function) or ""
            assert said.endswith("."), function.name
            assert "\n\n" not in said, function.name
