"""The pages are true: their commands work, their links lead somewhere, and their tables list what the code has."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from documented import PAGES, ROOT, Command, check_output, commands, copied, run, served, shipped

from handler.routing import ROUTES
from handler.settings import SETTINGS
from model import exporters

RUN = (
    "curl * http://127.0.0.1:8080/*",
    "curl * 'http://127.0.0.1:8080/*'",
    "make",
    "make cost *",
    "make invoke",
    "make invoke EVENT=events/direct.json",
    "make invoke EVENT=events/http_v2.json",
    ".venv/bin/python -m model verify --bundle build/bundle",
    ".venv/bin/python -m model score rows.csv scored.csv --keep id",
)
"""Commands that `test_a_command_prints_what_the_page_shows` runs."""

RUN_ELSEWHERE = {
    "make run": "test_local.py::test_serve_prints_a_working_command_and_stops_on_signals",
    "make run MODEL=*": "any_model/test_build.py::test_the_fastest_backend_that_gives_mlflows_answers_serves",
    "make bundle MODEL=*": "any_model/test_build.py::test_the_fastest_backend_that_gives_mlflows_answers_serves",
    "make bundle": "any_model/test_build.py::test_the_build_tells_a_person_what_it_did",
    "make get SOURCE=models:*": "getting/test_registry.py::test_registered_models_are_fetched",
    "make get SOURCE=path*": "getting/test_archives.py::test_models_are_fetched",
    'make get SOURCE="model.pkl *': "getting/test_bare.py::test_a_file_becomes_a_model",
    "make get SOURCE=?file:*": "test_recipes.py::test_a_recipe_works_as_written",
    "make invoke EVENT=events/eventbridge.json": "test_recipes.py::test_a_recipe_works_as_written",
    "curl http://127.0.0.1:8080/columns": "test_recipes.py::test_a_recipe_works_as_written",
    ".venv/bin/python -m pytest --quiet *": "test_recipes.py::test_a_recipe_works_as_written",
    "make automl *": "getting/test_automl.py::test_classification_uses_all_kinds_of_columns",
    "make train *": "test_train.py::test_command_prints_the_scores",
    "make demo": "getting/test_demo.py::test_the_demo_ends_in_a_prediction",
    ".venv/bin/python -m model environments": "environment/test_pruning.py::test_an_environment_is_described",
    "make prune": "environment/test_pruning.py::test_the_old_ones_are_removed",
    "make bench": "test_bench.py::test_a_program_is_started_and_timed",
    ".venv/bin/python -m model build --backend remote *": "remote/test_served.py::test_the_command_prints_the_endpoint",
    "sam build": "containers/test_sam.py::test_local_invoke_responds_as_in_process",
    "sam local invoke *": "containers/test_sam.py::test_local_invoke_responds_as_in_process",
    "make image": "containers/test_image.py::test_responds_as_in_process",
    "make image TARGET=web *": "containers/test_targets.py::test_web_predicts_and_stops",
    "make image TARGET=distroless *": "containers/test_targets.py::test_distroless_responds_to_events",
    "make image CACHE=*": "containers/test_layers.py::test_a_change_installs_nothing_again",
    "docker build --target builder *": "containers/test_layers.py::test_a_change_installs_nothing_again",
    "docker run * thaw": "containers/test_image.py::test_responds_as_in_process",
    "docker run * thaw-web": "containers/test_targets.py::test_web_predicts_and_stops",
    "docker run * thaw-distroless *": "containers/test_targets.py::test_distroless_starts_as_lambda_starts_it",
    "docker run * thaw-builder *": "any_model/test_build.py::test_a_bundle_is_proved_again_with_its_model_and_without",
    "curl -d @build/events/* http://127.0.0.1:9000/*": "containers/test_image.py::test_responds_as_in_process",
}
"""Commands that other tests run, in the same words or by calling what they call."""

CALLED_BY_CI = ("make setup", "make check", "make test", "make format", ".venv/bin/python -m pytest tests/test_core.py")

SHOWN = [(page.relative_to(ROOT).as_posix(), one) for page in PAGES for one in commands(page.read_text("utf-8"))]
HERE = [one for _, one in SHOWN if not one.needs]


def known(command: Command, patterns: object) -> bool:
    """Return whether a command is of one of the patterns."""
    return any(fnmatchcase(command.text, pattern) for pattern in patterns)  # type: ignore[attr-defined]


def elsewhere(command: Command) -> bool:
    """Return whether another test runs a command."""
    return known(command, RUN_ELSEWHERE) or command.text in CALLED_BY_CI


@pytest.fixture(scope="module", name="checkout")
def _checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, with a file of rows."""
    folder = copied(tmp_path_factory.mktemp("documented") / "thaw")
    (folder / "rows.csv").write_text("id,text\na,one\nb,two\nc,\n")
    return folder


@pytest.fixture(scope="module", name="address")
def _address(checkout: Path) -> Iterator[str]:
    """Where the copy is served."""
    with served(checkout) as address:
        yield address


@shipped
@pytest.mark.parametrize(
    "command", [one for one in HERE if known(one, RUN) and not elsewhere(one)], ids=lambda one: one.text[:60]
)
def test_a_command_prints_what_the_page_shows(command: Command, checkout: Path, address: str) -> None:
    """A documented command succeeds and prints the lines below it, numbers aside."""
    check_output(command, run(command, checkout, address))


@pytest.mark.parametrize(("page", "command"), SHOWN, ids=lambda one: one if isinstance(one, str) else one.text[:60])
def test_every_command_is_run(page: str, command: Command) -> None:
    """A documented command is run here or by another test, or its block says what it needs."""
    assert command.needs or known(command, RUN) or elsewhere(command), (
        f"{page} shows a command that no test runs: {command.text}"
    )


