"""Find the directory of the bundle to serve."""

from pathlib import Path


def locate(bundle: Path | str) -> Path:
    """Return the bundle's directory; download the bundle first if it is an `s3://bucket/prefix`.

    Raises:
        BundleError: the download fails, or its hashes do not match its manifest.
    """
    if isinstance(bundle, Path):
        return bundle
    from handler.aws import bundles

    return bundles.fetch(bundle)
