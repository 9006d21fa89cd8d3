"""Models in directories and archives on this machine: what is fetched, and what is refused unopened."""

import gzip
import io
import json
import os
import re
import resource
import shutil
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from handler.files import sha256
from model.errors import ModelError
from model.get import FetchedModel
from model.get.sources import archive

ROOT = Path(__file__).resolve().parents[2]


def unpack(path: Path) -> Path:
    """Unpack an archive; return the directory."""
    folder = path.parent / "unpacked"
    folder.mkdir()
    archive.unpack(path, folder, lambda *_: None)
    return folder


def tar(path: Path, members: dict[str, bytes], **kinds: bytes) -> Path:
    """Write a .tar.gz of files, and of other members by their type."""
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
def test_models_are_fetched(form: str, iris: Path, tmp_path: Path, get_model: Callable[..., FetchedModel]) -> None:
    """The files are unchanged, source.json says where they came from, and the result says whether they compile."""
    source = iris if form == "folder" else Path(shutil.make_archive(str(tmp_path / "m"), form, iris.parent, "iris"))
    result = get_model(source)
    out = tmp_path / "artifact"
    files = {path.name: sha256(path) for path in iris.rglob("*") if path.is_file()}

    assert files == {path.name: sha256(path) for path in out.rglob("*") if path.is_file() and path.name in files}
    noted = json.loads((out / "source.json").read_text())
    assert str(source) == noted["uri"]
    assert (sha256(source) if form != "folder" else "") == noted["sha256"]
    assert ("sklearn", None) == (result.model.flavor, result.not_compiled)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("name", ["../MLmodel", "/etc/MLmodel", "a/../../MLmodel", "C:\\MLmodel", "..\\MLmodel"])
@pytest.mark.parametrize("form", ["tar", "zip"])
def test_paths_outside_the_archive_are_refused(form: str, name: str, tmp_path: Path) -> None:
    """Nothing is unpacked."""
    path = tmp_path / "m"
    if form == "tar":
        tar(path, {"MLmodel": b"", name: b""})
    else:
        with zipfile.ZipFile(path, "w") as out:
            for member in ("MLmodel", name):
                out.writestr(member, "")
    with pytest.raises(ModelError, match="a path outside the archive"):
        unpack(path)
    assert not list((tmp_path / "unpacked").iterdir())


@pytest.mark.parametrize(
    ("kind", "message"), [(tarfile.SYMTYPE, "a link"), (tarfile.LNKTYPE, "a link"), (b"6", "a device")]
)
def test_links_are_refused(kind: bytes, message: str, tmp_path: Path) -> None:
    """Links are refused whatever they point to, and so are devices."""
    with pytest.raises(ModelError, match=f"contains {message}"):
        unpack(tar(tmp_path / "m", {"MLmodel": b""}, link=kind))