@pytest.mark.parametrize("test", sorted(set(RUN_ELSEWHERE.values())))
def test_the_other_tests_exist(test: str) -> None:
    """A test that is said to run a command is in its file."""
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / "tests" / path).read_text("utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_listed_command_is_shown() -> None:
    """The tables here list no command that has left the pages."""
    patterns = [*RUN, *RUN_ELSEWHERE, *CALLED_BY_CI]
    assert [] == [one for one in patterns if not any(fnmatchcase(command.text, one) for _, command in SHOWN)]


@pytest.mark.parametrize("command", sorted({one.text for _, one in SHOWN if one.is_make}))
def test_make_knows_the_target(command: str) -> None:
    """A documented `make` command names a target, and variables that the Makefile reads."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE)
    for word in re.sub(r'"[^"]*"', "", command).split()[1:]:
        name, is_variable, _ = word.partition("=")
        assert f"$({name})" in makefile or f"$(if $({name})" in makefile if is_variable else name in targets, word


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_inline_commands_exist(page: Path) -> None:
    """A `make` or `python -m` command in running text names a target or a module that exists."""
    targets = re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    text = page.read_text("utf-8")
    assert set(re.findall(r"`make ([a-z][a-z0-9-]*)", text)) <= set(targets)
    for name in re.findall(r"python -m ([a-z][\w.]*)", text):
        if name.split(".")[0] in {"model", "local", "cloud", "bench", "images", "handler"}:
            path = ROOT / name.replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """A link to a file names one that exists; a link to a heading names one of that page."""
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if not link.startswith(("http://", "https://")):
            name, _, anchor = link.partition("#")
            target = (page.parent / name).resolve() if name else page
            assert target.exists(), link
            assert not anchor or anchor in headings(target), link


def headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_every_page_is_listed() -> None:
    """docs/README.md leads to every page in the folder."""
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    assert [] == [page.name for page in PAGES if page.parent.name == "docs" and f"{page.name}" not in index]


def test_what_compiles_is_listed() -> None:
    """docs/what-compiles.md names the estimators that have an exporter, and no others."""
    tables = [import_module(f"model.exporters.{module.name}") for module in iter_modules(exporters.__path__)]
    compiled = {name.partition(".")[2] for table in tables for name in getattr(table, "EXPORTERS", {})}
    text = (ROOT / "docs" / "what-compiles.md").read_text("utf-8").partition("## If a model")[0]
    assert {name for name in compiled if name[0].isupper()} == set(re.findall(r"`([A-Z]\w+)`", text))


def test_every_setting_is_listed() -> None:
    """docs/settings.md names the settings that the handler reads, and no others."""
    assert set(SETTINGS) == set(
        re.findall(r"^\| `(THAW_\w+)`", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE)
    )


def test_every_route_is_listed() -> None:
    """docs/api.md names every route that HTTP reaches."""
    text = (ROOT / "docs" / "api.md").read_text("utf-8").replace("/add/1/2", "/add/{a}/{b}")
    routes = {route.path for route in ROUTES if route.path.startswith("/")} - {"/docs/{file}"}
    assert [] == sorted(path for path in routes if f"{path}`" not in text)


def test_every_parameter_is_listed() -> None:
    """docs/deploy.md names the parameters of the template, and no others."""
    template = (ROOT / "template.yaml").read_text("utf-8")
    declared = re.findall(r"^  (\w+):$", template.partition("\nParameters:")[2].partition("\nRules:")[0], re.MULTILINE)
    table = (ROOT / "docs" / "deploy.md").read_text("utf-8").partition("## Parameters")[2].partition("## Deploy")[0]
    first_cells = "\n".join(re.findall(r"^\|([^|]*)\|", table, re.MULTILINE))
    assert set(declared) == set(re.findall(r"`(\w+)`", first_cells))


def test_the_readme_is_short() -> None:
    """README.md has about a hundred lines."""
    assert 115 >= len((ROOT / "README.md").read_text("utf-8").splitlines())


def test_no_page_uses_an_old_path() -> None:
    """A file of this repository that a page names in code exists."""
    folders = "handler|model|local|bench|images|cloud|events|tests|docs|requirements|deploy"
    for page in PAGES:
        text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
        names = re.findall(rf"`((?:{folders})/[\w./-]+)`", text)
        missing = [name for name in names if not (ROOT / name).exists()]
        assert [] == missing or page.name == "CONTRIBUTING.md", (page.name, missing)


_STEP = re.compile(r"^\| (\d+) \| \[`[^`]+`\]\(\.\./([^)]+)\) \| `([\w.]+)\((.*?)\)` \|", re.MULTILINE)
STEPS = _STEP.findall((ROOT / "docs" / "architecture.md").read_text("utf-8"))


def test_a_request_and_a_build_have_ten_steps() -> None:
    """The page on the architecture lists both."""
    assert [*range(1, 11)] * 2 == [int(number) for number, *_ in STEPS]


@pytest.mark.parametrize(("file", "name", "listed"), [step[1:] for step in STEPS])
def test_a_step_is_a_function_with_these_arguments(file: str, name: str, listed: str) -> None:
    """A step's file has the function, which takes the arguments that the page lists and needs no others."""
    found: Any = ast.parse((ROOT / file).read_text("utf-8"))
    for part in name.split("."):
        [found] = [node for node in found.body if getattr(node, "name", "") == part]
    taken = [argument.arg.removeprefix("_") for argument in found.args.args if argument.arg != "self"]
    given = listed.split(", ")
    assert given == taken[: len(given)]
    assert len(taken) - len(found.args.defaults) <= len(given)
