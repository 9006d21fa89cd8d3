"""Files and folders of networks become MLflow models, which are served without their library.

`make flavors FLAVOR=keras-h5` runs one. Each installs the library: gigabytes in all.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flavors.files import FILES

from handler.bundle import read_manifest
from handler.predictor import Predictor
from model import environment
from model.build.bundle import Choices, build
from model.get import get
from model.get.sources import ModelSource
from model.process import child_environment


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_fetched_built_and_served(name: str, tmp_path: Path) -> None:
    """With an example; the bundle is proved, and its start compares the example with MLflow's answer."""
    file = FILES[name]
    needs = tmp_path / "requirements.txt"
    needs.write_text("\n".join(file.packages) + "\n")
    python = environment.installed_environment([needs], Path(sys.executable))
    folders = str(Path(__file__).resolve().parents[1])
    subprocess.run(
        [python, Path(__file__).with_name("files.py"), name],
        cwd=tmp_path,
        env=child_environment(PYTHONPATH=folders),
        check=True,
    )
    source = ModelSource(str(tmp_path / file.name), example=tmp_path / "example.json")
    fetched = get(source, tmp_path / "artifact", tell=lambda _: None, advance=lambda *_: None)

    assert file.flavor == fetched.model.flavor
    assert fetched.model.signature.outputs
    bundle = build(fetched.model.folder, tmp_path / "bundle", Choices(backend="native"), tell=lambda _: None).bundle
    manifest = read_manifest(bundle)
    assert "proved" == manifest.parity["state"]
    assert manifest.example
    asked = Predictor(bundle).schema.decode(json.dumps(manifest.example.rows).encode())
    assert len(manifest.example.rows) == asked.count
