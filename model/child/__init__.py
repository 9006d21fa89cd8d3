"""Run in a model's own interpreter, Python 3.7 or newer: modules that see nothing else of this repository.

Each is given three files: a request to read, a result to write, both JSON, and progress to append lines of JSON to.
"""
