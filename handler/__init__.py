"""Run time: responds to events and HTTP requests with a bundle. It never imports `model/`, which makes bundles."""

from handler.bytecode import use_archive

__version__ = "0.1.0"
"""The project's version; pyproject.toml reads it here."""

use_archive()
