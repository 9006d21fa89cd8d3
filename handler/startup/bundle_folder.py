"""Find the directory of the bundle to serve."""

from handler.files import AnyPath


def locate(bundle: AnyPath) -> AnyPath:
    """Return the bundle's directory; download the bundle first if it is an `s3://bucket/prefix`.

    Raises:
        BundleError: the download fails, or its hashes do not match its manifest.
    """
    uri = str(bundle)
    if not uri.startswith("s3://"):
        return bundle
    from handler.aws import bundles

    return bundles.fetch(uri)
