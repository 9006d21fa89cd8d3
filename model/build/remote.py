"""A bundle without a model: the signature of one that lives behind an endpoint, and where that is."""

import importlib.metadata
import platform
import re
from pathlib import Path
from urllib.parse import urlsplit

from handler.bundle import FORMAT, Example, Manifest
from model import mlmodel, openapi
from model.build import candidates
from model.build.bundle import replace, with_hashes
from model.errors import ModelError
from model.work_folder import work_folder

_NAME = re.compile(r"sagemaker:/{0,2}[A-Za-z0-9](-*[A-Za-z0-9]){0,62}")


def build(url: str, signature: Path, bundle: Path) -> Manifest:
    """Write a bundle that asks an endpoint; what it answers is not compared with anything.

    Args:
        url: an address that takes what `mlflow models serve` takes at `/invocations`, or `sagemaker:NAME`.
        signature: an MLmodel file, or the folder of one.
        bundle: the folder to write.

    Raises:
        ModelError: the address is none, or the signature cannot be read.
    """
    _check(url)
    model = mlmodel.read_description(signature)
    if model.signature.inputs is None:
        raise ModelError(
            f"{signature} has no signature, and without one nothing can be said of what the endpoint takes"
        )
    bundle.parent.mkdir(parents=True, exist_ok=True)
    with work_folder(f".{bundle.name}-", bundle.parent) as work:
        folder = work / "new"
        folder.mkdir()
        (folder / "requirements.txt").write_text(f"msgspec=={importlib.metadata.version('msgspec')}\n")
        rows, params = model.example or ([], {})
        manifest = Manifest(
            format=FORMAT,
            backend="remote",
            options={"url": url},
            flavor=model.flavor,
            model=model.info,
            signature=model.signature,
            classes=None,
            example=Example(rows, params, None) if rows else None,
            files={},
            built_with={"python": platform.python_version()},
            parity={"state": "unproved", "rows": 0, "identical_rows": 0, "greatest_difference": 0.0, "refused": []},
        )
        openapi.write(folder, manifest, model.metrics, {})
        manifest = with_hashes(folder, manifest)
        candidates.write_manifest(folder, manifest)
        replace(folder, bundle)
    return manifest


def _check(url: str) -> None:
    parts = urlsplit(url)
    local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if parts.username or parts.password:
        raise ModelError(
            "the address holds a password, which would be in the bundle: give it as THAW_TOKEN when it runs"
        )
    if parts.scheme == "https" or (parts.scheme == "http" and local):
        return
    if not _NAME.fullmatch(url):
        raise ModelError(f"{url!r} is neither https://host/invocations nor sagemaker:NAME")


def describe(manifest: Manifest) -> str:
    """Return a few lines that say what was built and what is unproved."""
    return "\n".join(
        [
            f"asks {manifest.options['url']} for {manifest.model.name}",
            "not proved: what the endpoint answers is passed on as it comes",
            "its credentials are THAW_TOKEN's, or the role's, when it runs",
        ]
    )
