"""Shared by the recipes: the folder for the model, and the rows to ask it."""

import inspect
import json
import zipfile
from pathlib import Path

MODEL = "model"
"""Where to save the model, in the current folder."""


def ask(frame, *changes):
    """Note what to ask: the rows of a DataFrame, and its first row once for each dict of changed values."""
    rows = [{name: plain(value) for name, value in row.items()} for row in frame.astype(object).to_dict("records")]
    rows += [dict(rows[0], **change) for change in changes]
    note(rows)


def ask_values(array):
    """Note what to ask a model whose input is a tensor without a name."""
    note([{"input": row} for row in array.tolist()])


def note(rows):
    """Write the rows as `POST /predict` takes them."""
    Path("rows.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def plain(value):
    """Return a value as JSON has it; a missing one is null."""
    if value is None or value != value:  # noqa: PLR0124 - NaN, NaT
        return None
    return value.isoformat() if hasattr(value, "isoformat") else getattr(value, "item", lambda: value)()


def drop(*names):
    """Remove files that MLflow wrote into the model, where it did."""
    for path in Path(MODEL).iterdir():
        if path.name in names:
            path.unlink()


def known(function, **options):
    """Return those options that a function of this MLflow knows."""
    return {name: value for name, value in options.items() if name in inspect.signature(function).parameters}


def code(function, *paths):
    """Return the option by which this MLflow copies code into the model: `code_path` until 2.12."""
    options = known(function, code_path=list(paths), code_paths=list(paths))
    return options if len(options) == 1 else {"code_paths": list(paths)}


def versions(*names):
    """Return the versions of installed packages by name, in the names' order; of all packages without names."""
    try:
        from importlib import metadata
    except ImportError:  # Python 3.7
        import importlib_metadata as metadata

    names = names or sorted({found.metadata["Name"] for found in metadata.distributions()}, key=str.lower)
    return {name: metadata.version(name) for name in names}


def wheel(name, version):
    """Pack a package of this folder into a wheel in the current folder, and return its file's name."""
    file = f"{name}-{version}-py3-none-any.whl"
    about = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted((Path(__file__).parent / name).glob("*.py")):
            archive.write(path, f"{name}/{path.name}")
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return file
