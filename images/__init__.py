"""Inspect the images: sizes, packages, labels."""
