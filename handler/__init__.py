"""Run time: answers events with a bundle. Nothing here imports `model/`, which makes bundles."""

__version__ = "0.1.0"
