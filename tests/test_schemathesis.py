"""Schemathesis generates requests from the API description: every response must match it."""

import subprocess
import sys
from pathlib import Path

import pytest
from serving import serving

CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.mark.parametrize(
    ("model", "options"), [("bundle", ["-n", "8"]), ("houses", ["-n", "15", "--include-method", "POST"])]
)
def test_the_service_matches_its_description(
    model: str, options: list[str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Valid requests are accepted, invalid ones refused, and every response matches the description."""
    with serving(request.getfixturevalue(model), tmp_path / "log") as service:
        address = f"http://127.0.0.1:{service.port}"
        command: list[str | Path] = [
            Path(sys.executable).with_name("st"),
            "--config-file",
            CONFIG,
            "run",
            f"{address}/openapi.json",
        ]
        done = subprocess.run(
            [*command, "--url", address, "--seed", "1", "--no-color", "--continue-on-failure", *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    assert 0 == done.returncode, done.stdout
    assert "Traceback" not in service.log
