"""A bundle is served only if it is complete, unaltered, of this format, and reproduces its example's output."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handler import bundle as bundles
from handler.errors import BundleError
from handler.predictor import Predictor
from handler.warm_up import close


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    """Return a copy of the repository's bundle, to be damaged."""
    return shutil.copytree(bundle, tmp_path / "bundle")


def edit(folder: Path, **changes: Any) -> None:
    """Change fields of the manifest."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").write_text(json.dumps(manifest | changes))


def refusal(folder: Path, *, every_hash: bool = False) -> str:
    """Return the one-line error that a bundle causes."""
    with pytest.raises(BundleError) as caught:
        bundles.read_manifest(folder, every_hash=True) if every_hash else Predictor(folder)
    assert 1 == len(str(caught.value).splitlines())
    return str(caught.value)


def test_a_bundle_is_read(bundle: Path) -> None:
    """The manifest has signature, example and files, and every file passes the check."""
    manifest = bundles.read_manifest(bundle, every_hash=True)
    assert ["text"] == [spec["name"] for spec in manifest.signature.inputs or []]
    assert manifest.example
    assert {"requirements.txt", "parity.json"} < set(manifest.files)


def test_no_bundle_says_how_to_make_one(tmp_path: Path) -> None:
    """The error names the directory and the command that makes a bundle."""
    assert refusal(tmp_path / "none").endswith("(No such file or directory); make one with: python -m model build")


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{", b"\xff", b'{"format": 1}', b'{"format": 1, "backend": 2}', b"[" * 100_000]
)
def test_a_damaged_manifest_is_refused(raw: bytes, tmp_path: Path) -> None:
    """A manifest that is not JSON, or lacks a field, is damaged."""
    (tmp_path / "manifest.json").write_bytes(raw)
    assert f"{tmp_path / 'manifest.json'} is damaged: " in refusal(tmp_path)


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_format_is_refused(version: Any, copy: Path) -> None:
    """The error names both formats, and what to do."""
    edit(copy, format=version)
    assert f"has format {version}, this handler reads format 1; build it again" in refusal(copy)


def test_an_altered_file_is_refused(copy: Path) -> None:
    """A changed byte, an added byte and a missing file get different errors."""
    arrays = copy / "arrays.bin"
    raw = arrays.read_bytes()

    arrays.write_bytes(bytes([raw[0] ^ 1]) + raw[1:])
    assert "is not the one that was proved (SHA-256 differs)" in refusal(copy)
    arrays.write_bytes(raw + b"\n")
    assert f"has {len(raw) + 1} bytes, its manifest says {len(raw)}" in refusal(copy)
    arrays.unlink()
    assert "arrays.bin cannot be read: No such file or directory" in refusal(copy)


def test_large_files_are_hashed_on_demand(copy: Path) -> None:
    """At start, only the size of a file over 16 MB is checked; `every_hash` checks its hash too."""
    size = 16 * 1024 * 1024 + 1
    with (copy / "large").open("wb") as stream:
        stream.truncate(size)
    manifest = json.loads((copy / "manifest.json").read_bytes())
    edit(copy, files=manifest["files"] | {"large": {"bytes": size, "sha256": "0" * 64}})

    assert bundles.read_manifest(copy)
    assert "SHA-256 differs" in refusal(copy, every_hash=True)


def test_the_proof_is_hashed_on_demand(copy: Path) -> None:
    """The proof's rows and outputs are not hashed at start."""
    proof = copy / "parity.json"
    proof.write_bytes(b"?" + proof.read_bytes()[1:])

    assert bundles.read_manifest(copy)
    assert "SHA-256 differs" in refusal(copy, every_hash=True)


@pytest.mark.parametrize("name", ["/etc/hosts", "../outside", "a/../../outside"])
def test_files_outside_are_refused(name: str, copy: Path) -> None:
    """A manifest cannot name files outside its directory."""
    edit(copy, files={name: {"bytes": 1, "sha256": ""}})
    assert f"names {name!r}, which is outside the bundle" in refusal(copy)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"backend": "magic"}, "backend 'magic' is unknown; there are compiled, native, custom, pyfunc, remote"),
        ({"backend": "native", "flavor": "magic"}, "the native backend cannot load the model in "),
        (
            {"signature": {"inputs": [{"type": "magic", "name": "text"}]}},
            "the compiled backend cannot load the model in ",
        ),
        ({"signature": {"outputs": [{"name": "y"}]}}, "the compiled backend cannot load the model in "),
        (
            {"example": {"rows": [{"text": 1}], "params": {}, "answer": []}},
            "fails on its own input example: InvalidValue",
        ),
        ({"example": {"rows": [{"text": "a"}], "params": {}, "answer": [{"x": 0}]}}, 'but was proved with [{"x":0}]'),
    ],
)
def test_a_bundle_that_cannot_predict_is_refused(changes: dict[str, Any], reason: str, copy: Path) -> None:
    """Any failure before the first request is a BundleError of one line."""
    edit(copy, **changes)
    with pytest.raises(BundleError) as caught:
        Predictor(copy)
    assert reason in str(caught.value)
    assert 1 == len(str(caught.value).splitlines())


@pytest.mark.parametrize("mood", ["raise:with\nlines", "exit", "panic"])
def test_a_model_that_fails_on_its_example_is_refused(mood: str, moody: Path, tmp_path: Path) -> None:
    """Whatever the model raises on its example is named in one line."""
    folder = shutil.copytree(moody, tmp_path / "bundle")
    edit(folder, example={"rows": [{"text": mood}], "params": {}, "answer": []})
    with pytest.raises(BundleError, match=r"its own input example: (ValueError|SystemExit|Panic)") as caught:
        Predictor(folder)
    assert 1 == len(str(caught.value).splitlines())


def test_a_check_stands_in_for_a_long_example(moody: Path, tmp_path: Path) -> None:
    """The start asks it alone, and compares its answer."""
    folder = shutil.copytree(moody, tmp_path / "bundle")
    check: dict[str, Any] = {"rows": [{"text": "calm"}], "params": {}, "answer": [{"prediction": "calm"}]}
    edit(folder, example={"rows": [{"text": "exit"}], "params": {}, "answer": []}, check=check)
    Predictor(folder)
    edit(folder, check=check | {"answer": [{"prediction": "other"}]})
    with pytest.raises(BundleError, match="but was proved with"):
        Predictor(folder)


def test_without_an_example_there_is_no_warm_up(bundle_of: Callable[..., Path]) -> None:
    """A model that was logged without an input example is served too."""
    assert Predictor(bundle_of("echo")).manifest.example is None


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        ([{"p": 0.5}], [{"p": 0.5 + 1e-9}], True),
        ([{"p": 0.5}], [{"p": 0.51}], False),
        ([{"p": 1}], [{"p": 1.0}], False),
        ([{"p": 10**9}], [{"p": 10**9 + 1}], False),
        ([{"p": 1}], [{"p": True}], False),
        ([{"p": None}], [{"p": None}], True),
        ([{"p": None}], [{"p": 0.0}], False),
        ([{"p": "a"}], [{"p": "b"}], False),
        ([{"p": "a"}], [{"q": "a"}], False),
        ([{"p": [1, 2]}], [{"p": [1, 2, 3]}], False),
        ([], [{"p": 1}], False),
    ],
)
def test_outputs_may_differ_only_in_the_last_digits(expected: Any, got: Any, same: bool) -> None:
    """Numbers may differ in their last digits; labels, names, types and the number of rows may not."""
    assert same == close(expected, got)
