"""Models in folders and archives on this machine: what is got, and what is not even opened."""

import io
import json
import os
import resource
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from handler.bundle import sha256
from model.errors import ModelError
from model.get import Got
from model.sources import archive

ROOT = Path(__file__).resolve().parents[2]


def unpacked(path: Path) -> Path:
    """The folder that an archive is unpacked to."""
    folder = path.parent / "unpacked"
    folder.mkdir()
    archive.unpack(path, folder, lambda *_: None)
    return folder


def tar(path: Path, members: dict[str, bytes], **kinds: bytes) -> Path:
    """A .tar.gz of files, and of other members by their type."""
    with tarfile.open(path, "w:gz") as out:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            out.addfile(info, io.BytesIO(content))
        for name, kind in kinds.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            out.addfile(info)
    return path


@pytest.mark.parametrize("form", ["folder", "zip", "gztar"])
def test_a_model_is_got(form: str, iris: Path, tmp_path: Path, got: Callable[..., Got]) -> None:
    """With its files as they were, a note of where it came from, and a word on whether it compiles."""
    source = iris if form == "folder" else Path(shutil.make_archive(str(tmp_path / "m"), form, iris.parent, "iris"))
    result = got(source)
    out = tmp_path / "artifact"
    files = {path.name: sha256(path) for path in iris.rglob("*") if path.is_file()}

    assert files == {path.name: sha256(path) for path in out.rglob("*") if path.is_file() and path.name in files}
    noted = json.loads((out / "source.json").read_text())
    assert str(source) == noted["uri"]
    assert (sha256(source) if form != "folder" else "") == noted["sha256"]
    assert ("sklearn", None) == (result.model.flavor, result.compiles)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("name", ["../MLmodel", "/etc/MLmodel", "a/../../MLmodel", "C:\\MLmodel", "..\\MLmodel"])
@pytest.mark.parametrize("form", ["tar", "zip"])
def test_names_that_lead_out_are_refused(form: str, name: str, tmp_path: Path) -> None:
    """Nothing of the archive is unpacked."""
    path = tmp_path / "m"
    if form == "tar":
        tar(path, {"MLmodel": b"", name: b""})
    else:
        with zipfile.ZipFile(path, "w") as out:
            for member in ("MLmodel", name):
                out.writestr(member, "")
    with pytest.raises(ModelError, match="leads out of it"):
        unpacked(path)
    assert not list((tmp_path / "unpacked").iterdir())


@pytest.mark.parametrize(
    ("kind", "said"), [(tarfile.SYMTYPE, "a link"), (tarfile.LNKTYPE, "a link"), (b"6", "a device")]
)
def test_links_are_refused(kind: bytes, said: str, tmp_path: Path) -> None:
    """Whatever they point to, and devices too."""
    with pytest.raises(ModelError, match=f"holds {said}"):
        unpacked(tar(tmp_path / "m", {"MLmodel": b""}, link=kind))


def test_links_in_a_zip_are_refused(tmp_path: Path) -> None:
    """They are files with a mode of their own."""
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "m", "w") as out:
        out.writestr("MLmodel", "")
        out.writestr(info, "/etc/passwd")
    with pytest.raises(ModelError, match="holds a link"):
        unpacked(tmp_path / "m")


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what the archive says, before a byte is unpacked."""
    monkeypatch.setattr(archive, "LARGEST", 1_000_000)
    with zipfile.ZipFile(tmp_path / "m", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("MLmodel", bytes(2_000_000))
    with pytest.raises(ModelError, match=r"would unpack to 1 files of 0\.0 GB"):
        unpacked(tmp_path / "m")


@pytest.mark.parametrize("form", ["zip", "gztar"])
def test_truncated_archives_are_refused(form: str, iris: Path, tmp_path: Path) -> None:
    """In one line that names the file."""
    path = Path(shutil.make_archive(str(tmp_path / "m"), form, iris))
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(ModelError, match=rf"^{path.name} is damaged"):
        unpacked(path)


def test_archives_without_a_model_are_refused(tmp_path: Path) -> None:
    """They hold no MLmodel."""
    with pytest.raises(ModelError, match="there is no MLmodel in it"):
        unpacked(tar(tmp_path / "m", {"a/model.pkl": b""}))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: folder / "nothing", "there is no .*nothing"),
        (lambda folder: folder, "is no MLflow model: it has no MLmodel"),
        (lambda _: "ftp://a/b", "is no source of models; there are folders"),
        (lambda folder: damaged(folder, mlflow_version="99.0.0"), "do not install.*99.0.0"),
        (lambda folder: damaged(folder, pickle=b"cos\nsystem2\n."), "MLflow cannot load the model"),
        (lambda folder: damaged(folder, pickle=b"cno_such_module\nX\n."), "No module named 'no_such_module'"),
    ],
)
def test_the_old_model_stays(
    make: Callable[[Path], Path], said: str, iris: Path, tmp_path: Path, got: Callable[..., Got]
) -> None:
    """Where the new one is not to be had or does not load, and nothing else is left behind."""
    shutil.copytree(iris, tmp_path / "artifact")
    with pytest.raises(ModelError, match=said):
        got(make(tmp_path))
    assert sha256(iris / "MLmodel") == sha256(tmp_path / "artifact" / "MLmodel")
    assert {"artifact", "damaged"} >= {path.name for path in tmp_path.iterdir()}


def damaged(folder: Path, *, mlflow_version: str = "", pickle: bytes = b"") -> Path:
    """A copy of the model that was there, with another pickle or of another MLflow."""
    copy = folder / "damaged"
    shutil.copytree(folder / "artifact", copy)
    if pickle:
        (copy / "model.pkl").write_bytes(pickle)
    if mlflow_version:
        lines = (copy / "requirements.txt").read_text().splitlines()
        kept = [line for line in lines if not line.startswith("mlflow")]
        (copy / "requirements.txt").write_text("\n".join([f"mlflow=={mlflow_version}", *kept]))
    return copy


def test_what_is_no_model_is_not_replaced(iris: Path, tmp_path: Path, got: Callable[..., Got]) -> None:
    """A folder with other things in it is left as it is."""
    (tmp_path / "artifact").mkdir()
    (tmp_path / "artifact" / "thesis.tex").touch()
    with pytest.raises(ModelError, match="exists and is no MLflow model: choose another --out"):
        got(iris)
    assert (tmp_path / "artifact" / "thesis.tex").exists()


def test_a_full_disk_is_said_in_one_line(iris: Path, tmp_path: Path) -> None:
    """And the command fails; the limit on a file's size stands for the disk's."""
    command = [sys.executable, "-m", "model", "get", str(iris), "--out", str(tmp_path / "artifact")]
    (big := tmp_path / "big").mkdir()
    shutil.copytree(iris, big, dirs_exist_ok=True)
    (big / "weights").write_bytes(bytes(3_000_000))
    command[4] = str(big)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert 1 == done.returncode
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert ["big"] == [path.name for path in tmp_path.iterdir()]


def test_what_was_put_aside_comes_back(iris: Path, tmp_path: Path, got: Callable[..., Got]) -> None:
    """A get that was killed between two renames is made good by the next, even if that one fails."""
    shutil.copytree(iris, tmp_path / ".artifact-old")
    with pytest.raises(ModelError, match="there is no"):
        got(tmp_path / "nothing")
    assert (tmp_path / "artifact" / "MLmodel").exists()
