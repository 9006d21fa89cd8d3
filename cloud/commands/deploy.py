"""`thaw deploy MODEL`."""

import argparse
import json
from pathlib import Path

from rich.console import Console

from cloud import bucket as buckets
from cloud import parameters, stacks, zip_template
from cloud.account import check_account
from cloud.commands import add_name
from cloud.deploy import Function, deploy
from cloud.smoke import curl, example_rows, smoke
from model.commands.options import add_choices, add_runtime_python, bundle_of, target_of
from model.commands.terminal import step_printer
from model.function.archive import package
from model.work_folder import work_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_choices(parser)
    add_name(parser)
    parser.add_argument("--json", action="store_true", help="print the deployment as JSON, and nothing else")
    add_runtime_python(parser)
    parser.add_argument(
        "--bucket", metavar="NAME", help="bucket for uploads (default: thaw-ACCOUNT-REGION, which is made if need be)"
    )
    parser.add_argument(
        "parameters", nargs="*", metavar="NAME=VALUE", help="parameters of the template, such as Access=Public"
    )


def run(options: argparse.Namespace) -> int:
    """Build, prove, package, upload, deploy, and send a request; print the URL and a curl command.

    Raises:
        CloudError: a parameter is wrong, or AWS refuses something.
        ModelError: the model does not build, or does not fit a zip.
    """
    declared = zip_template.parameters()
    parameters.parse(options.parameters, declared)  # before anything is built
    check_account(docker=False)
    stacks.check_free(options.name)
    bucket = options.bucket or buckets.default_name()
    bundle = bundle_of(options)
    given = parameters.parse(parameters.with_snap_start(options.parameters, bundle), declared)
    target = target_of(options, bundle, given.get("Architecture", "x86_64"))
    errors = Console(stderr=True, soft_wrap=True)
    with work_folder("thaw-") as work, errors.status("reading the bundle") as status:
        show = step_printer(errors, status)
        manifest = package(bundle, work / "function.zip", target, tell=show).assembled.manifest
        if buckets.ensure(bucket):
            show(f"made the bucket {bucket}: private and encrypted")
        model = manifest.model
        function = Function(work / "function.zip", target.python, model.name, model.version, manifest.backend)
        outputs = deploy(options.name, bucket, function, given, show)
    return _report(options.name, outputs, bundle, as_json=options.json)


def _report(stack: str, outputs: dict[str, str], bundle: Path, *, as_json: bool) -> int:
    """Send requests to the new API; print their responses and the next commands, or JSON."""
    rows = example_rows(bundle)
    url = outputs.get("Url")
    answers = [*smoke(url, rows, signed="--aws-sigv4" in outputs["Curl"])] if url else []
    if as_json:
        print(json.dumps({"name": stack, "url": url, "outputs": outputs}))
        return 0
    print(f"{url or stack} responds:", *answers, sep="\n  ")
    if url:
        print(f"\nPredict:    {curl(outputs['Curl'], rows)}")
    for label, command in {"Logs": "logs", "Go back": "rollback", "Delete": "delete"}.items():
        print(f"{label + ':':<12}thaw {command} --name {stack}")
    return 0
