"""The recipes of CONTRIBUTING.md, each applied as written to a copy of the repository."""

import re
from pathlib import Path

import pytest
from documented import ROOT, blocks, check_output, commands, copied, run, served, shipped

TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
RECIPES = dict(re.findall(r"^### (An? \w+)$(.*?)(?=^##)", TEXT, re.MULTILINE | re.DOTALL))


def apply(recipe: str, folder: Path) -> None:
    """Write the files that a recipe shows, and make the changes of its diffs."""
    for language, before, text in blocks(recipe, "json", "python", "diff"):
        [name] = re.findall(r"`([\w/]+\.\w+)`", before)
        path = folder / name
        path.write_text(changed(path.read_text("utf-8"), text) if language == "diff" else text)


def changed(text: str, diff: str) -> str:
    """Return a text with each run of `-` lines replaced by the `+` lines after it."""
    for old, new in re.findall(r"((?:^-.*\n)+)((?:^\+.*\n)+)", diff, re.MULTILINE):
        before, after = (re.sub(r"^[-+]", "", lines, flags=re.MULTILINE) for lines in (old, new))
        assert 1 == text.count(before), before
        text = text.replace(before, after)
    return text


def test_there_are_four_recipes() -> None:
    """An adapter, a protocol, an exporter and a source can be added."""
    assert ["A protocol", "A source", "An adapter", "An exporter"] == sorted(RECIPES)


@shipped
@pytest.mark.parametrize("name", sorted(RECIPES))
def test_a_recipe_works_as_written(name: str, tmp_path: Path) -> None:
    """Its files and changes, taken from the page, make its commands print what the page shows."""
    folder = copied(tmp_path / "thaw")
    apply(RECIPES[name], folder)
    with served(folder) as address:
        for command in commands(RECIPES[name]):
            check_output(command, run(command, folder, address))
