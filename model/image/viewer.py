"""`python -m model.image.viewer FOLDER`: unpack the API viewer of `GET /docs`.

The viewer is Swagger UI (Apache-2.0) as packaged by drf-spectacular-sidecar, so that no CDN is needed at run time.
"""

import gzip
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from model.process import ROOT

REQUIREMENTS = ROOT / "requirements" / "viewer.txt"

FILES = ("swagger-ui-bundle.js", "swagger-ui.css", "LICENSE")


def main(folder: str) -> None:
    """Write the viewer's files; those that a browser loads are compressed, reproducibly."""
    from uv import find_uv_bin

    target = Path(folder)
    with tempfile.TemporaryDirectory() as work:
        command = [
            find_uv_bin(),
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--python",
            sys.executable,
        ]
        subprocess.run([*command, "--target", work, "--requirement", str(REQUIREMENTS)], check=True)
        [source] = Path(work).glob("**/swagger-ui-dist")
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name in FILES:
            if name == "LICENSE":
                shutil.copy(source / name, target / name)
            else:
                (target / f"{name}.gz").write_bytes(gzip.compress((source / name).read_bytes(), mtime=0))


if __name__ == "__main__":
    main(*sys.argv[1:])
