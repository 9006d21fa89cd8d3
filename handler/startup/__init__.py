"""Prepare the process before the model loads: the bundle's directory, threads, and a writable home."""