def test_links_in_a_zip_are_refused(tmp_path: Path) -> None:
    """A zip marks them by the file mode."""
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "m", "w") as out:
        out.writestr("MLmodel", "")
        out.writestr(info, "/etc/passwd")
    with pytest.raises(ModelError, match="contains a link"):
        unpack(tmp_path / "m")


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The listed sizes decide, before a byte is unpacked."""
    monkeypatch.setattr(archive, "LARGEST", 1_000_000)
    with zipfile.ZipFile(tmp_path / "m", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("MLmodel", bytes(2_000_000))
    with pytest.raises(ModelError, match=r"unpacks to more than 0\.001 GB"):
        unpack(tmp_path / "m")


@pytest.mark.parametrize("name", [".", "", "a/\0/b", "\0"])
def test_broken_names_are_refused(name: str, tmp_path: Path) -> None:
    """A file without a name, or with a NUL in it, is one line and not a traceback."""
    with tarfile.open(tmp_path / "m", "w:gz", format=tarfile.PAX_FORMAT) as out:
        out.addfile(tarfile.TarInfo("MLmodel"))
        info = tarfile.TarInfo("x")
        info.pax_headers = {"path": name}
        out.addfile(info)
    with pytest.raises(ModelError, match=r"^m is damaged"):
        unpack(tmp_path / "m")
    assert not list((tmp_path / "unpacked").iterdir())


def test_a_zip_entry_without_a_name_is_refused(tmp_path: Path) -> None:
    """A name of one dot is no file name either."""
    with zipfile.ZipFile(tmp_path / "m", "w") as out:
        out.writestr("MLmodel", "")
        out.writestr(".", "")
    with pytest.raises(ModelError, match=r"^m is damaged"):
        unpack(tmp_path / "m")


def many_entries(path: Path) -> None:
    """Write a zip of 300,000 empty files, by repeating one entry of its central directory."""
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("a", "")
    raw = path.read_bytes()
    start, end = raw.index(b"PK\1\2"), raw.index(b"PK\5\6")
    directory = raw[start:end] * 300_000
    closing = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(directory), start, 0)
    path.write_bytes(raw[:start] + directory + closing)


def many_members(path: Path) -> None:
    """Write a .tar.gz of 300,000 empty files."""
    with gzip.open(path, "wb", compresslevel=1) as out:
        for _ in range(300):
            out.write(tarfile.TarInfo("a").tobuf() * 1000)


def large_header(path: Path) -> None:
    """Write a .tar.gz with an extended header of 800 MB."""
    info = tarfile.TarInfo("a")
    info.type, info.size = tarfile.XHDTYPE, 800_000_000
    with gzip.open(path, "wb", compresslevel=1) as out:
        out.write(info.tobuf())
        for _ in range(800):
            out.write(bytes(1_000_000))


def large_headers(path: Path) -> None:
    """Write a .tar.gz of files that each have an extended header of 1 MB."""
    with gzip.open(path, "wb", compresslevel=1) as out:
        for number in range(300):
            info = tarfile.TarInfo(f"a{number}")
            info.pax_headers = {"comment": "x" * 1_000_000}
            out.write(info.tobuf(tarfile.PAX_FORMAT))


@pytest.mark.parametrize("write", [many_entries, many_members, large_header, large_headers])
def test_huge_listings_are_refused_in_little_memory(write: Callable[[Path], None], tmp_path: Path) -> None:
    """A process that may take 400 MB more than Python refuses them in one line."""
    write(tmp_path / "m")
    program = (
        "import resource, sys; from pathlib import Path; from model.errors import ModelError\n"
        "from model.get.sources import archive\n"
        "now = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (now + 400_000_000,) * 2)\n"
        "try: archive.unpack(Path(sys.argv[1]), Path(sys.argv[2]), lambda *_: None)\n"
        "except ModelError as error: print(error)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "m"), str(tmp_path / "unpacked")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    assert re.fullmatch(r"m (lists too many files, or too long names, for|has more than 20,000 files).*\n", done.stdout)


@pytest.mark.parametrize("form", ["zip", "gztar"])
def test_truncated_archives_are_refused(form: str, iris: Path, tmp_path: Path) -> None:
    """The error is one line that names the file."""
    path = Path(shutil.make_archive(str(tmp_path / "m"), form, iris))
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(ModelError, match=rf"^{path.name} is damaged"):
        unpack(path)


def test_archives_without_a_model_are_refused(tmp_path: Path) -> None:
    """An archive without an MLmodel file is not a model."""
    with pytest.raises(ModelError, match="it has no MLmodel file"):
        unpack(tar(tmp_path / "m", {"a/model.pkl": b""}))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "nothing", "nothing does not exist"),
        (lambda folder: folder, "is not an MLflow model: it has no MLmodel file"),
        (lambda _: "ftp://a/b", "is not a model source: use a directory"),
        (lambda folder: damaged(folder, mlflow_version="99.0.0"), "99.0.0, which the package index does not have"),
        (lambda folder: damaged(folder, pickle=b"cos\nsystem2\n."), "MLflow cannot load the model"),
        (lambda folder: damaged(folder, pickle=b"cno_such_module\nX\n."), "No module named 'no_such_module'"),
    ],
)
def test_a_failure_keeps_the_previous_model(
    make: Callable[[Path], Path], message: str, iris: Path, tmp_path: Path, get_model: Callable[..., FetchedModel]
) -> None:
    """A model that cannot be fetched or loaded leaves the previous one, and no other files."""
    shutil.copytree(iris, tmp_path / "artifact")
    with pytest.raises(ModelError, match=message):
        get_model(make(tmp_path))
    assert sha256(iris / "MLmodel") == sha256(tmp_path / "artifact" / "MLmodel")
    assert {"artifact", "damaged"} >= {path.name for path in tmp_path.iterdir()}


def damaged(folder: Path, *, mlflow_version: str = "", pickle: bytes = b"") -> Path:
    """Copy the previous model; give it another pickle or MLflow version."""
    copy = folder / "damaged"
    shutil.copytree(folder / "artifact", copy)
    if pickle:
        (copy / "model.pkl").write_bytes(pickle)
    if mlflow_version:
        lines = (copy / "requirements.txt").read_text().splitlines()
        kept = [line for line in lines if not line.startswith("mlflow")]
        (copy / "requirements.txt").write_text("\n".join([f"mlflow=={mlflow_version}", *kept]))
    return copy


def test_other_directories_are_not_replaced(iris: Path, tmp_path: Path, get_model: Callable[..., FetchedModel]) -> None:
    """A directory that is not an MLflow model stays as it is."""
    (tmp_path / "artifact").mkdir()
    (tmp_path / "artifact" / "thesis.tex").touch()
    with pytest.raises(ModelError, match="exists and is not an MLflow model: choose another --out"):
        get_model(iris)
    assert (tmp_path / "artifact" / "thesis.tex").exists()


def test_a_full_disk_is_reported_in_one_line(iris: Path, tmp_path: Path) -> None:
    """The command fails without a traceback; a limit on the file size stands in for a full disk."""
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


def test_an_interrupted_replacement_is_undone(
    iris: Path, tmp_path: Path, get_model: Callable[..., FetchedModel]
) -> None:
    """The next run restores a model that a killed run had moved away, even if that next run fails."""
    shutil.copytree(iris, tmp_path / ".artifact-old")
    with pytest.raises(ModelError, match="does not exist"):
        get_model(tmp_path / "nothing")
    assert (tmp_path / "artifact" / "MLmodel").exists()
