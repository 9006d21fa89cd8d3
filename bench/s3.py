"""`python -m bench.s3`: measure downloads from S3, compared with boto3; moto on this machine stands in for S3.

Compares `model get` of 500 MB with boto3's parallel download, and a cold start with its bundle in S3 with one that has
the bundle in the image and with importing boto3. All runs are interleaved; figures are medians.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import boto3
from rich.console import Console
from rich.progress import track
from rich.table import Table

from local.serve import find_port, wait_until_listening
from model.get.sources import ModelSource, s3

ROUNDS = 5
MEGABYTES = 500
_PLAIN = "boto3's parallel download"
_SERVER = "from moto.server import main; import sys; main(['-p', sys.argv[1]])"
_SERVE = "import time; t = time.perf_counter(); import handler.app; print(time.perf_counter() - t)"
_IMPORT = "import time; t = time.perf_counter(); import boto3; print(time.perf_counter() - t)"


def main() -> None:
    """Measure and print two tables."""
    console = Console()
    with _account() as client:
        client.create_bucket(Bucket="ours", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        console.print(_downloads(client))
        console.print(_starts(client))


@contextmanager
def _account() -> Iterator["boto3.client"]:
    port = find_port(0)
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    quiet = subprocess.DEVNULL
    server = subprocess.Popen([sys.executable, "-c", _SERVER, str(port)], stdout=quiet, stderr=quiet)
    try:
        wait_until_listening(server, port)
        yield boto3.client("s3")
    finally:
        server.terminate()
        server.wait(20)


def _downloads(client: "boto3.client") -> Table:
    """Measure MB per second of a model with one large file and two small ones."""
    block = os.urandom(1024 * 1024)
    files = {"model/weights": block * MEGABYTES, "model/MLmodel": b"{}", "model/requirements.txt": b""}
    for key, body in files.items():
        client.put_object(Bucket="ours", Key=key, Body=body)

    def ours(folder: Path) -> None:
        s3.fetch(ModelSource("s3://ours/model"), folder, lambda *_: None)

    def plain(folder: Path) -> None:
        with ThreadPoolExecutor(s3.THREADS) as pool:
            list(pool.map(lambda key: client.download_file("ours", key, str(folder / Path(key).name)), files))

    downloads: dict[str, Callable[[Path], None]] = {"model get": ours, _PLAIN: plain}
    seconds: dict[str, list[float]] = {name: [] for name in downloads}
    for _ in track(range(ROUNDS), "downloads", transient=True):
        for name, fetch in downloads.items():
            with tempfile.TemporaryDirectory() as folder:
                started = time.perf_counter()
                fetch(Path(folder))
                seconds[name].append(time.perf_counter() - started)
    rates = {name: MEGABYTES / statistics.median(taken) for name, taken in seconds.items()}
    table = Table("", "MB per second", "of boto3's", title=f"{MEGABYTES} MB from S3")
    for name, rate in rates.items():
        table.add_row(name, f"{rate:.0f}", f"{rate / rates[_PLAIN]:.2f} x")
    return table


def _starts(client: "boto3.client") -> Table:
    """Measure `import handler.app` with its bundle here and in S3, and `import boto3`, in milliseconds."""
    bundle = Path("build/bundle")
    for path in bundle.rglob("*"):
        if path.is_file():
            client.upload_file(str(path), "ours", f"bundle/{path.relative_to(bundle)}")
    trips = []
    for _ in range(20):
        started = time.perf_counter()
        client.get_object(Bucket="ours", Key="bundle/manifest.json")["Body"].read()
        trips.append(time.perf_counter() - started)
    programs = {
        "bundle in the image": (_SERVE, {"THAW_BUNDLE": str(bundle)}),
        "bundle in S3": (_SERVE, {"THAW_BUNDLE": "s3://ours/bundle"}),
        "import boto3": (_IMPORT, {}),
    }
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for _ in track(range(4 * ROUNDS + 1), "starts", transient=True):
        for name, (code, more) in programs.items():
            with tempfile.TemporaryDirectory() as folder:
                variables = os.environ | more | {"TMPDIR": folder}
                variables.pop("PYTHONDONTWRITEBYTECODE", None)
                done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, check=True)
                taken[name].append(float(done.stdout.split()[-1]))
    medians = {name: statistics.median(values[1:]) * 1000 for name, values in taken.items()}
    trip = statistics.median(trips) * 1000
    added = medians["bundle in S3"] - medians["bundle in the image"]
    table = Table("", "ms", title="A cold start of the default bundle")
    for name, median in medians.items():
        table.add_row(name, f"{median:.1f}")
    table.add_row("one round trip", f"{trip:.1f}")
    table.add_row("S3 adds", f"{added:.1f}")
    table.add_row("of boto3's import and a round trip", f"{added / (medians['import boto3'] + trip):.2f} x")
    return table


if __name__ == "__main__":
    main()
