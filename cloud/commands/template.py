"""`thaw template`."""

import argparse
from pathlib import Path

from cloud import templates
from model.function.target import PYTHONS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--code",
        default="function.zip",
        help="the zip, relative to the template, or s3://bucket/key (default: %(default)s)",
    )
    parser.add_argument(
        "--runtime-python",
        choices=PYTHONS,
        default="3.13",
        help="Lambda's Python, that of the zip (default: %(default)s)",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("build/template.json"), help="the file to write (default: %(default)s)"
    )


def run(options: argparse.Namespace) -> int:
    """Write the template."""
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(
        templates.make_json(templates.zip_at(options.code, options.runtime_python)), encoding="utf-8"
    )
    print(f"Wrote {options.out}, whose function is {options.code}")
    return 0
