"""docs/compiled.md describes the format: every operation, with its arguments, as the code has them."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FAMILIES = sorted((ROOT / "handler" / "backends" / "compiled").glob("[a-z]*.py"))


def operations(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The names of a family's operations, each with the function that makes it."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and "OPERATIONS" in ast.unparse(node).split("=")[0]:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Dict):
                    yield from ((ast.literal_eval(k), ast.unparse(v)) for k, v in zip(inner.keys, inner.values) if k)  # noqa: B905
                elif isinstance(inner, ast.Call):
                    yield from ((word.arg, ast.unparse(word.value)) for word in inner.keywords if word.arg)


def rows(family: Path) -> Iterator[str]:
    """A family's rows of the page's table."""
    tree = ast.parse(family.read_text(encoding="utf-8"))
    makers = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for name, made_by in sorted(operations(tree)):
        maker = makers[made_by.removeprefix("partial(").split(",")[0]]
        arguments = ", ".join(f"`{argument.arg}`" for argument in maker.args.args if argument.arg != "_")
        says = (ast.get_docstring(maker) or "").splitlines()[0].replace("|", "\\|")
        yield f"| `{family.stem}.{name}` | {arguments} | {says} |"


def test_the_page_has_every_operation() -> None:
    """A row that is missing or out of date is shown as it should be."""
    page = (ROOT / "docs" / "compiled.md").read_text(encoding="utf-8").splitlines()
    expected = [row for family in FAMILIES for row in rows(family)]

    assert [] == [row for row in expected if row not in page]
    assert len(expected) == sum(row.startswith(tuple(f"| `{family.stem}." for family in FAMILIES)) for row in page)
