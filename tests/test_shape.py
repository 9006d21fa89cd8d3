"""Rules of the code: allowed imports, the length of files, a docstring for every test."""

import ast
import subprocess
import sys
from collections.abc import Container, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HANDLER = sorted((ROOT / "handler").rglob("*.py"))
PACKAGES = ("handler", "model", "local", "bench", "images", "cloud", "project", "thaw")
EVERY = sorted(path for folder in (*PACKAGES, "tests") for path in (ROOT / folder).rglob("*.py"))
TESTS = [path for path in EVERY if path.name.startswith("test_")]
LONGEST = 300
# A subclass of uvicorn's and its parser, which a server alone imports.
UVICORN = {ROOT / "handler" / "limits" / name for name in ("connections.py", "upgrades.py")}
SHARED = {"adapters": {"envelope", "unsupported"}, "protocols": set(), "backends": set()}

each_file = pytest.mark.parametrize("path", HANDLER, ids=lambda path: str(path.relative_to(ROOT)))


def imports(nodes: Iterator[ast.AST], package: str = "") -> set[str]:
    """Return the full names that imports among these nodes name, relative ones as seen from `package`."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = ".".join(filter(None, [package if node.level else "", node.module]))
            found |= {f"{module}.{name.name}" for name in node.names}
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
    assert tops <= set(sys.stdlib_module_names) | {"handler", "msgspec"} | (
        {"uvicorn", "httptools"} if path in UVICORN else set()
    )


@pytest.mark.parametrize("package", SHARED)
def test_siblings_do_not_know_each_other(package: str) -> None:
    """An adapter, a protocol or a backend can be removed without changing another, at any depth."""
    folder = ROOT / "handler" / package
    siblings = {path.stem for path in folder.iterdir()} - {"__init__", "__pycache__"} - SHARED[package]
    for path in folder.rglob("*.py"):
        own = path.relative_to(folder).parts[0].removesuffix(".py")
        forbidden = {f"handler.{other}" for other in SHARED if other != package}
        forbidden |= {f"handler.{package}.{sibling}" for sibling in siblings - {own} if own != "__init__"}
        named = imports(ast.walk(tree(path)))
        assert not {name for name in named for no in forbidden if name == no or name.startswith(f"{no}.")}, path


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_have_no_cycles(package: str) -> None:
    """Every module of a package can be read after the modules it imports."""
    paths = {module_name(path): path for path in (ROOT / package).rglob("*.py")}
    graph = {
        name: within(imports(ast.walk(tree(path)), module_name(path.parent)), paths) - {name}
        for name, path in paths.items()
    }
    list(TopologicalSorter(graph).static_order())


def module_name(path: Path) -> str:
    """Return the dotted name of a file's module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def within(names: set[str], modules: Container[str]) -> set[str]:
    """Return the modules among `modules` that imported names stand for: the name itself, else the module it is in."""
    found = {name if name in modules else name.rpartition(".")[0] for name in names}
    return {name for name in found if name in modules}


def loaded(statement: str, **variables: str) -> set[str]:
    """Top-level modules, the standard library's aside, in a fresh interpreter that has run a statement."""
    show = "import sys; print(*{name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names))"
    command = [sys.executable, "-S", "-c", f"import sys; sys.path += {sys.path!r}; {statement}; {show}"]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert 0 == done.returncode, done.stderr
    return set(done.stdout.split()) - {"__main__"}


def test_without_a_model_nothing_heavy_is_loaded() -> None:
    """Adapters, protocols, the core, and the backends' own modules load msgspec alone."""
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in HANDLER if path not in UVICORN]
    light = [name.removesuffix(".__init__") for name in names if name not in {"handler.app", "handler.web"}]
    # typing_extensions is taken by msgspec where it is installed.
    assert {"handler", "msgspec"} == loaded(f"import {', '.join(light)}") - {"typing_extensions"}


def test_with_a_compiled_model_nothing_heavy_is_loaded_either(bundle: Path) -> None:
    """The entry with the repository's bundle: msgspec alone, no numpy, pandas, scikit-learn, MLflow or boto3."""
    assert {"handler", "msgspec"} == loaded("import handler.app", THAW_BUNDLE=str(bundle)) - {"typing_extensions"}


def test_files_are_short() -> None:
    """No Python, C or JavaScript file has more than 300 lines."""
    code = [*EVERY, *(ROOT / "handler").rglob("*.[ch]"), *(ROOT / "handler").rglob("*.js")]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in code}
    assert {} == {path: length for path, length in lengths.items() if length > LONGEST}


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_says_what_it_holds(path: Path) -> None:
    """In one sentence: a docstring of one paragraph that ends with a full stop."""
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        if function.name.startswith("test_"):
            said = ast.get_docstring(function) or ""
            assert said.endswith("."), function.name
            assert "\n\n" not in said, function.name
