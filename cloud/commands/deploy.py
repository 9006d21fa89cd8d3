"""`thaw deploy MODEL`."""

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from cloud import bucket as buckets
from cloud import parameters, stacks, templates
from cloud.account import check_account, check_docker
from cloud.commands import add_name
from cloud.deploy import Function, deploy, push_image, upload_zip
from cloud.smoke import curl, example_rows, smoke
from cloud.stacks import Show
from model.commands.options import add_choices, add_runtime_python, bundle_of, target_of
from model.commands.terminal import add_json, step_printer
from model.function.archive import TooLargeError, package
from model.function.assemble import assemble
from model.function.target import Target
from model.project import read_project
from model.work_folder import work_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_choices(parser)
    add_name(parser)
    add_json(parser)
    add_runtime_python(parser)
    parser.add_argument(
        "--package",
        choices=("auto", "zip", "image"),
        default=read_project().package,
        help="a zip, or an image for which Docker is needed; auto takes a zip where it fits (default: %(default)s)",
    )
    parser.add_argument(
        "--bucket", metavar="NAME", help="bucket for uploads (default: thaw-ACCOUNT-REGION, which is made if need be)"
    )
    parser.add_argument(
        "parameters",
        nargs="*",
        default=[],
        metavar="NAME=VALUE",
        help="the template's parameters, such as Access=Public",
    )


def run(options: argparse.Namespace) -> int:
    """Build, prove, package, upload, deploy, and send a request; print the URL and a curl command.

    Raises:
        CloudError: a parameter is wrong, Docker is missing, or AWS refuses something.
        ModelError: the model does not build, or does not fit a zip.
    """
    declared = templates.parameters()
    pairs = _pairs(options)
    parameters.parse(pairs, declared)  # before anything is built
    check_account()
    if options.package == "image":
        check_docker()
    stacks.check_free(options.name)
    bucket = options.bucket or buckets.default_name()
    bundle = bundle_of(options)
    given = parameters.parse(parameters.with_snap_start(pairs, bundle), declared)
    target = target_of(options, bundle, given.get("Architecture", "x86_64"))
    errors = Console(stderr=True, soft_wrap=True)
    with work_folder("thaw-") as work, errors.status("reading the bundle") as status:
        show = step_printer(errors, status)
        place = _packaged(options, bundle, target, work, show)
        if buckets.ensure(bucket):
            show(f"made the bucket {bucket}: private and encrypted")
        outputs = deploy(options.name, bucket, place(bucket), given, show)
    return _report(options.name, outputs, bundle, as_json=options.json)


def _pairs(options: argparse.Namespace) -> list[str]:
    """Return the parameters of the project and those of the command line, which come last.

    In a project, the first word can be a parameter, since its model needs no name.
    """
    project = read_project()
    given = [
        f"{name}={str(value).lower() if isinstance(value, bool) else value}"
        for name, value in project.parameters.items()
    ]
    if project.architecture:
        given.insert(0, f"Architecture={project.architecture}")
    if project.model and re.match(r"[A-Z]\w*=", options.model):
        given.append(options.model)
        options.model = project.model
    return [*given, *options.parameters]


def _packaged(
    options: argparse.Namespace, bundle: Path, target: Target, work: Path, show: Show
) -> Callable[[str], Function]:
    """Package a bundle; return the function that places it, given the bucket for uploads.

    Raises:
        CloudError: the function needs an image, and Docker does not run.
        ModelError: as `package`.
    """
    if options.package != "image":
        file = work / "function.zip"
        try:
            manifest = package(bundle, file, target, tell=show).assembled.manifest
        except TooLargeError as error:
            if options.package == "zip":
                raise
            check_docker(str(error))
            show(f"note: {error}")
        else:
            return lambda bucket: upload_zip(options.name, bucket, file, target.python, manifest, show)
    made = assemble(bundle, work / "image", target, tell=show)
    return lambda _: push_image(options.name, made.folder, target, made.manifest, show)


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
