"""Commands that only image builds run: install packages, compile the tree kernel, unpack the API viewer, prove."""
